from itertools import pairwise

import numpy as np
import pytest

from model.baseline.melody import HIGHEST, LOWEST, RATIOS, SYMBOLS, notes_of, symbols_of, top_line
from model.performance import Note


def line(*pitches: int, wait: float = 0.5) -> list[Note]:
    return [Note(pitch, 64, place * wait, place * wait + 0.9 * wait) for place, pitch in enumerate(pitches)]


SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62, 60, 67, 60)


def test_the_top_line_has_the_highest_note_of_each_chord() -> None:
    chords = [note for pitch in (48, 52, 60) for note in line(pitch, pitch)]
    assert [note.pitch for note in top_line(chords)] == [60, 60]


def test_what_sounds_under_a_held_note_is_no_melody() -> None:
    held = Note(80, 64, 0.0, 0.9)
    assert [note.pitch for note in top_line([held, *line(60, 60, 60)])] == [80, 60]


def test_a_spread_chord_is_one_note() -> None:
    spread = [Note(60, 64, 0.00, 1.0), Note(64, 64, 0.02, 1.0), Note(67, 64, 0.04, 1.0)]
    assert [note.pitch for note in top_line(spread)] == [67]


def test_melodies_in_all_keys_have_the_same_symbols() -> None:
    found = [symbols_of(line(*(pitch + shift for pitch in SCALE))) for shift in (0, 3, 5)]
    first = found[0]
    assert first is not None
    for other in found:
        assert other is not None
        assert not other[1]
        np.testing.assert_array_equal(other[0], first[0])
    assert first[0].max() < SYMBOLS


def test_symbols_and_notes_are_inverse_but_for_key_and_tempo() -> None:
    found = symbols_of(line(*SCALE, wait=0.25))
    assert found is not None
    notes = notes_of(found[0], 0.25, 64)
    assert [note.pitch for note in notes] == list(SCALE[:-1])
    assert [note.start for note in notes] == pytest.approx([0.25 * place for place in range(16)])


def test_too_little_music_has_no_melody() -> None:
    assert symbols_of([]) is None
    assert symbols_of(line(*SCALE[:10])) is None


def test_all_symbols_are_within_range_and_rhythm() -> None:
    notes = notes_of(range(SYMBOLS), 1.0, 64)
    assert {note.pitch for note in notes} == set(range(LOWEST, HIGHEST + 1))
    waits = {round(b.start - a.start, 6) for a, b in pairwise(notes)}
    assert waits == set(RATIOS)
