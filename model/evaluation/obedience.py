"""Whether a piece has the density, mood and length that were asked for, and was let go without a rule."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.evaluation.pieces import SampledPiece
from model.evaluation.spans import Span, median, share
from model.events import MAX_SHIFT_STEPS, STEPS_PER_SECOND, TIME_SHIFT
from model.measures import largest_polyphony
from model.note_table import NoteTable
from model.piece import Piece
from model.sampling.constraints import (
    LARGEST_POLYPHONY,
    LATEST_END_STEPS,
    LATEST_ONSET_STEPS,
    LONGEST_NOTE_STEPS,
)

CLOSE_SECONDS = 2.0
"""A piece so near the length asked for has it."""


@dataclass(frozen=True)
class DensityRow:
    """How well an explicit note density is kept.

    Attributes:
        pieces: how many were asked for one.
        asked: the least and the largest, in notes a second.
        median_error: of |measured - asked| / asked; measured are all onsets over the piece's seconds.
        bias: the median of (measured - asked) / asked.
        open: the median of notes a second where nothing was asked for.
        real: the median of real pieces.
    """

    pieces: int
    asked: Span | None
    median_error: float | None
    bias: float | None
    open: float | None
    real: float | None


@dataclass(frozen=True)
class LengthRow:
    """How pieces of one requested length end.

    Attributes:
        pieces: how many.
        median_error: of |last release - asked|, in seconds.
        within: share within `CLOSE_SECONDS`.
        by_itself: share whose END the network chose, before the latest moment that the sampler allows.
        both: share within, and by itself.
    """

    pieces: int
    median_error: float
    within: float
    by_itself: float
    both: float


@dataclass(frozen=True)
class MoodRow:
    """What a mood does.

    Attributes:
        pieces: how many.
        asked_density: notes a second that the mood stands for.
        density: the median measured.
        asked_loudness: mean velocity that the mood stands for.
        loudness: the median measured.
    """

    pieces: int
    asked_density: float | None
    density: float
    asked_loudness: float | None
    loudness: float


@dataclass(frozen=True)
class ClosingRow:
    """Notes that the network left lying.

    Attributes:
        pieces: how many.
        hung: share of pieces with a note held for as long as the sampler allows, where it is closed.
        crowded: share of pieces with as many notes at once as the sampler allows, where one must be let go.
        untouched: share of pieces with neither.
    """

    pieces: int
    hung: float
    crowded: float
    untouched: float


def density_row(sampled: Sequence[SampledPiece], real: Sequence[NoteTable]) -> DensityRow:
    """The row of some sampled pieces, beside real ones."""
    asked = [one.planned.order.asked.get("density") for one in sampled]
    measured = [one.notes.notes_per_second for one in sampled]
    pairs = [(own, wish) for own, wish in zip(measured, asked, strict=True) if wish is not None]
    errors = [(own - wish) / wish for own, wish in pairs]
    return DensityRow(
        len(pairs),
        Span(min(wish for _, wish in pairs), max(wish for _, wish in pairs)) if pairs else None,
        median(np.abs(errors).tolist()),
        median(errors),
        median([own for own, wish in zip(measured, asked, strict=True) if wish is None]),
        median([notes.notes_per_second for notes in real]),
    )


def length_row(sampled: Sequence[SampledPiece]) -> LengthRow:
    """The row of pieces that were asked for in one length."""
    errors = [abs(one.notes.end - one.planned.order.seconds) for one in sampled]
    within = [error <= CLOSE_SECONDS for error in errors]
    by_itself = [ended_by_itself(one) for one in sampled]
    both = [near and free for near, free in zip(within, by_itself, strict=True)]
    return LengthRow(len(sampled), float(np.median(errors)), share(within), share(by_itself), share(both))


def ended_by_itself(piece: SampledPiece) -> bool:
    """Whether END was one of several events that the sampler allowed.

    It was not where the piece ran to the latest step, nor where it waited in silence for so long that no
    note might begin any more: nothing but END was left.
    """
    end = round(piece.planned.order.seconds * STEPS_PER_SECOND)
    total = Piece(piece.events).total_steps
    if total >= end + LATEST_END_STEPS or not piece.events.size:
        return False
    waited = TIME_SHIFT <= piece.events[-1] < TIME_SHIFT + MAX_SHIFT_STEPS
    return not (waited and total >= end + LATEST_ONSET_STEPS)


def mood_row(sampled: Sequence[SampledPiece]) -> MoodRow:
    """The row of pieces that were asked for in one mood."""
    asked = sampled[0].planned.order.asked
    return MoodRow(
        len(sampled),
        asked.get("density"),
        float(np.median([one.notes.notes_per_second for one in sampled])),
        asked.get("loudness"),
        float(np.median([loudness(one.notes) for one in sampled])),
    )


def moods_in_order(sampled: Sequence[SampledPiece], quiet: str, loud: str) -> float:
    """Share of pairs, alike but for the mood, of which the quiet one is softer and has fewer notes."""
    by_mood = {
        mood: {
            (one.planned.style, one.planned.order.seed): one.notes
            for one in sampled
            if one.planned.mood == mood
        }
        for mood in (quiet, loud)
    }
    pairs = [
        (by_mood[quiet][name], by_mood[loud][name]) for name in by_mood[quiet].keys() & by_mood[loud].keys()
    ]
    return share(
        [
            loudness(soft) < loudness(strong) and soft.notes_per_second < strong.notes_per_second
            for soft, strong in pairs
        ]
    )


def loudness(notes: NoteTable) -> float:
    """Mean velocity; 0 where there are no notes."""
    return float(notes.velocities.mean()) if len(notes) else 0.0


def closing_row(sampled: Sequence[SampledPiece]) -> ClosingRow:
    """The row of some sampled pieces."""
    hung = [
        bool((one.notes.durations * STEPS_PER_SECOND >= LONGEST_NOTE_STEPS - 0.5).any()) for one in sampled
    ]
    crowded = [largest_polyphony(one.notes.starts, one.notes.ends) >= LARGEST_POLYPHONY for one in sampled]
    untouched = [not (one or other) for one, other in zip(hung, crowded, strict=True)]
    return ClosingRow(len(sampled), share(hung), share(crowded), share(untouched))
