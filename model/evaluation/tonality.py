"""Keys: whether a piece is in the one asked for, and how freely it moves in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from music21.analysis.discrete import TemperleyKostkaPayne
from music21.note import Note
from music21.stream import Stream

from model.evaluation.spans import Span, is_inside, middle_half, share
from model.keys import find_key
from model.measures import ringing
from model.note_table import NoteTable

_MAJOR_SCALE = frozenset({0, 2, 4, 5, 7, 9, 11})
_MINOR_SCALE = frozenset({0, 2, 3, 5, 7, 8, 9, 10, 11})
"""Natural, harmonic and melodic minor taken together."""


@dataclass(frozen=True)
class KeyRow:
    """Shares of pieces by the key found in them, measured from the key asked for or known.

    Attributes:
        pieces: how many have a key asked for, or known.
        found: that key, by Krumhansl and Kessler's profiles.
        dominant: a fifth above, of the same mode.
        subdominant: a fifth below, of the same mode.
        relative: the relative minor or major.
        parallel: minor in place of major, or the reverse, on the same tonic.
        second_opinion: that key, by music21 with Temperley's revision of Kostka and Payne's profiles.
    """

    pieces: int
    found: float
    dominant: float
    subdominant: float
    relative: float
    parallel: float
    second_opinion: float


@dataclass(frozen=True)
class PitchRow:
    """How freely pieces move in their key; medians of sampled pieces, middle halves of real ones.

    Attributes:
        entropy: of the pitch classes of the onsets, in bits; 3.58 where all twelve are alike.
        real_entropy: the same of real pieces.
        entropy_inside: whether the median is within them.
        outside: share of onsets outside the scale of the key asked for (minor: natural, harmonic, melodic).
        real_outside: the same of real pieces in their known key.
        outside_inside: whether the median is within them.
        real_keys: how many real pieces have a known key.
    """

    entropy: float
    real_entropy: Span
    entropy_inside: bool
    outside: float
    real_outside: Span | None
    outside_inside: bool | None
    real_keys: int


@dataclass(frozen=True)
class KeyFinding:
    """The key that a piece should have, and two opinions on the one that it has; keys are 0..23."""

    wanted: int
    found: int | None
    second_opinion: int | None

    @classmethod
    def of(cls, notes: NoteTable, wanted: int) -> "KeyFinding":
        """Find the key of some notes."""
        return cls(wanted, find_key(ringing(notes)), _second_opinion(notes))


def key_row(findings: Sequence[KeyFinding]) -> KeyRow:
    """The row of some pieces."""

    def found_share(neighbour: str) -> float:
        return share([one.found == neighbours(one.wanted)[neighbour] for one in findings])

    return KeyRow(
        len(findings),
        share([one.found == one.wanted for one in findings]),
        found_share("dominant"),
        found_share("subdominant"),
        found_share("relative"),
        found_share("parallel"),
        share([one.second_opinion == one.wanted for one in findings]),
    )


def neighbours(key: int) -> dict[str, int]:
    """The keys 0..23 that are most easily taken for a key."""
    tonic, mode = key % 12, key // 12
    return {
        "dominant": (tonic + 7) % 12 + 12 * mode,
        "subdominant": (tonic + 5) % 12 + 12 * mode,
        "relative": (tonic + 3) % 12 if mode else (tonic + 9) % 12 + 12,
        "parallel": tonic + 12 * (1 - mode),
    }


def pitch_row(
    sampled: Sequence[tuple[NoteTable, int]],
    real: Sequence[NoteTable],
    keyed: Sequence[tuple[NoteTable, int]],
    fewest: int,
) -> PitchRow:
    """The row of sampled pieces with the key asked for, real ones, and real ones with their known key.

    With fewer than `fewest` real pieces in a known key nothing is said about real music outside the scale.
    """
    entropy = float(np.median([entropy_bits(notes) for notes, _ in sampled]))
    outside = float(np.median([outside_share(notes, key) for notes, key in sampled]))
    real_entropy = middle_half([entropy_bits(notes) for notes in real])
    real_outside = (
        middle_half([outside_share(notes, key) for notes, key in keyed]) if len(keyed) >= fewest else None
    )
    return PitchRow(
        entropy,
        real_entropy,
        is_inside(entropy, real_entropy),
        outside,
        real_outside,
        None if real_outside is None else is_inside(outside, real_outside),
        len(keyed),
    )


def entropy_bits(notes: NoteTable) -> float:
    """Entropy of the pitch classes of the onsets, in bits."""
    shares = np.bincount(notes.pitches % 12, minlength=12) / max(len(notes), 1)
    present = shares[shares > 0]
    return float(-(present * np.log2(present)).sum())


def outside_share(notes: NoteTable, key: int) -> float:
    """Share of onsets outside the scale of a key."""
    scale = _MINOR_SCALE if key >= 12 else _MAJOR_SCALE
    outside = [degree for degree in range(12) if degree not in scale]
    return float(np.isin((notes.pitches - key) % 12, outside).mean()) if len(notes) else 0.0


def _second_opinion(notes: NoteTable) -> int | None:
    """The key that music21 finds (Cuthbert and Ariza 2010), by the profiles of Temperley (1999)."""
    sounding = ringing(notes)
    stream: Any = Stream()
    for pitch_class in np.flatnonzero(sounding):
        # Whole thousandths of the piece: music21 spells out other lengths as tuplets, slowly.
        length = max(round(1000 * sounding[pitch_class] / sounding.sum()), 1)
        stream.append(Note(60 + int(pitch_class), quarterLength=length))
    if len(stream) < 2:
        return None
    judge: Any = TemperleyKostkaPayne  # parts of music21 have types, parts have none
    (tonic, mode, _), _ = judge().process(stream)
    found: int = tonic.pitchClass + 12 * (mode == "minor")
    return found
