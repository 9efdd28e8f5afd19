"""Which events may come next: what a pianist and a requested length allow, in one place.

A mask takes away only what would make no music:

- a key is let go only after it was pressed, and pressed only when it is up, and only on a piano's 88 keys;
- nothing waits before the first note, and no silence is longer than `LONGEST_SILENCE_STEPS`;
- no note is held longer than `LONGEST_NOTE_STEPS` (hung notes are closed);
- at most `LARGEST_POLYPHONY` notes sound: when so many do, the network must choose one to let go;
- a piece may end, once nothing sounds, from `EARLIEST_END_STEPS` before the requested end on. When it does is
  the network's choice, which is told the time that is left; but nothing is struck from `LATEST_ONSET_STEPS`
  after the end on, and what sounds `LATEST_END_STEPS` after it is let go.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.events import (
    END,
    MAX_SHIFT_STEPS,
    NOTE_OFF,
    NOTE_ON,
    PITCHES,
    START,
    TIME_SHIFT,
    VELOCITY,
    VOCABULARY_SIZE,
)
from model.keyboard import SILENT

LOWEST_KEY = 21
HIGHEST_KEY = 108
LONGEST_NOTE_STEPS = 2000
LARGEST_POLYPHONY = 28
"""More sound at once in one real minute of twenty, under a pedal that lies long."""

LONGEST_SILENCE_STEPS = 200
EARLIEST_END_STEPS = 190
LATEST_ONSET_STEPS = 100
LATEST_END_STEPS = 190
LAST_ONSET_STEPS = 30
"""A note without which the piece were too short comes so long before the end at the latest."""

_IS_PIANO_KEY = (np.arange(PITCHES) >= LOWEST_KEY) & (np.arange(PITCHES) <= HIGHEST_KEY)


@dataclass(frozen=True)
class Moment:
    """Where a piece in the making stands.

    Attributes:
        now: the time in steps.
        end: the requested end in steps.
        onsets: the step at which each sounding pitch was struck, else `SILENT`, shape (128,).
        previous: the event before.
        silent_since: when the last sounding note ended, in steps; None before the first note.
    """

    now: int
    end: int
    onsets: npt.NDArray[np.int64]
    previous: int
    silent_since: int | None


def allowed_events(moment: Moment) -> npt.NDArray[np.bool_]:
    """Which events may come next, shape (390,); at least one always may."""
    allowed = np.zeros(VOCABULARY_SIZE, dtype=np.bool_)
    sounding = moment.onsets != SILENT
    ages = moment.now - moment.onsets
    hung = sounding & (ages >= LONGEST_NOTE_STEPS)
    if hung.any() or (moment.now >= moment.end + LATEST_END_STEPS and sounding.any()):
        allowed[NOTE_OFF:TIME_SHIFT] = hung if hung.any() else sounding
        return allowed
    releasable = sounding & (ages > 0)
    is_full = np.count_nonzero(sounding) >= LARGEST_POLYPHONY
    if is_full and releasable.any():
        allowed[NOTE_OFF:TIME_SHIFT] = releasable
        return allowed

    longest_shift = _longest_shift(moment, sounding, ages)
    allowed[NOTE_OFF:TIME_SHIFT] = releasable
    allowed[TIME_SHIFT : TIME_SHIFT + longest_shift] = True
    if moment.now < moment.end + LATEST_ONSET_STEPS and not is_full:
        allowed[NOTE_ON:NOTE_OFF] = _IS_PIANO_KEY & ~sounding
        allowed[VELOCITY:START] = not VELOCITY <= moment.previous < START
    allowed[END] = not sounding.any() and _may_end(moment)
    return allowed


def _may_end(moment: Moment) -> bool:
    """Whether the piece is long enough, if nothing sounds."""
    return moment.silent_since is not None and moment.silent_since >= moment.end - EARLIEST_END_STEPS


def _longest_shift(moment: Moment, sounding: npt.NDArray[np.bool_], ages: npt.NDArray[np.int64]) -> int:
    """How long the next TIME_SHIFT may be, in steps; 0 where time may not go on."""
    if sounding.any():
        until_hung = LONGEST_NOTE_STEPS - int(ages[sounding].max())
        return min(MAX_SHIFT_STEPS, until_hung, moment.end + LATEST_END_STEPS - moment.now)
    if moment.silent_since is None:
        return 0
    last_onset = moment.end if _may_end(moment) else moment.end - LAST_ONSET_STEPS
    silence_left = moment.silent_since + LONGEST_SILENCE_STEPS - moment.now
    return max(min(MAX_SHIFT_STEPS, silence_left, last_onset - moment.now), 0)
