from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.events import NOTE_OFF, TIME_SHIFT, VELOCITY, VOCABULARY_SIZE
from model.keyboard import SILENT, Keyboard, Keyboards
from model.performance import Events, decode

Play = Callable[[str], Events]


def ages_after(events: Events, row: int = 0, batch: int = 1) -> dict[int, int]:
    """What sounds after a performance in one row of a batch of rests, and for how long."""
    keyboards = Keyboards(batch)
    for event in events:
        keyboards.advance(np.where(np.arange(batch) == row, event, VELOCITY))
    ages = keyboards.ages()
    assert (np.delete(ages, row, axis=0) == SILENT).all()
    return {int(pitch): int(ages[row, pitch]) for pitch in np.flatnonzero(ages[row] != SILENT)}


def test_a_key_sounds_from_its_onset_on_until_it_is_let_go(play: Play) -> None:
    assert ages_after(play("")) == {}
    assert ages_after(play("on60")) == {60: 0}
    assert ages_after(play("on60 wait100 wait20")) == {60: 120}
    assert ages_after(play("on60 wait100 on0 on127 wait7 off60")) == {0: 7, 127: 7}
    assert ages_after(play("on60 wait100 off60 wait1 off60")) == {}


def test_loudness_start_and_end_touch_nothing(play: Play) -> None:
    assert ages_after(play("start wait3 loud32 on60 loud1 wait5 end")) == {60: 5}


def test_a_key_struck_again_begins_anew(play: Play) -> None:
    assert ages_after(play("on60 wait100 on60 wait5")) == {60: 5}


def test_rows_do_not_touch_each_other(play: Play) -> None:
    assert ages_after(play("on60 wait9 on64 wait2"), row=1, batch=3) == {60: 11, 64: 2}
    keyboards = Keyboards(2)
    for left, right in zip(play("on60 wait10 off60"), play("wait4 on60 wait100"), strict=True):
        keyboards.advance(np.array([left, right]))
    assert keyboards.now.tolist() == [10, 104]
    assert keyboards.ages()[:, 60].tolist() == [SILENT, 100]


def test_resetting_a_row_leaves_the_others(play: Play) -> None:
    keyboards = Keyboards(2)
    for event in play("on60 wait10"):
        keyboards.advance(np.array([event, event]))
    keyboards.reset(0)
    assert keyboards.now.tolist() == [0, 10]
    assert keyboards.ages()[:, 60].tolist() == [SILENT, 10]


@given(st.lists(st.one_of(st.integers(60, 63), st.integers(188, 191), st.integers(256, 355)), max_size=60))
def test_it_agrees_with_the_notes_that_are_decoded(events: list[int]) -> None:
    """At every step of a performance in which no key is struck while it is down."""
    down: set[int] = set()
    possible = []
    for event in events:
        if event < NOTE_OFF:
            if event in down:
                continue
            down.add(event)
        elif event < TIME_SHIFT:
            down.discard(event - NOTE_OFF)
        possible.append(event)

    keyboards = Keyboards(1)
    for count, event in enumerate(possible, 1):
        keyboards.advance(np.array([event]))
        now = int(keyboards.now[0])
        # What still sounds is all that ends a step later when a step more is waited.
        notes = decode([*possible[:count], TIME_SHIFT])
        sounding = {note.pitch: now - round(note.start * 100) for note in notes if note.end > now / 100}
        ages = keyboards.ages()[0]
        assert {int(pitch): int(ages[pitch]) for pitch in np.flatnonzero(ages >= 0)} == sounding


@given(
    st.lists(
        st.one_of(st.integers(0, VOCABULARY_SIZE - 1), st.integers(60, 63), st.integers(188, 191)),
        max_size=80,
    )
)
def test_one_keyboard_does_what_a_row_of_many_does(events: list[int]) -> None:
    """Whatever is played, keys that are down struck again and others let go."""
    keyboard, keyboards = Keyboard(), Keyboards(1)
    for event in events:
        keyboard.play(event)
        keyboards.advance(np.array([event]))
        onsets = {
            int(pitch): int(keyboards.onsets[0, pitch])
            for pitch in np.flatnonzero(keyboards.onsets[0] != SILENT)
        }
        assert keyboard.now == keyboards.now[0]
        assert keyboard.sounding == onsets
        assert list(keyboard.sounding.values()) == sorted(onsets.values())
        assert (keyboard.ages == keyboards.ages()[0]).all()
