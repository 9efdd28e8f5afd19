import numpy as np

from model.note_table import NoteTable
from model.performance import Note
from model.style_features import WIDTH, style_features
from tests.model.two_styles import run_table, waltz, waltz_table


def test_a_piece_has_so_many_features() -> None:
    assert style_features(waltz_table(0)).shape == (WIDTH,)
    assert np.isfinite(style_features(run_table(0))).all()
    assert not style_features(NoteTable.of([Note(60, 64, 0, 1)])).any()


def test_loudness_and_small_deviations_are_not_heard() -> None:
    plain = style_features(waltz_table(0))
    assert np.array_equal(style_features(NoteTable.of(waltz(0, velocity=20))), plain)


def test_transposed_pieces_differ_only_in_register() -> None:
    differing = np.flatnonzero(~np.isclose(style_features(run_table(0)), style_features(run_table(3))))
    assert differing.size == 5  # the quantiles of pitch
