from collections.abc import Callable

import pytest

from model.evaluation.endings import ending_row, last_pitch_classes, thinning
from model.note_table import NoteTable

Table = Callable[..., NoteTable]


def test_the_last_sonority_is_the_last_chord_and_what_still_sounds(table: Table) -> None:
    notes = table((48, 0.0, 9.0), (65, 1.0, 2.0), (64, 4.0, 9.0), (67, 4.02, 4.5), (62, 3.0, 4.0))
    assert last_pitch_classes(notes) == {0, 4, 7}


def test_thinning_compares_the_end_with_what_comes_before(table: Table) -> None:
    steady = [(60, float(second), second + 1.0) for second in range(12)]
    assert thinning(table(*steady)) == pytest.approx(1.0)
    held = [*steady[:8], (60, 8.0, 12.0)]  # one onset in the last four seconds
    assert thinning(table(*held)) == pytest.approx(0.25)
    assert thinning(table(*steady[:6])) is None  # no time before the end


def test_the_row_of_some_endings(table: Table) -> None:
    steady = table(*((60, float(second), second + 1.0) for second in range(12)))
    held = table(*((60, float(second), second + 1.0) for second in range(8)), (60, 8.0, 12.0))
    row = ending_row([(steady, 0), (held, 2), (held, None)], seconds=60.0)
    assert (row.pieces, row.keyed, row.tonic) == (3, 2, 0.5)
    assert row.thins == pytest.approx(2 / 3)
    assert row.ratio == pytest.approx(0.25)
    assert ending_row([(steady, None)], seconds=60.0).tonic is None


def test_a_piece_whose_last_note_was_struck_long_before_its_end_does_not_count(table: Table) -> None:
    hung = table((60, 0.0, 90.0), (62, 1.0, 2.0))
    steady = table((60, 0.0, 1.0), (64, 1.0, 2.0))
    row = ending_row([(hung, 0), (steady, 0), (table(), 0)], seconds=60.0)
    assert (row.pieces, row.keyed) == (1, 1)
