"""Notes as arrays, which is what measures compute on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from model.performance import Note

CHORD_SECONDS = 0.03
"""Notes that follow each other within so long are struck together: pianists are no more exact (Repp 1996)."""

Numbers = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class NoteTable:
    """Notes in the order of their onsets, then pitches.

    Attributes:
        pitches: MIDI pitches, shape (notes,).
        velocities: 1..127, shape (notes,).
        starts: onsets in seconds, shape (notes,).
        ends: releases in seconds, shape (notes,).
    """

    pitches: Integers
    velocities: Integers
    starts: Numbers
    ends: Numbers

    @classmethod
    def of(cls, notes: Sequence[Note]) -> "NoteTable":
        """The table of some notes, in any order."""
        ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
        return cls(
            np.array([note.pitch for note in ordered], dtype=np.int64),
            np.array([note.velocity for note in ordered], dtype=np.int64),
            np.array([note.start for note in ordered], dtype=np.float64),
            np.array([note.end for note in ordered], dtype=np.float64),
        )

    def __len__(self) -> int:
        return self.pitches.size

    @cached_property
    def end(self) -> float:
        """The last release, in seconds; 0 where there are no notes."""
        return float(self.ends.max(initial=0.0))

    @property
    def seconds(self) -> float:
        """From the first onset to the last release."""
        return self.end - float(self.starts[0]) if len(self) else 0.0

    @property
    def durations(self) -> Numbers:
        """How long each note is held, in seconds, shape (notes,)."""
        return self.ends - self.starts

    @property
    def notes_per_second(self) -> float:
        """Onsets a second; 0 where there are no notes."""
        return len(self) / self.seconds if len(self) else 0.0

    def window(self, begin: float, seconds: float) -> "NoteTable":
        """The notes struck from `begin` on for so long, cut off at the window's end."""
        inside = (self.starts >= begin) & (self.starts < begin + seconds)
        ends = np.minimum(self.ends[inside], begin + seconds)
        return NoteTable(self.pitches[inside], self.velocities[inside], self.starts[inside], ends)

    def windows(self, seconds: float, most: int) -> list["NoteTable"]:
        """Up to so many windows that do not overlap, evenly spread from the opening to the end."""
        count = min(int(self.end / seconds), most)
        begins = np.linspace(0.0, self.end - seconds, count) if count > 1 else [0.0] * count
        return [self.window(float(begin), seconds) for begin in begins]

    @cached_property
    def chords(self) -> Integers:
        """Which chord each note belongs to, counted from 0, shape (notes,); a single note is one too."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        return np.append(0, np.cumsum(np.diff(self.starts) > CHORD_SECONDS + 1e-6))

    @cached_property
    def chord_starts(self) -> Integers:
        """The place of each chord's first note, shape (chords,)."""
        return np.flatnonzero(np.diff(self.chords, prepend=-1))

    @cached_property
    def chord_times(self) -> Numbers:
        """The onset of each chord's first note, in seconds, shape (chords,)."""
        return self.starts[self.chord_starts]
