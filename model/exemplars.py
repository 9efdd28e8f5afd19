"""Exemplars: what real pieces of a style measure, for all that a request leaves open.

Left to itself, a network that composes event by event grows denser than the music it learnt from, and
midway between loud and soft. So a piece takes its density, its loudness and how much of each degree of its
key it has from a real piece of its style, drawn by its seed; a checkpoint carries some of each style.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from model.events import NOTE_ON, STEPS_PER_SECOND
from model.keys import key_clearness
from model.piece import Piece
from model.prepared import PreparedCorpus

EXEMPLARS = 48
"""How many pieces of a style a checkpoint carries at most."""

OPENING_SECONDS = 90
"""For how long a piece is measured."""

SHORTEST_SECONDS = 20

CLEAR = 0.05
"""By so much more than any other key must a piece's own fit its degrees, or they would lead elsewhere: the
known key of real pieces is found in no more than two of three of their first minutes."""


@dataclass(frozen=True)
class Exemplar:
    """What one real piece measures.

    Attributes:
        density: notes a second.
        loudness: mean MIDI velocity; None where its dynamics are flat.
        is_minor: whether its key is; None where that is not known or not clear.
        degrees: the share of each pitch class, from its tonic upwards, 12 numbers; None as the mode.
    """

    density: float
    loudness: float | None
    is_minor: bool | None
    degrees: tuple[float, ...] | None

    @classmethod
    def of(cls, piece: Piece) -> "Exemplar | None":
        """The measures of a piece's opening; None where it is too short."""
        opening = piece.steps < OPENING_SECONDS * STEPS_PER_SECOND
        onsets = opening & piece.is_onset
        seconds = min(piece.total_steps / STEPS_PER_SECOND, OPENING_SECONDS)
        if seconds < SHORTEST_SECONDS or not onsets.any():
            return None
        loudness = None if piece.is_flat else round(float(piece.velocities[onsets].mean()), 1)
        degrees = None
        if piece.key is not None:
            pitches = piece.events[onsets].astype(np.int64) - NOTE_ON
            shares = np.bincount((pitches - piece.key) % 12, minlength=12) / onsets.sum()
            if key_clearness(shares, piece.key // 12 * 12) >= CLEAR:
                degrees = tuple(round(float(share), 4) for share in shares)
        is_minor = None if piece.key is None or degrees is None else piece.key >= 12
        return cls(round(float(onsets.sum()) / seconds, 2), loudness, is_minor, degrees)

    @classmethod
    def from_row(cls, row: Sequence[float]) -> "Exemplar":
        """The inverse of `as_row`.

        Raises:
            ValueError: these are not the numbers of an exemplar.
        """
        density, loudness, is_minor, *degrees = row
        if math.isnan(density) or len(degrees) != 12:
            raise ValueError("an exemplar is its density, loudness, mode and 12 degrees")
        told_loudness = None if math.isnan(loudness) else loudness
        if any(map(math.isnan, (is_minor, *degrees))):
            return cls(density, told_loudness, None, None)
        return cls(density, told_loudness, bool(is_minor), tuple(degrees))

    def as_row(self) -> list[float]:
        """Density, loudness, 1 for minor or 0 for major, 12 degrees: 15 numbers, NaN where not known."""
        values = (self.density, self.loudness, self.is_minor, *(self.degrees or [None] * 12))
        return [math.nan if value is None else float(value) for value in values]


Exemplars = Mapping[str, Sequence[Exemplar]]
"""The exemplars of a checkpoint, by style."""

NO_EXEMPLARS: Exemplars = MappingProxyType({})


def exemplars_of(corpus: PreparedCorpus) -> dict[str, tuple[Exemplar, ...]]:
    """Up to `EXEMPLARS` pieces of each style of the train split, evenly chosen, those with a key first."""
    train = np.array(corpus.split("train"))
    chosen = {}
    for style, name in enumerate(corpus.styles):
        members = train[corpus.labels[train, 1] == style]
        measured = [exemplar for index in members if (exemplar := Exemplar.of(corpus[index])) is not None]
        measured.sort(key=lambda exemplar: exemplar.degrees is None)  # stable: otherwise in the corpus' order
        keyed = sum(exemplar.degrees is not None for exemplar in measured)
        count = min(EXEMPLARS, len(measured))
        pool = measured[: max(keyed, count)]
        chosen[name] = tuple(pool[place * len(pool) // count] for place in range(count))
    return chosen
