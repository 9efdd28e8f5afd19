"""Excerpts: as much of a piece as listeners are asked to hear, and what marks those who do not listen."""

from collections.abc import Sequence

import numpy as np

from model.performance import Note, decode, encode, from_first_onset

SHORTEST_SHARE = 0.8
"""An excerpt is at least so much of what it may be: excerpts are about equally long, and in the rest there is
room to look for a good end."""


def excerpt(notes: Sequence[Note], seconds: float) -> list[Note]:
    """The beginning of a piece, ended where it breathes.

    The end is the longest wait for a next onset within the last part of the time allowed, taken as the end of
    a phrase; nothing is faded, and what still sounds when the next phrase would begin ends there. All
    excerpts are coded alike, as performance events (steps of 10 ms, 32 loudnesses, the pedal as lengths of
    notes), so that nothing but the notes tells who composed them.

    Args:
        notes: of the piece, in any order; one at least.
        seconds: the longest that it may last.
    """
    coded = from_first_onset(decode(encode(from_first_onset(notes))))
    end = _end([note.start for note in coded], max(note.end for note in coded), seconds)
    return [note._replace(end=min(note.end, end)) for note in coded if note.start < end]


def shuffled(notes: Sequence[Note], seed: int) -> list[Note]:
    """The same pitches, loudnesses, lengths and onsets, each dealt out anew: a piece no more.

    Every figure of a single note is as in the piece, whatever hangs together from note to note is gone.

    Args:
        notes: of the piece.
        seed: decides how they are dealt out.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    pitches, velocities, lengths = (
        [column[place] for place in random.permutation(len(ordered))]
        for column in (
            [note.pitch for note in ordered],
            [note.velocity for note in ordered],
            [note.end - note.start for note in ordered],
        )
    )
    last = max(note.end for note in ordered)
    return [
        Note(pitch, velocity, note.start, min(note.start + length, last))
        for note, pitch, velocity, length in zip(ordered, pitches, velocities, lengths, strict=True)
    ]


def _end(starts: Sequence[float], last: float, seconds: float) -> float:
    """Where an excerpt ends, in seconds from its first onset."""
    if last <= seconds:
        return last
    ordered = np.unique(starts)
    ends = np.append(ordered[1:], last)  # an onset's phrase ends where the next begins
    is_allowed = (ends >= SHORTEST_SHARE * seconds) & (ends <= seconds)
    if not is_allowed.any():
        return seconds
    waits = np.where(is_allowed, ends - ordered, -1.0)
    return float(ends[waits.argmax()])
