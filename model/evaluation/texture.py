"""How pieces lie under the hands: polyphony, held notes, hand spans, spread of loudness and timing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.evaluation.spans import Span, is_inside, median, nearly_all, share
from model.measures import LONG_NOTE_SECONDS, largest_polyphony
from model.note_table import NoteTable, Numbers
from model.performance import Note
from model.playability.hands import chords

TENTH_SEMITONES = 16
"""A major tenth: what a large hand reaches."""

_GAP_SECONDS = 0.01
"""The least distance of two chords that a logarithm is taken of; one step of a performance."""


@dataclass(frozen=True)
class PolyphonyRow:
    """Notes at once and held notes; means over sampled pieces, 5 % to 95 % of real pieces.

    Attributes:
        pieces: how many are sampled.
        real_pieces: how many real ones are so long.
        mean: notes that sound at once, averaged over a piece.
        real_mean: the same of real pieces.
        largest: the most notes that sound at once.
        real_largest: the same of real pieces.
        long_share: share of notes held for over 5 s.
        real_long_share: the same of real pieces.
        inside: whether all three lie within.
        pieces_inside: share of sampled pieces that lie within in all three.
        real_pieces_inside: the same of the real pieces themselves.
    """

    pieces: int
    real_pieces: int
    mean: float
    real_mean: Span
    largest: float
    real_largest: Span
    long_share: float
    real_long_share: Span
    inside: bool
    pieces_inside: float
    real_pieces_inside: float


@dataclass(frozen=True)
class SpreadRow:
    """Spread of loudness and timing; medians over pieces.

    Attributes:
        pieces: how many.
        velocity: standard deviation of a piece's velocities; of real pieces only those whose dynamics say
            something, None where there are none.
        chord_milliseconds: standard deviation of onsets from the mean of their chord, in chords of two notes
            or more.
        log_gap: standard deviation of the natural logarithm of the time from chord to chord.
    """

    pieces: int
    velocity: float | None
    chord_milliseconds: float | None
    log_gap: float | None


@dataclass(frozen=True)
class HandsRow:
    """What two hands must reach; medians over pieces.

    Notes struck together are divided between two hands as `model.playability.hands` has it. Notes that the
    pedal holds are not under the hands, and the events do not tell them from held keys, so only struck notes
    count.

    Attributes:
        pieces: how many.
        largest_span: the largest span of a hand, in semitones.
        wide_share: share of chords with a hand beyond a tenth.
        struck_together: the most notes struck together.
    """

    pieces: int
    largest_span: float
    wide_share: float
    struck_together: float


def polyphony_row(sampled: Sequence[NoteTable], real: Sequence[NoteTable]) -> PolyphonyRow:
    """The row of sampled pieces beside real ones of the same length."""
    own = np.array([_polyphony(notes) for notes in sampled])  # (pieces, 3)
    others = np.array([_polyphony(notes) for notes in real]).reshape(-1, 3)
    spans = [nearly_all(column) for column in others.T.tolist()]
    means = [float(value) for value in own.mean(axis=0)]

    def inside(rows: Numbers) -> float:
        return share([all(map(is_inside, row, spans)) for row in rows.tolist()])

    return PolyphonyRow(
        len(sampled),
        len(real),
        means[0],
        spans[0],
        means[1],
        spans[1],
        means[2],
        spans[2],
        all(map(is_inside, means, spans)),
        inside(own),
        inside(others),
    )


def spread_row(pieces: Sequence[NoteTable], with_dynamics: Sequence[NoteTable]) -> SpreadRow:
    """The row of some pieces, and of those among them whose velocities say something."""
    timings = [_chord_milliseconds(notes) for notes in pieces]
    gaps = [_log_gap(notes) for notes in pieces]
    return SpreadRow(
        len(pieces),
        median([float(notes.velocities.std()) for notes in with_dynamics if len(notes)]),
        median([one for one in timings if one is not None]),
        median([one for one in gaps if one is not None]),
    )


def hands_row(pieces: Sequence[NoteTable]) -> HandsRow:
    """The row of some pieces."""
    played = [[chord.grips for chord in chords(_notes(notes))] for notes in pieces if len(notes)]
    spans = [np.array([grips.spans.max() for grips in own]) for own in played]
    return HandsRow(
        len(pieces),
        float(np.median([own.max() for own in spans])),
        float(np.median([(own > TENTH_SEMITONES).mean() for own in spans])),
        float(np.median([max(grips.notes.sum() for grips in own) for own in played])),
    )


def _notes(table: NoteTable) -> list[Note]:
    """The notes of a table, in order."""
    columns = (table.pitches, table.velocities, table.starts, table.ends)
    return [Note(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _polyphony(notes: NoteTable) -> tuple[float, float, float]:
    if not len(notes):
        return 0.0, 0.0, 0.0
    durations = notes.durations
    return (
        float(durations.sum()) / notes.seconds,
        float(largest_polyphony(notes.starts, notes.ends)),
        float((durations > LONG_NOTE_SECONDS).mean()),
    )


def _chord_milliseconds(notes: NoteTable) -> float | None:
    sizes = np.bincount(notes.chords)
    means = np.bincount(notes.chords, notes.starts) / np.maximum(sizes, 1)
    inside = sizes[notes.chords] > 1
    if not inside.any():
        return None
    deviations = (notes.starts - means[notes.chords])[inside]
    return 1000 * float(np.sqrt((deviations**2).mean()))


def _log_gap(notes: NoteTable) -> float | None:
    gaps = np.diff(notes.chord_times)
    return float(np.log(np.maximum(gaps, _GAP_SECONDS)).std()) if gaps.size else None
