"""How pieces end: whether on the tonic, and whether the texture thins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.evaluation.spans import median, share
from model.note_table import NoteTable

LAST_SECONDS = 4.0
"""The end of a piece, back from its last release."""

THIN = 0.75
"""A texture thins if the end has at most so many of the onsets a second of what comes before."""


@dataclass(frozen=True)
class EndingRow:
    """Shares of pieces that end so.

    Attributes:
        pieces: how many, those apart in which nothing is struck in the time that counts.
        keyed: how many of them have a key asked for, or known.
        tonic: share of these whose last sonority contains its tonic: the last chord and what still sounds as
            it is struck.
        thins: share whose last `LAST_SECONDS` have at most `THIN` of the onsets a second of what is before.
        ratio: the median of the first over the second.
    """

    pieces: int
    keyed: int
    tonic: float | None
    thins: float
    ratio: float | None


def ending_row(pieces: Sequence[tuple[NoteTable, int | None]], seconds: float) -> EndingRow:
    """The row of some pieces with their keys; of each, its last `seconds` count."""
    # A window that ends after the last release cuts nothing off. It is empty where nothing is struck so late.
    windows = [(notes.window(notes.end - seconds, seconds + 1.0), key) for notes, key in pieces]
    ends = [(notes, key) for notes, key in windows if len(notes)]
    tonics = [key % 12 in last_pitch_classes(notes) for notes, key in ends if key is not None]
    ratios = [ratio for ratio in (thinning(notes) for notes, _ in ends) if ratio is not None]
    return EndingRow(
        len(ends),
        len(tonics),
        share(tonics) if tonics else None,
        share([ratio <= THIN for ratio in ratios]),
        median(ratios),
    )


def last_pitch_classes(notes: NoteTable) -> set[int]:
    """The pitch classes of the last chord, and of the notes that still sound as its last note is struck."""
    sounding = (notes.chords == notes.chords[-1]) | (notes.ends > notes.starts[-1])
    return set((notes.pitches[sounding] % 12).tolist())


def thinning(notes: NoteTable) -> float | None:
    """Onsets a second of the last `LAST_SECONDS` over those of what comes before; None without a before."""
    border = notes.end - LAST_SECONDS
    before = border - float(notes.starts[0])
    late = int(np.count_nonzero(notes.starts >= border))
    early = len(notes) - late
    if before < LAST_SECONDS or not early:
        return None
    return (late / LAST_SECONDS) / (early / before)
