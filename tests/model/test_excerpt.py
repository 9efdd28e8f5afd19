import pytest

from model.excerpt import excerpt, shuffled
from model.performance import Note


def melody(*starts: float, length: float = 0.2) -> list[Note]:
    return [Note(60 + index, 64, start, start + length) for index, start in enumerate(starts)]


def test_a_piece_that_is_short_enough_stays_whole() -> None:
    notes = excerpt(melody(2.0, 2.5, 3.0), 10.0)
    assert [(note.start, note.end) for note in notes] == [(0.0, 0.2), (0.5, 0.7), (1.0, 1.2)]


def test_a_longer_one_ends_at_its_longest_breath() -> None:
    starts = [step / 2 for step in range(17)] + [9.5 + step / 2 for step in range(20)]  # a gap from 8 to 9.5
    notes = excerpt(melody(*starts), 10.0)
    assert max(note.start for note in notes) == 8.0
    assert len(notes) == 17


def test_what_still_sounds_ends_with_the_phrase() -> None:
    held = Note(36, 64, 7.0, 30.0)
    notes = excerpt([*melody(*(step / 2 for step in range(60))), held], 10.0)
    assert max(note.end for note in notes) <= 10.0


def test_a_single_endless_note_is_cut() -> None:
    assert excerpt([Note(60, 64, 0.0, 60.0)], 10.0) == [
        Note(60, 61, 0.0, 10.0)
    ]  # 61: the middle of its loudness


def test_all_excerpts_are_coded_alike() -> None:
    (note,) = excerpt([Note(60, 65, 0.1234, 0.9876)], 10.0)
    assert (note.start, note.end) == pytest.approx((0.0, 0.86))


def test_shuffling_keeps_every_figure_of_single_notes() -> None:
    notes = melody(*(step / 3 for step in range(50)))
    other = shuffled(notes, 7)
    assert sorted(note.pitch for note in other) == [note.pitch for note in notes]
    assert [note.start for note in other] == [note.start for note in notes]
    assert [note.pitch for note in other] != [note.pitch for note in notes]
    assert shuffled(notes, 7) == other != shuffled(notes, 8)
    assert max(note.end for note in other) <= max(note.end for note in notes)
