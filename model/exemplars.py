"""Exemplars: what real pieces of a style measure, for all that a request leaves open.

Left to itself, a network that composes event by event grows denser than the music it learnt from, and
midway between loud and soft. So a piece takes its density, its loudness, how many notes sound at once, how
high, how much of each degree of its key it has, how it closes, and its form and arcs from real pieces of its
style, drawn by its seed; a checkpoint carries some of each style.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from model.events import NOTE_ON, STEPS_PER_SECOND
from model.form.shape import ROW as SHAPE_ROW
from model.form.shape import Shape
from model.keys import key_clearness
from model.measures import LONG_NOTE_SECONDS, largest_polyphony
from model.note_table import NoteTable
from model.performance import decode
from model.performance_controls import NoteDensity, PitchClassHistogram, Polyphony, Register
from model.piece import Piece, Rendition
from model.prepared import PreparedCorpus, evenly

EXEMPLARS = 96
"""How many pieces of a style a checkpoint carries at most."""

OPENING_SECONDS = 90
"""For how long a piece is measured."""

SHORTEST_SECONDS = 20

CLOSING_SECONDS = 4
CLOSING_MOMENTS = 8
"""For how long its closing is measured, and at how many moments: every half second."""

CLEAR = 0.05
"""By so much more than any other key must a piece's own fit its degrees, or they would lead elsewhere: the
known key of real pieces is found in no more than two of three of their first minutes."""

RENDITION_SHARE = 0.25
"""A style with fewer pieces of a rendition is not known in it: what such pieces have, few as they are, says
more about them than about the style."""

TONIC_SHARE = 0.2
"""So much of its last notes must the tonic be for a piece to close on it."""

Degrees = tuple[float, ...]
"""The share of each pitch class, from the tonic upwards, 12 numbers."""

_BODY = 21
_MOMENT = 14
_MEASURES = _BODY + CLOSING_MOMENTS * _MOMENT
ROW = _MEASURES + SHAPE_ROW
"""How many numbers an exemplar is stored as."""


@dataclass(frozen=True)
class ClosingMoment:
    """What the rest of a piece holds, at some moment of its last seconds.

    Attributes:
        density: notes a second; 1 is the piece's own.
        polyphony: notes at once; 1 is the piece's own.
        degrees: of the notes to come; None where the key is not known or not clear, or none comes.
    """

    density: float
    polyphony: float
    degrees: Degrees | None


@dataclass(frozen=True)
class Exemplar:
    """What one real piece measures.

    Attributes:
        seconds: how long all of it is.
        density: notes a second.
        loudness: mean MIDI velocity; None where its dynamics are flat.
        polyphony: notes that sound at once.
        largest_polyphony: the most that do.
        long_share: share of notes held for over `LONG_NOTE_SECONDS`.
        register: mean MIDI pitch.
        is_performed: whether a player was heard; None where that is not known.
        is_minor: whether its key is; None where that is not known or not clear.
        degrees: of its notes; None as the mode.
        closing: its last seconds, `CLOSING_MOMENTS` in order.
        shape: of all of it.
    """

    seconds: float
    density: float
    loudness: float | None
    polyphony: float
    largest_polyphony: float
    long_share: float
    register: float
    is_performed: bool | None
    is_minor: bool | None
    degrees: Degrees | None
    closing: tuple[ClosingMoment, ...]
    shape: Shape

    @classmethod
    def of(cls, piece: Piece) -> "Exemplar | None":
        """The measures of a piece; None where it is too short."""
        opening = _opening(piece)
        if opening is None:
            return None
        window = min(piece.total_steps / STEPS_PER_SECOND, OPENING_SECONDS)
        density, polyphony, register = (
            control.clipped(float(control.extract(piece)[0]))
            for control in (NoteDensity(window), Polyphony(window), Register(window))
        )
        key = _clear_key(piece, opening)
        notes = NoteTable.of(decode(piece.events)).window(0.0, OPENING_SECONDS)
        return cls(
            piece.total_steps / STEPS_PER_SECOND,
            density,
            None if piece.is_flat else float(piece.velocities[opening].mean()),
            polyphony,
            float(largest_polyphony(notes.starts, notes.ends)),
            float((notes.durations > LONG_NOTE_SECONDS).mean()),
            register,
            None if piece.rendition is None else piece.rendition is Rendition.PERFORMED,
            None if key is None else key >= 12,
            None if key is None else _degrees(piece, opening, key),
            _closing(piece, density, polyphony, key),
            Shape.of(piece),
        )

    @classmethod
    def from_row(cls, row: Sequence[float]) -> "Exemplar":
        """The inverse of `as_row`.

        Raises:
            ValueError: these are not the numbers of an exemplar.
        """
        if len(row) != ROW:
            raise ValueError(f"an exemplar is {ROW} numbers")
        seconds, density, loudness, polyphony, largest, long_share, register, is_performed, is_minor = row[:9]
        moments = [row[first : first + _MOMENT] for first in range(_BODY, _MEASURES, _MOMENT)]
        known = (seconds, density, polyphony, largest, long_share, register)
        if any(map(math.isnan, (*known, *(value for moment in moments for value in moment[:2])))):
            raise ValueError("of an exemplar only loudness, rendition, mode and degrees may be unknown")
        return cls(
            seconds,
            density,
            None if math.isnan(loudness) else loudness,
            polyphony,
            largest,
            long_share,
            register,
            None if math.isnan(is_performed) else bool(is_performed),
            None if math.isnan(is_minor) else bool(is_minor),
            _all_known(row[9:_BODY]),
            tuple(ClosingMoment(moment[0], moment[1], _all_known(moment[2:])) for moment in moments),
            Shape.from_row(row[_MEASURES:]),
        )

    @property
    def closes_on_tonic(self) -> bool:
        """Whether the last notes that were measured have the tonic among them."""
        known = [moment.degrees for moment in self.closing if moment.degrees]
        return bool(known) and known[-1][0] >= TONIC_SHARE

    def as_row(self) -> list[float]:
        """All of it as `ROW` numbers in order; True is 1, and what is not known NaN."""
        open_degrees = [None] * 12
        values = [self.seconds, self.density, self.loudness, self.polyphony]
        values.extend((self.largest_polyphony, self.long_share, self.register))
        values.extend((self.is_performed, self.is_minor))
        values.extend(self.degrees or open_degrees)
        for moment in self.closing:
            values.extend((moment.density, moment.polyphony, *(moment.degrees or open_degrees)))
        values.extend(self.shape.as_row())
        return [math.nan if value is None else float(value) for value in values]


Exemplars = Mapping[str, Sequence[Exemplar]]
"""The exemplars of a checkpoint, by style."""

NO_EXEMPLARS: Exemplars = MappingProxyType({})


def exemplars_of(corpus: PreparedCorpus) -> dict[str, tuple[Exemplar, ...]]:
    """Up to `EXEMPLARS` pieces of each style of the train split, evenly chosen among its originals."""
    train = np.array(corpus.originals("train"), dtype=np.int64)
    chosen = {}
    for style, name in enumerate(corpus.styles):
        members = train[corpus.labels[train, 1] == style]
        long_enough = [index for index in members if _opening(corpus[index]) is not None]
        measured = (Exemplar.of(corpus[index]) for index in evenly(long_enough, EXEMPLARS))
        chosen[name] = tuple(exemplar for exemplar in measured if exemplar is not None)
    return chosen


def _opening(piece: Piece) -> npt.NDArray[np.bool_] | None:
    """Which events are onsets of a piece's opening; None of a piece that is too short, or has none there."""
    opening = piece.is_onset & (piece.steps < OPENING_SECONDS * STEPS_PER_SECOND)
    is_long_enough = piece.total_steps >= SHORTEST_SECONDS * STEPS_PER_SECOND
    return opening if is_long_enough and opening.any() else None


def _closing(piece: Piece, density: float, polyphony: float, key: int | None) -> tuple[ClosingMoment, ...]:
    """What the network would be told at the first event from each moment of a piece's last seconds on."""
    left = CLOSING_SECONDS * (1 - np.arange(CLOSING_MOMENTS) / CLOSING_MOMENTS)
    events = np.searchsorted(piece.steps, piece.total_steps - left * STEPS_PER_SECOND)
    densities = NoteDensity().extract(piece)[events] / density
    polyphonies = Polyphony().extract(piece)[events] / polyphony
    histograms = PitchClassHistogram().extract(piece)[events]
    return tuple(
        ClosingMoment(
            float(densities[moment]),
            float(polyphonies[moment]),
            None if key is None else _all_known(np.roll(histograms[moment], -(key % 12)).tolist()),
        )
        for moment in range(CLOSING_MOMENTS)
    )


def _degrees(piece: Piece, which: npt.NDArray[np.bool_], key: int) -> Degrees:
    """The share of each pitch class among some onsets of a piece, from the tonic of a key upwards."""
    pitches = piece.events[which].astype(np.int64) - NOTE_ON
    counts = np.bincount((pitches - key) % 12, minlength=12)
    return tuple((counts / counts.sum()).tolist())


def _clear_key(piece: Piece, which: npt.NDArray[np.bool_]) -> int | None:
    """A piece's key, if it fits some of its onsets clearly better than any other does."""
    if piece.key is None:
        return None
    degrees = np.array(_degrees(piece, which, piece.key))  # counted from the tonic, it is a key on C
    return piece.key if key_clearness(degrees, piece.key // 12 * 12) >= CLEAR else None


def _all_known(values: Sequence[float]) -> Degrees | None:
    return None if any(map(math.isnan, values)) else tuple(values)
