from dataclasses import replace

import numpy as np
import pytest

from model.events import END, NOTE_OFF, NOTE_ON, START, TIME_SHIFT, VELOCITY
from model.sampling.constraints import LARGEST_POLYPHONY, Moment, allowed_events

PIANO = set(range(21, 109))
END_STEP = 6000
EVERY_SHIFT = 100


def moment(now: int, sounding: dict[int, int] | None = None, silent_since: int | None = 0) -> Moment:
    """A moment of a minute's piece; `sounding` tells when each sounding pitch was struck."""
    return Moment(now, END_STEP, sounding or {}, NOTE_OFF + 60, silent_since)


def kinds(at: Moment) -> tuple[set[int], set[int], int, int, bool]:
    """Pitches that may be struck and let go, longest shift, number of velocities, whether it may end."""
    allowed = allowed_events(at)
    assert allowed.any()
    assert not allowed[START]
    shifts = allowed[TIME_SHIFT:VELOCITY]
    longest = int(shifts.sum())
    assert shifts[:longest].all()  # whatever may wait long may wait less
    return (
        set(np.flatnonzero(allowed[NOTE_ON:NOTE_OFF]).tolist()),
        set(np.flatnonzero(allowed[NOTE_OFF:TIME_SHIFT]).tolist()),
        longest,
        int(allowed[VELOCITY:START].sum()),
        bool(allowed[END]),
    )


def test_a_piece_begins_with_a_note() -> None:
    begin = replace(moment(0, silent_since=None), previous=START)
    assert kinds(begin) == (PIANO, set(), 0, 32, False)


def test_a_key_goes_down_when_it_is_up_and_up_when_it_is_down() -> None:
    at = moment(500, {60: 400, 64: 499, 67: 500})
    # 67 was struck at this very step: released at once it would be no note.
    assert kinds(at) == (PIANO - {60, 64, 67}, {60, 64}, EVERY_SHIFT, 32, False)


def test_pitches_outside_of_the_piano_may_only_end() -> None:
    at = moment(500, {3: 400, 120: 400})
    struck, released, *_ = kinds(at)
    assert struck == PIANO
    assert released == {3, 120}


def test_loudness_is_not_changed_twice_at_once() -> None:
    assert kinds(replace(moment(500), previous=VELOCITY + 5))[3] == 0
    assert kinds(replace(moment(500), previous=TIME_SHIFT + 5))[3] == 32


@pytest.mark.parametrize(("silent_since", "longest"), [(1000, 100), (899, 99), (850, 50), (800, 0), (500, 0)])
def test_silence_lasts_two_seconds_at_most(silent_since: int, longest: int) -> None:
    assert kinds(moment(1000, silent_since=silent_since))[2] == longest


@pytest.mark.parametrize(("onset", "longest"), [(2900, 100), (1100, 100), (1099, 99), (1020, 20), (1001, 1)])
def test_a_note_lasts_twenty_seconds_at_most(onset: int, longest: int) -> None:
    assert kinds(moment(3000, {60: onset, 64: 2950}))[2] == longest


def test_a_hung_note_is_let_go_before_anything_else() -> None:
    at = moment(3000, {60: 1000, 62: 900, 64: 1001})
    assert kinds(at) == (set(), {60, 62}, 0, 0, False)


@pytest.mark.parametrize(("silent_since", "may_end"), [(5809, False), (5810, True), (5950, True)])
def test_the_last_note_may_end_two_seconds_early(silent_since: int, may_end: bool) -> None:
    assert kinds(moment(5950, silent_since=silent_since))[4] is may_end


def test_nothing_ends_while_a_note_sounds() -> None:
    assert not kinds(moment(5990, {60: 5950}, silent_since=5900))[4]


@pytest.mark.parametrize(
    ("now", "silent_since", "longest"),
    [
        (5960, 5790, 10),  # too short as it is: a note must come 0.3 s before the end at the latest
        (5970, 5790, 0),
        (5960, 5900, 40),  # long enough: it may wait until the end
        (5960, 5870, 40),
        (6000, 5900, 0),
    ],
)
def test_what_is_too_short_does_not_wait_until_the_end(now: int, silent_since: int, longest: int) -> None:
    assert kinds(moment(now, silent_since=silent_since))[2] == longest


@pytest.mark.parametrize(("now", "longest"), [(6000, 100), (6090, 100), (6100, 90), (6150, 40), (6189, 1)])
def test_a_second_behind_the_end_keys_are_only_let_go(now: int, longest: int) -> None:
    struck, released, shift, velocities, may_end = kinds(moment(now, {60: now - 10}, silent_since=None))
    assert bool(struck) is bool(velocities) is (now < 6100)
    assert (released, shift, may_end) == ({60}, longest, False)


def test_two_seconds_behind_the_end_everything_is_let_go() -> None:
    assert kinds(moment(6190, {60: 6180, 64: 5980})) == (set(), {60, 64}, 0, 0, False)
    assert kinds(moment(6190, silent_since=6190)) == (set(), set(), 0, 0, True)


def test_of_many_notes_one_is_let_go_before_more_are_struck() -> None:
    held = dict.fromkeys(range(40, 40 + LARGEST_POLYPHONY - 1), 400)
    assert kinds(moment(500, held))[0] == PIANO - held.keys()
    held[90] = 450
    assert kinds(moment(500, held)) == (set(), set(held), 0, 0, False)
    at_once = dict.fromkeys(held, 500)  # none of them can be let go in the step that it was struck in
    assert kinds(moment(500, at_once)) == (set(), set(), EVERY_SHIFT, 0, False)
