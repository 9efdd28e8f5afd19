"""The shape of a real piece: its form, its contrasting key, how dense and how loud it is where.

Plans are drawn from such shapes, so that a checkpoint's exemplars carry them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from model.events import NOTE_ON, STEPS_PER_SECOND
from model.form.closest_return import closest_return
from model.form.similarity import FRAME_SECONDS, self_similarity
from model.form.templates import FORMS, PRELUDE
from model.keys import find_key
from model.performance import Note, decode
from model.piece import Piece

ARC = 16
"""At how many places density and loudness are measured, evenly spread over the piece."""

ROW = 3 + 2 * ARC
"""How many numbers a shape is stored as."""

SHORTEST_SECONDS = 40
LONGEST_SECONDS = 240
"""Of a shorter piece no form is looked for; of a longer one, only in so much of it."""

CHANCE = MappingProxyType(
    {
        "ternary": 0.055,
        "song": 0.02,
        "binary": 0.005,
        "rondo": 0.02,
        "variations": 0.005,
        "verse-chorus": 0.025,
    }
)
"""By so much more than its different sections are the returns of a form alike in one of ten pieces that were
sampled without a plan (48 of 180 s, eight styles): a piece has a form if it goes beyond."""

MOST_NEW = 0.5
"""A piece of whose closest return more notes are new takes up harmonies, and no notes."""

_SLACK_SECONDS = 6
"""How far from its even place a section may return."""

_NAMES = tuple(FORMS)


@dataclass(frozen=True)
class Shape:
    """The shape of a piece.

    Attributes:
        form: one of `FORMS`, `PRELUDE` where nothing returns in even sections.
        is_literal: whether its notes come again somewhere, and not only its harmonies.
        contrast: the key of its middle third as seen from its own: semitones up, 0..11, and 12 more if the
            mode is the other; None where its key is not known, or its middle is in no key.
        densities: notes a second at `ARC` places, as shares of the piece's mean.
        loudness: MIDI velocities there, less the piece's mean; zeros where its dynamics are flat.
    """

    form: str
    is_literal: bool
    contrast: int | None
    densities: tuple[float, ...]
    loudness: tuple[float, ...]

    @classmethod
    def of(cls, piece: Piece) -> "Shape":
        """The shape of a piece that has notes."""
        places = np.minimum(piece.steps * ARC // max(piece.total_steps, 1), ARC - 1)
        onsets = piece.is_onset
        counts = _smooth(np.bincount(places[onsets], minlength=ARC))
        loudness = np.zeros(ARC)
        if not piece.is_flat:
            sums = np.bincount(places[onsets], piece.velocities[onsets], minlength=ARC)
            loudness = _smooth(sums) / np.maximum(counts, 1e-9)
            loudness = np.where(counts > 0, loudness - piece.velocities[onsets].mean(), 0.0)
        densities = counts / counts.mean()
        notes = [note for note in decode(piece.events) if note.start < LONGEST_SECONDS]
        seconds = min(piece.total_steps / STEPS_PER_SECOND, LONGEST_SECONDS)
        closest = closest_return(notes)
        return cls(
            _form(notes, seconds),
            closest is not None and closest.new <= MOST_NEW,
            _contrast(piece),
            tuple(densities.tolist()),
            tuple(loudness.tolist()),
        )

    @classmethod
    def from_row(cls, row: Sequence[float]) -> "Shape":
        """The inverse of `as_row`.

        Raises:
            ValueError: these are not the numbers of a shape.
        """
        if len(row) != ROW or any(map(math.isnan, (*row[:2], *row[3:]))) or not 0 <= row[0] < len(_NAMES):
            raise ValueError(f"a shape is {ROW} numbers, of which only the third may be unknown")
        form, is_literal, contrast, *arcs = row
        return cls(
            _NAMES[int(form)],
            bool(is_literal),
            None if math.isnan(contrast) else int(contrast),
            tuple(arcs[:ARC]),
            tuple(arcs[ARC:]),
        )

    def as_row(self) -> list[float]:
        """All of it as `ROW` numbers in order; what is not known is NaN."""
        contrast = math.nan if self.contrast is None else float(self.contrast)
        form = float(_NAMES.index(self.form))
        return [form, float(self.is_literal), contrast, *self.densities, *self.loudness]


def _smooth(values: npt.NDArray[np.number[Any]]) -> npt.NDArray[np.float64]:
    """Each value averaged with its neighbours, shape (ARC,)."""
    padded = np.pad(values.astype(np.float64), 1, mode="edge")
    smoothed: npt.NDArray[np.float64] = padded[:-2] / 4 + padded[1:-1] / 2 + padded[2:] / 4
    return smoothed


def _form(notes: Sequence[Note], seconds: float) -> str:
    """The form whose even sections, where they are to be alike, are alike by more than where they are not."""
    if seconds < SHORTEST_SECONDS:
        return PRELUDE
    similarity = self_similarity(notes, seconds)
    fits = {form: _fit(similarity, FORMS[form]) - chance for form, chance in CHANCE.items()}
    best = max(fits, key=lambda form: fits[form])
    return best if fits[best] > 0 else PRELUDE


def _fit(similarity: npt.NDArray[np.float64], letters: str) -> float:
    """How much more alike the returning sections of a form are than its different ones.

    A form of which all sections are the same is compared with the piece's mean.
    """
    length = similarity.shape[0] // len(letters)
    alike: list[float] = []
    unlike: list[float] = []
    for (first, one), (second, other) in combinations(enumerate(letters), 2):
        (alike if one == other else unlike).append(
            _likeness(similarity, first * length, second * length, length)
        )
    return float(np.mean(alike) - (np.mean(unlike) if unlike else _typical(similarity, length)))


def _likeness(similarity: npt.NDArray[np.float64], first: int, second: int, length: int) -> float:
    """How alike two stretches are, frame by frame, the second at its best place around its own."""
    slack = round(_SLACK_SECONDS / FRAME_SECONDS)
    size = similarity.shape[0]
    shifts = range(max(first + length - second, -slack), min(size - length - second, slack) + 1)
    frames = np.arange(length)
    return max(
        (float(similarity[first + frames, second + shift + frames].mean()) for shift in shifts), default=0.0
    )


def _typical(similarity: npt.NDArray[np.float64], length: int) -> float:
    """How alike stretches are that lie anywhere, at their best places: the upper tenth of all diagonals."""
    diagonals = [
        float(np.diagonal(similarity, lag)[:length].mean())
        for lag in range(length // 2, similarity.shape[0] - length // 2)
    ]
    return float(np.quantile(diagonals, 0.9)) if diagonals else 1.0


def _contrast(piece: Piece) -> int | None:
    if piece.key is None:
        return None
    third = piece.total_steps // 3
    middle = piece.is_onset & (piece.steps >= third) & (piece.steps < 2 * third)
    pitches = piece.events[middle].astype(np.int64) - NOTE_ON
    key = find_key(np.bincount(pitches % 12, minlength=12).astype(np.float64)) if pitches.size else None
    if key is None:
        return None
    return (key - piece.key) % 12 + 12 * (key // 12 != piece.key // 12)
