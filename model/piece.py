"""A piece of a corpus: its events, and what is known of it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from model.events import (
    MAX_SHIFT_STEPS,
    NOTE_OFF,
    PITCHES,
    START,
    TIME_SHIFT,
    VELOCITY,
    VELOCITY_BIN_SIZE,
)
from model.keys import transpose_key
from model.performance import DEFAULT_VELOCITY_BIN, Events, event_steps


class Rendition(StrEnum):
    """Whether a pianist played the piece or a program wrote it from the score."""

    PERFORMED = "performed"
    SCORE = "score"


@dataclass(frozen=True)
class Piece:
    """One performance and its labels, each of which may be unknown.

    Attributes:
        events: vocabulary indices without START and END, shape (events,).
        style: an index into the corpus' styles.
        key: 0..23, see `model.keys`.
        rendition: played or written out.
        is_flat: its velocities say nothing (at most three of them in the whole file).
    """

    events: Events
    style: int | None = None
    key: int | None = None
    rendition: Rendition | None = None
    is_flat: bool = False

    @cached_property
    def steps(self) -> npt.NDArray[np.int64]:
        """The time of each event in steps, shape (events,)."""
        return event_steps(self.events)

    @cached_property
    def total_steps(self) -> int:
        """The time after the last event, in steps."""
        if not self.events.size:
            return 0
        last = int(self.events[-1])
        return int(self.steps[-1]) + (last - TIME_SHIFT + 1 if TIME_SHIFT <= last < VELOCITY else 0)

    @cached_property
    def is_onset(self) -> npt.NDArray[np.bool_]:
        """Which events are NOTE_ON, shape (events,)."""
        return self.events < NOTE_OFF

    @cached_property
    def velocities(self) -> npt.NDArray[np.int64]:
        """The velocity 1..127 in force at each event, shape (events,)."""
        changes = (self.events >= VELOCITY) & (self.events < START)
        places = np.maximum.accumulate(np.where(changes, np.arange(self.events.size), -1))
        bins = self.events.astype(np.int64)[places] - VELOCITY + 1
        return 1 + (np.where(places < 0, DEFAULT_VELOCITY_BIN, bins) - 1) * VELOCITY_BIN_SIZE

    def transposed(self, semitones: int) -> "Piece":
        """The piece `semitones` higher; itself where a pitch would leave MIDI's range."""
        is_pitch = self.events < TIME_SHIFT
        pitches = (self.events[is_pitch] % PITCHES).astype(np.int64) + semitones
        if semitones == 0 or pitches.min(initial=0) < 0 or pitches.max(initial=0) >= PITCHES:
            return self
        events = self.events.astype(np.int64) + np.where(is_pitch, semitones, 0)
        key = None if self.key is None else transpose_key(self.key, semitones)
        return replace(self, events=events.astype(np.uint16), key=key)

    def stretched(self, factor: float) -> "Piece":
        """The piece `factor` times as long, every event moved to the nearest step."""
        is_shift = (self.events >= TIME_SHIFT) & (self.events < VELOCITY)
        kept = self.events[~is_shift]
        steps = np.rint(np.append(self.steps[~is_shift], self.total_steps) * factor).astype(np.int64)
        waits = np.diff(steps, prepend=0)
        whole, rest = np.divmod(waits, MAX_SHIFT_STEPS)
        # Before each kept event come `whole` longest shifts, then the rest if there is one.
        counts = whole + (rest > 0) + 1
        ends = np.cumsum(counts)
        events = np.full(ends[-1], TIME_SHIFT + MAX_SHIFT_STEPS - 1, dtype=np.uint16)
        events[ends[rest > 0] - 2] = TIME_SHIFT + rest[rest > 0] - 1
        events[ends[:-1] - 1] = kept
        return replace(self, events=events[:-1])
