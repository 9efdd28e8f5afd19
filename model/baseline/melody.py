"""Melodies as symbols: the top line of a piece, brought to a tonic of C, with rhythm by classes.

A symbol is a pitch and how long it takes until the next note, as a multiple of the piece's median.
"""

from collections.abc import Iterable, Sequence
from statistics import median

import numpy as np
import numpy.typing as npt

from model.keys import key_index
from model.measures import measure
from model.performance import Note

LOWEST, HIGHEST = 55, 88
"""MIDI pitches that a melody has; others are folded into them by octaves."""

RATIOS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Waits until the next note, as multiples of a piece's median wait."""

SYMBOLS = (HIGHEST - LOWEST + 1) * len(RATIOS)

TOGETHER_SECONDS = 0.05
"""Onsets so close sound as one chord, of which the highest note is the melody's."""

_HELD_SECONDS = 1.0
"""For so long at most a higher note covers those under it: with a pedal it would ring on."""

_SHARE_HELD = 0.95
"""Of the wait until the next note a note is held: legato, and repeated notes are heard apart."""

Symbols = npt.NDArray[np.intp]


def top_line(notes: Iterable[Note]) -> list[Note]:
    """The highest note at each onset, but where a higher one still sounds: the skyline algorithm.

    A. Uitdenbogerd, J. Zobel 1998, "Manipulation of music for melody matching", ACM Multimedia.
    """
    line: list[Note] = []
    for note in sorted(notes, key=lambda note: (note.start, -note.pitch)):
        if line:
            last = line[-1]
            if note.start - last.start < TOGETHER_SECONDS:
                if note.pitch > last.pitch:
                    line[-1] = note
                continue
            if note.pitch < last.pitch and note.start < min(last.end, last.start + _HELD_SECONDS):
                continue
        line.append(note)
    return line


def symbols_of(notes: Sequence[Note]) -> tuple[Symbols, bool] | None:
    """A piece's melody, (notes - 1,), and whether it is in a minor key; None where it is too short."""
    key = measure(notes).key
    line = top_line(notes)
    if key is None or len(line) < 16:
        return None
    index = key_index(key)
    shift = (-index + 6) % 12 - 6  # to C by the shortest way
    waits = np.diff([note.start for note in line])
    ratios = waits / median(waits)
    rhythms = np.abs(np.log(ratios)[:, None] - np.log(RATIOS)).argmin(axis=1)
    pitches = np.array([_folded(note.pitch + shift) for note in line[:-1]])
    return (pitches - LOWEST) * len(RATIOS) + rhythms, index >= 12


def notes_of(symbols: Iterable[int], wait_seconds: float, velocity: int) -> list[Note]:
    """The melody that symbols stand for.

    Args:
        symbols: of a melody.
        wait_seconds: the median time from one note to the next.
        velocity: of every note, 1..127: symbols tell nothing of loudness.
    """
    notes, now = [], 0.0
    for symbol in symbols:
        pitch, rhythm = divmod(int(symbol), len(RATIOS))
        wait = RATIOS[rhythm] * wait_seconds
        notes.append(Note(LOWEST + pitch, velocity, now, now + wait * _SHARE_HELD))
        now += wait
    return notes


def _folded(pitch: int) -> int:
    while pitch < LOWEST:
        pitch += 12
    while pitch > HIGHEST:
        pitch -= 12
    return pitch
