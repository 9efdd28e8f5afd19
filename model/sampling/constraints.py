"""Which events may come next: what a pianist and a requested length allow, in one place.

A mask takes away only what would make no music:

- a key is let go only after it was pressed, and pressed only when it is up, and only on a piano's 88 keys;
- nothing waits before the first note, and no silence is longer than `LONGEST_SILENCE_STEPS`;
- no note is held longer than `LONGEST_NOTE_STEPS` (hung notes are closed);
- at most `LARGEST_POLYPHONY` notes sound: when so many do, the network must choose one to let go;
- a piece may end, once nothing sounds, from `EARLIEST_END_STEPS` before the requested end on. When it does is
  the network's choice, which is told the time that is left; but nothing is struck from `LATEST_ONSET_STEPS`
  after the end on, and what sounds `LATEST_END_STEPS` after it is let go;
- of a piece at a level only keys are struck that a hand can take, and what it then cannot hold is let go in
  time, see `model.playability`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.events import (
    END,
    MAX_SHIFT_STEPS,
    NOTE_OFF,
    NOTE_ON,
    START,
    TIME_SHIFT,
    VELOCITY,
    VOCABULARY_SIZE,
)
from model.playability.playing import Playing

LOWEST_KEY = 21
HIGHEST_KEY = 108
LONGEST_NOTE_STEPS = 2000
LARGEST_POLYPHONY = 28
"""More sound at once in one real minute of twenty, under a pedal that lies long."""

LONGEST_SILENCE_STEPS = 200
EARLIEST_END_STEPS = 190
LATEST_ONSET_STEPS = 100
LATEST_END_STEPS = 190
SHORT_REST_STEPS = 10
"""For so long at a time hands rest that cannot take the note which is due."""

LAST_ONSET_STEPS = 30
"""A note without which the piece were too short comes so long before the end at the latest."""

_PIANO = slice(NOTE_ON + LOWEST_KEY, NOTE_ON + HIGHEST_KEY + 1)


def _where_nothing_sounds() -> npt.NDArray[np.bool_]:
    """What may come by whether a key may be struck, whether loudness may change, and how long time may go on.

    Shape (2, 2, 101, 390): a row is copied faster than it is put together.
    """
    table = np.zeros((2, 2, MAX_SHIFT_STEPS + 1, VOCABULARY_SIZE), dtype=np.bool_)
    table[1, :, :, _PIANO] = True
    table[:, 1, :, VELOCITY:START] = True
    for longest in range(MAX_SHIFT_STEPS + 1):
        table[:, :, longest, TIME_SHIFT : TIME_SHIFT + longest] = True
    return table


_WHERE_NOTHING_SOUNDS = _where_nothing_sounds()


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a piece in the making stands.

    Attributes:
        now: the time in steps.
        end: the requested end in steps.
        sounding: the step at which each sounding pitch was struck, earliest first.
        previous: the event before.
        silent_since: when the last sounding note ended, in steps; None before the first note.
        playing: the hands that play it; None where no level was asked for.
    """

    now: int
    end: int
    sounding: Mapping[int, int]
    previous: int
    silent_since: int | None
    playing: Playing | None = None


def allowed_events(moment: Moment, out: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.bool_]:
    """Which events may come next, shape (390,); at least one always may.

    Args:
        moment: where the piece stands.
        out: where to write it, all False before; a new array by default.
    """
    allowed = np.zeros(VOCABULARY_SIZE, dtype=np.bool_) if out is None else out
    now, sounding = moment.now, moment.sounding
    if (due := _due_releases(moment)) is not None:
        allowed[[NOTE_OFF + pitch for pitch in due]] = True
        return allowed

    longest_shift = _longest_shift(moment)
    may_strike = now < moment.end + LATEST_ONSET_STEPS and len(sounding) < LARGEST_POLYPHONY
    may_change = may_strike and not VELOCITY <= moment.previous < START
    allowed[:] = _WHERE_NOTHING_SOUNDS[int(may_strike), int(may_change), longest_shift]
    may_release = False
    for pitch, onset in sounding.items():
        allowed[NOTE_ON + pitch] = False
        if onset < now:
            allowed[NOTE_OFF + pitch] = may_release = True
    if moment.playing is not None and may_strike:
        allowed[_PIANO] &= moment.playing.strikable(now)[LOWEST_KEY : HIGHEST_KEY + 1]
        may_strike = bool(allowed[_PIANO].any())
        if not may_strike:
            allowed[VELOCITY:START] = False
    may_end = not sounding and _may_end(moment)
    allowed[END] = may_end
    if not (may_strike or may_release or longest_shift or may_end):  # a note is due that no hand can take yet
        may_rest = now < moment.end + LATEST_END_STEPS
        allowed[TIME_SHIFT : TIME_SHIFT + SHORT_REST_STEPS] = may_rest
        allowed[END] = not may_rest
    return allowed


def _due_releases(moment: Moment) -> Collection[int] | None:
    """Pitches of which one must be let go before anything else; None for none."""
    now, sounding = moment.now, moment.sounding
    if not sounding:
        return None
    if hung := [pitch for pitch, onset in sounding.items() if now - onset >= LONGEST_NOTE_STEPS]:
        return hung
    if now >= moment.end + LATEST_END_STEPS:
        return sounding.keys()
    if len(sounding) >= LARGEST_POLYPHONY and (
        releasable := [pitch for pitch, onset in sounding.items() if onset < now]
    ):
        return releasable
    if moment.playing is not None:
        return moment.playing.overheld(now, sounding) or None
    return None


def _may_end(moment: Moment) -> bool:
    """Whether the piece is long enough, if nothing sounds."""
    return moment.silent_since is not None and moment.silent_since >= moment.end - EARLIEST_END_STEPS


def _longest_shift(moment: Moment) -> int:
    """How long the next TIME_SHIFT may be, in steps; 0 where time may not go on."""
    now, sounding = moment.now, moment.sounding
    if sounding:
        until_hung = LONGEST_NOTE_STEPS - (now - min(sounding.values()))
        longest = min(MAX_SHIFT_STEPS, until_hung, moment.end + LATEST_END_STEPS - now)
        if moment.playing is None:
            return longest
        return min(longest, moment.playing.longest_wait(now, sounding) or longest)
    if moment.silent_since is None:
        return 0
    last_onset = moment.end if _may_end(moment) else moment.end - LAST_ONSET_STEPS
    silence_left = moment.silent_since + LONGEST_SILENCE_STEPS - now
    return max(min(MAX_SHIFT_STEPS, silence_left, last_onset - now), 0)
