from collections.abc import Callable

import numpy as np

from model.evaluation.pieces import RealPiece
from model.evaluation.style_classifier import recognise
from model.evaluation.style_features import WIDTH, style_features
from model.note_table import NoteTable

Table = Callable[..., NoteTable]


def waltz(table: Table, seed: int, velocity: int = 64, lag: float = 0.0) -> NoteTable:
    """A bass and two chords, in the key of the seed."""
    notes = []
    for bar in range(40):
        root = 40 + seed % 5 + (0, 5, 7, 0)[bar % 4]
        notes.append((root, bar + lag, bar + 0.3, velocity))
        notes += [
            (root + degree, bar + beat / 3, bar + beat / 3 + 0.2, velocity)
            for beat in (1, 2)
            for degree in (16, 19, 24)
        ]
    return table(*notes)


def run(table: Table, seed: int) -> NoteTable:
    """A scale up and down, quickly."""
    steps = [*range(15), *range(13, 0, -1)]
    return table(
        *((55 + seed % 5 + steps[place % 28] * 2, place / 8, place / 8 + 0.1) for place in range(320))
    )


def test_a_piece_has_so_many_features(table: Table) -> None:
    assert style_features(waltz(table, 0)).shape == (WIDTH,)
    assert np.isfinite(style_features(run(table, 0))).all()
    assert not style_features(table((60, 0, 1))).any()


def test_loudness_and_small_deviations_are_not_heard(table: Table) -> None:
    plain = style_features(waltz(table, 0))
    assert np.array_equal(style_features(waltz(table, 0, velocity=20)), plain)


def test_transposed_pieces_differ_only_in_register(table: Table) -> None:
    differing = np.flatnonzero(~np.isclose(style_features(run(table, 0)), style_features(run(table, 3))))
    assert differing.size == 5  # the quantiles of pitch


def test_the_style_asked_for_is_recognised(table: Table) -> None:
    real = [
        RealPiece(style, f"{style} {seed}", None, is_reference=True, is_flat=False, notes=make(table, seed))
        for style, make in (("waltz", waltz), ("run", run))
        for seed in range(6)
    ]
    sampled = {"waltz": [waltz(table, 9), run(table, 9)], "run": [run(table, 8)], "unheard": []}
    rows = recognise(real, sampled, 20.0)
    assert list(rows) == ["all", "waltz", "run"]
    assert (rows["all"].real_recall, rows["run"].recall, rows["waltz"].recall) == (1.0, 1.0, 0.5)
    assert (rows["waltz"].taken_for, rows["run"].taken_for) == ("run", "")
    assert (rows["waltz"].real_windows, rows["waltz"].real_compositions) == (6, 6)
    assert recognise(real[:7], sampled, 20.0) == {}  # the other style has one composition
