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

    def abridged(self, opening_steps: int, closing_steps: int) -> tuple["Piece", int]:
        """The piece without its middle: how it begins, then how it ends.

        Keys that are down at the cut are let go there, and the closing begins with an onset.

        Args:
            opening_steps: how long the opening is.
            closing_steps: how long the closing is; a little shorter where no onset falls on its begin.

        Returns:
            The abridged piece, and the place of the first event after the cut; the piece itself and its end
            where it is not longer than both parts.
        """
        cut = self.total_steps - closing_steps
        first = int(np.searchsorted(self.steps, cut))
        onsets = np.flatnonzero(self.is_onset[first:])
        last = int(np.searchsorted(self.steps, opening_steps))
        if cut <= opening_steps or not onsets.size or not self.is_onset[:last].any():
            return self, self.events.size
        first += int(onsets[0])
        return replace(self, events=_joined(self.events[:last], self._from_onset(first))), last

    def after(self, other: "Piece", opening_steps: int) -> tuple["Piece", int]:
        """The piece after the opening of another one, with its own labels throughout.

        Args:
            other: the piece that is begun; keys that are down at the cut are let go there.
            opening_steps: how long its opening is.

        Returns:
            Both together, and the place of the first event after the cut; the piece itself and 0 where it, or
            the other's opening, has no note.
        """
        last = int(np.searchsorted(other.steps, opening_steps))
        if not self.is_onset.any() or not other.is_onset[:last].any():
            return self, 0
        own = self._from_onset(int(np.flatnonzero(self.is_onset)[0]))
        return replace(self, events=_joined(other.events[:last], own)), last

    def _from_onset(self, place: int) -> Events:
        """The events from an onset on, with its velocity, without releases of keys pressed before it."""
        velocity = VELOCITY + int(self.velocities[place] - 1) // VELOCITY_BIN_SIZE
        events = self.events[place:]
        return np.append(np.uint16(velocity), events[_has_its_onset(events)])

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


def _joined(opening: Events, rest: Events) -> Events:
    """Both, with a release between them for every key that is down after the first."""
    releases = NOTE_OFF + np.flatnonzero(_sounding(opening))
    return np.concatenate([opening, releases, rest]).astype(np.uint16)


def _sounding(events: Events) -> npt.NDArray[np.bool_]:
    """Which pitches sound after some events, shape (128,)."""
    last = np.full(PITCHES, NOTE_OFF)
    is_pitch = events < TIME_SHIFT
    last[events[is_pitch] % PITCHES] = events[is_pitch]  # of several the last stays
    return last < NOTE_OFF


def _has_its_onset(events: Events) -> npt.NDArray[np.bool_]:
    """Which events are no NOTE_OFF of a key pressed before them, shape (events,)."""
    firsts = np.full(PITCHES, events.size)
    onsets = np.flatnonzero(events < NOTE_OFF)
    np.minimum.at(firsts, events[onsets], onsets)
    is_release = (events >= NOTE_OFF) & (events < TIME_SHIFT)
    places = np.arange(events.size)
    is_kept = np.ones(events.size, dtype=np.bool_)
    is_kept[is_release] = places[is_release] > firsts[events[is_release] - NOTE_OFF]
    return is_kept
