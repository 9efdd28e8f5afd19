from collections.abc import Callable

import pytest

from model.note_table import NoteTable

Table = Callable[..., NoteTable]


def test_notes_are_in_order_and_in_chords(table: Table) -> None:
    notes = table((67, 0.02, 1.0), (60, 0.0, 3.0), (72, 0.05, 2.0), (64, 1.0, 1.5))
    assert notes.pitches.tolist() == [60, 67, 72, 64]
    assert notes.chords.tolist() == [0, 0, 0, 1]  # 30 ms apart at most, from one to the next
    assert notes.chord_starts.tolist() == [0, 3]
    assert notes.chord_times.tolist() == [0.0, 1.0]
    assert (notes.end, notes.seconds, len(notes)) == (3.0, 3.0, 4)
    assert notes.notes_per_second == pytest.approx(4 / 3)


def test_a_window_takes_what_is_struck_in_it_and_cuts_it_off(table: Table) -> None:
    notes = table((60, 0.0, 9.0), (62, 1.0, 9.0), (64, 2.0, 2.5), (65, 3.0, 4.0)).window(1.0, 2.0)
    assert notes.pitches.tolist() == [62, 64]
    assert notes.ends.tolist() == [3.0, 2.5]


def test_no_notes_measure_nothing(table: Table) -> None:
    assert (len(table()), table().end, table().seconds, table().notes_per_second) == (0, 0.0, 0.0, 0.0)
    assert table().chords.size == table().chord_starts.size == 0
