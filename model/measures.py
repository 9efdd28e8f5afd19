"""What a piece turned out to be: figures of its notes, to stand beside what was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.keys import KEYS, find_key
from model.note_table import NoteTable, Numbers
from model.performance import Note

LONG_NOTE_SECONDS = 5.0
"""A note held longer counts as long; in real piano music hardly any is."""

RINGING_SECONDS = 1.0
"""How much of a note's duration speaks for a key."""


@dataclass(frozen=True)
class Measures:
    """Figures of a piece.

    Attributes:
        key: the key that fits best (Krumhansl-Kessler); None where there are no notes.
        seconds: from the first onset to the last release.
        notes: how many.
        notes_per_second: notes over seconds.
        mean_velocity: 1..127; 0 where there are no notes.
        mean_polyphony: notes that sound at once, averaged over `seconds`.
        largest_polyphony: the most notes that sound at once.
        long_note_share: share of notes held for over 5 s.
    """

    key: str | None
    seconds: float
    notes: int
    notes_per_second: float
    mean_velocity: float
    mean_polyphony: float
    largest_polyphony: int
    long_note_share: float


def measure(notes: Sequence[Note]) -> Measures:
    """The figures of some notes; all zero, and no key, where there are none."""
    if not notes:
        return Measures(None, 0.0, 0, 0.0, 0.0, 0.0, 0, 0.0)
    starts = np.array([note.start for note in notes])
    ends = np.array([note.end for note in notes])
    lengths = ends - starts
    seconds = float(ends.max() - starts.min())
    key = find_key(pitch_class_histogram(notes))
    return Measures(
        key=None if key is None else KEYS[key],
        seconds=seconds,
        notes=len(notes),
        notes_per_second=len(notes) / seconds,
        mean_velocity=float(np.mean([note.velocity for note in notes])),
        mean_polyphony=float(lengths.sum()) / seconds,
        largest_polyphony=largest_polyphony(starts, ends),
        long_note_share=float((lengths > LONG_NOTE_SECONDS).mean()),
    )


def pitch_class_histogram(notes: Sequence[Note]) -> npt.NDArray[np.float64]:
    """How long each pitch class sounds, as shares, shape (12,).

    Durations are Krumhansl's weight, but a note under the pedal rings on without being held: counted up to
    `RINGING_SECONDS` only, they name the known key of 79 % of 121 real pieces, in full of 74 %.
    """
    histogram = np.zeros(12)
    durations = [min(note.end - note.start, RINGING_SECONDS) for note in notes]
    np.add.at(histogram, [note.pitch % 12 for note in notes], durations)
    total = histogram.sum()
    return histogram / total if total > 0 else histogram


def ringing(notes: NoteTable) -> Numbers:
    """How long each pitch class sounds, notes counted up to `RINGING_SECONDS`, in seconds, shape (12,)."""
    weights = np.minimum(notes.durations, RINGING_SECONDS)
    sums: Numbers = np.bincount(notes.pitches % 12, weights, minlength=12).astype(np.float64)
    return sums


def largest_polyphony(starts: npt.NDArray[np.float64], ends: npt.NDArray[np.float64]) -> int:
    """The most notes at once; a note that ends as another begins does not count with it."""
    times = np.concatenate([ends, starts])
    changes = np.concatenate([np.full(ends.size, -1), np.full(starts.size, 1)])
    return int(np.cumsum(changes[np.lexsort((changes, times))]).max())
