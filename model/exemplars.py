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
import numpy.typing as npt

from model.events import NOTE_ON, STEPS_PER_SECOND
from model.keys import key_clearness
from model.piece import Piece
from model.prepared import PreparedCorpus

EXEMPLARS = 48
"""How many pieces of a style a checkpoint carries at most."""

OPENING_SECONDS = 90
"""For how long a piece is measured."""

SHORTEST_SECONDS = 20

CLOSING_SECONDS = 4
CLOSING_NOTES = 6
"""For how long its closing is measured: the density, and the degrees."""

ROW = 28
"""How many numbers an exemplar is stored as."""

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
        closing_density: notes a second at its end, by `density`.
        closing_degrees: as `degrees`, of its last notes.
    """

    density: float
    loudness: float | None
    is_minor: bool | None
    degrees: tuple[float, ...] | None
    closing_density: float
    closing_degrees: tuple[float, ...] | None

    @classmethod
    def of(cls, piece: Piece) -> "Exemplar | None":
        """The measures of a piece; None where it is too short."""
        seconds = min(piece.total_steps / STEPS_PER_SECOND, OPENING_SECONDS)
        opening = piece.is_onset & (piece.steps < OPENING_SECONDS * STEPS_PER_SECOND)
        closing = piece.is_onset & (piece.steps >= piece.total_steps - CLOSING_SECONDS * STEPS_PER_SECOND)
        if seconds < SHORTEST_SECONDS or not opening.any():
            return None
        density = float(opening.sum()) / seconds
        loudness = None if piece.is_flat else float(piece.velocities[opening].mean())
        key = _clear_key(piece, opening)
        return cls(
            density,
            loudness,
            None if key is None else key >= 12,
            None if key is None else _degrees(piece, opening, key),
            float(closing.sum()) / CLOSING_SECONDS / density,
            None if key is None else _degrees(piece, _last(piece.is_onset, CLOSING_NOTES), key),
        )

    @classmethod
    def from_row(cls, row: Sequence[float]) -> "Exemplar":
        """The inverse of `as_row`.

        Raises:
            ValueError: these are not the numbers of an exemplar.
        """
        known = [None if math.isnan(value) else value for value in row]
        if len(known) != ROW or known[0] is None or known[15] is None:
            raise ValueError(f"an exemplar is {ROW} numbers")
        is_minor = known[2]
        return cls(
            known[0],
            known[1],
            None if is_minor is None else bool(is_minor),
            _all_known(known[3:15]),
            known[15],
            _all_known(known[16:]),
        )

    def as_row(self) -> list[float]:
        """All of it as `ROW` numbers in order; True is 1, and what is not known NaN."""
        open_degrees = [None] * 12
        values = (
            *(self.density, self.loudness, self.is_minor, *(self.degrees or open_degrees)),
            *(self.closing_density, *(self.closing_degrees or open_degrees)),
        )
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


def _degrees(piece: Piece, which: npt.NDArray[np.bool_], key: int) -> tuple[float, ...]:
    """The share of each pitch class among some onsets of a piece, from the tonic of a key upwards."""
    pitches = piece.events[which].astype(np.int64) - NOTE_ON
    counts = np.bincount((pitches - key) % 12, minlength=12)
    return tuple((counts / counts.sum()).tolist())


def _last(which: npt.NDArray[np.bool_], count: int) -> npt.NDArray[np.bool_]:
    """The last of some events, as many as `count`."""
    last = np.zeros_like(which)
    last[np.flatnonzero(which)[-count:]] = True
    return last


def _clear_key(piece: Piece, which: npt.NDArray[np.bool_]) -> int | None:
    """A piece's key, if it fits some of its onsets clearly better than any other does."""
    if piece.key is None:
        return None
    degrees = np.array(_degrees(piece, which, piece.key))  # counted from the tonic, it is a key on C
    return piece.key if key_clearness(degrees, piece.key // 12 * 12) >= CLEAR else None


def _all_known(values: Sequence[float | None]) -> tuple[float, ...] | None:
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else None
