import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.events import EventType, PerformanceEvent, event_at
from model.midi import read_midi
from model.performance import Events, Note, decode, encode, event_steps

Play = Callable[[str], Events]

GOLDENS = sorted((Path(__file__).parents[1] / "fixtures" / "note_seq").glob("*.json"))


def test_a_chord_a_silence_and_a_change_of_loudness(play: Play) -> None:
    notes = [Note(64, 80, 0.0, 0.5), Note(60, 80, 0.0, 1.0), Note(67, 81, 2.5, 2.75)]
    written = play("loud20 on60 on64 wait50 off64 wait50 off60 wait100 wait50 loud21 on67 wait25 off67")
    assert encode(notes).tolist() == written.tolist()
    assert encode(notes).dtype == np.uint16


def test_no_notes_are_no_events() -> None:
    assert encode([]).size == 0
    assert decode([]) == []


def test_a_silence_before_the_first_note_is_kept(play: Play) -> None:
    assert encode([Note(60, 1, 1.5, 1.51)]).tolist() == play("wait100 wait50 loud1 on60 wait1 off60").tolist()


def test_a_note_shorter_than_a_step_lasts_one(play: Play) -> None:
    assert encode([Note(60, 1, 0.0, 0.001)]).tolist() == play("loud1 on60 wait1 off60").tolist()


def test_halves_of_steps_go_up(play: Play) -> None:
    assert encode([Note(60, 1, 0.005, 0.0149)]).tolist() == play("wait1 loud1 on60 wait1 off60").tolist()
    assert encode([Note(60, 1, 0.0049, 0.025)]).tolist() == play("loud1 on60 wait3 off60").tolist()


def test_a_repeated_note_is_let_go_before_it_is_struck_again(play: Play) -> None:
    notes = [Note(60, 65, 0.1, 0.2), Note(60, 65, 0.0, 0.1)]
    assert encode(notes).tolist() == play("loud17 on60 wait10 off60 on60 wait10 off60").tolist()


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda path: path.stem)
def test_reading_and_encoding_agree_with_note_seq_event_by_event(golden: Path) -> None:
    expected = [PerformanceEvent(EventType[name], value) for name, value in json.loads(golden.read_bytes())]
    events = encode(read_midi(golden.with_suffix(".mid").read_bytes()))
    assert [event_at(int(index)) for index in events] == expected


def test_the_goldens_are_there() -> None:
    assert len(GOLDENS) >= 16


@st.composite
def physically_possible(draw: st.DrawFn) -> list[Note]:
    """Notes on the grid of steps; no key is struck while it is down."""
    notes = []
    for pitch in draw(st.sets(st.integers(0, 127), max_size=6)):
        now = 0
        lengths = st.tuples(st.integers(0, 300), st.integers(1, 300), st.integers(1, 127))
        for silence, length, velocity in draw(st.lists(lengths, max_size=5)):
            start, now = now + silence, now + silence + length
            notes.append(Note(pitch, velocity, start / 100, now / 100))
    return draw(st.permutations(notes))


@given(physically_possible())
def test_decoding_and_encoding_again_changes_nothing(notes: list[Note]) -> None:
    events = encode(notes)
    assert encode(decode(events)).tolist() == events.tolist()


@given(physically_possible())
def test_decoding_gives_the_notes_back_but_for_the_exact_velocity(notes: list[Note]) -> None:
    binned = [note._replace(velocity=(note.velocity - 1) // 4 * 4 + 1) for note in notes]
    assert decode(encode(notes)) == sorted(binned, key=lambda note: (note.start, note.pitch))


@given(st.lists(st.integers(0, 389), max_size=200))
@settings(max_examples=200)
def test_any_events_can_be_played(events: list[int]) -> None:
    for note in decode(events):
        assert 0 <= note.start < note.end
        assert 0 <= note.pitch <= 127
        assert 1 <= note.velocity <= 127


@pytest.mark.parametrize(
    ("words", "notes"),
    [
        ("on60 wait10 off60", [Note(60, 65, 0.0, 0.1)]),  # no VELOCITY event yet: bin 17
        ("loud32 on60 wait10", [Note(60, 125, 0.0, 0.1)]),  # still sounding at the end
        ("off60 wait10 off60", []),  # silent pitches let go
        ("on60 off60 wait10", []),  # no time passed
        ("on60 wait10 end wait10 off60 on61 wait10", [Note(60, 65, 0.0, 0.1)]),
        ("start on60 wait10 off60", [Note(60, 65, 0.0, 0.1)]),
        (  # struck twice: the older note ends first
            "loud1 on60 wait10 loud2 on60 wait10 off60 wait10 off60",
            [Note(60, 1, 0.0, 0.2), Note(60, 5, 0.1, 0.3)],
        ),
    ],
)
def test_how_odd_events_are_played(play: Play, words: str, notes: list[Note]) -> None:
    assert decode(play(words)) == notes


def test_event_steps_are_the_time_before_each_event(play: Play) -> None:
    assert event_steps(play("on60 wait100 wait1 off60 loud3 wait5")).tolist() == [0, 0, 100, 101, 101, 101]
