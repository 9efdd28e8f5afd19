"""Returns note by note: where a piece takes up an earlier stretch, and how much of it is new.

`model.form.similarity` compares harmony second by second, and a piece may score high there by staying in one;
here single notes are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.form.similarity import FRAME_SECONDS, self_similarity
from model.note_table import Integers, NoteTable, Numbers
from model.performance import Note

STRETCH_SECONDS = 15.0
"""How long the stretches are that are held side by side."""

COUNTERPART_SECONDS = 0.15
"""How far a note may be from its counterpart, once the stretches are aligned."""

_CANDIDATES = 12
_APART = 3
"""So many pairs of stretches, at least so many frames apart, are aligned note by note."""

_SLACK_SECONDS = 3.0
"""How much earlier or later, and so how much faster or slower, the source may be than its diagonal."""

_STEPS_PER_SECOND = 20
_FADING = 0.8
"""How much of an onset is left a step later, where stretches are aligned."""


@dataclass(frozen=True)
class Return:
    """A stretch of a piece that takes up an earlier one.

    Attributes:
        begin: when it begins, in seconds.
        source: when the earlier one does, about.
        new: the share of its notes that have no counterpart in the earlier one, 0 to 1.
    """

    begin: float
    source: float
    new: float


def closest_return(notes: Sequence[Note]) -> Return | None:
    """The stretch of `STRETCH_SECONDS` that takes up an earlier one most exactly, whoever planned it or not.

    Looked for is where the harmony is most alike (see `self_similarity`), at the same pitch and at a similar
    tempo. These pairs are then aligned as performances of one score are, with a path whose steps are those of
    `model.evaluation.structure`, and the one with the most notes in common is taken.

    Returns:
        None for a piece that is too short, or has no notes where its harmony comes again.
    """
    table = NoteTable.of(notes)
    found = []
    for begin, source in _alike(notes, table.end):
        later = table.window(begin, STRETCH_SECONDS)
        earlier = _around(table, source, STRETCH_SECONDS, _SLACK_SECONDS)
        if len(later) and len(earlier):
            times = source - _SLACK_SECONDS + _aligned(later, begin, earlier, source - _SLACK_SECONDS)
            found.append(Return(begin, source, _new_share(later, times, earlier)))
    return min(found, key=lambda one: one.new, default=None)


def new_share(table: NoteTable, begin: float, source: float, seconds: float) -> float | None:
    """The share of a stretch's notes that an earlier stretch of the same tempo has no counterpart of.

    A counterpart has the same pitch and the same time within its stretch, give or take
    `COUNTERPART_SECONDS`; no two notes share one.

    Args:
        table: the piece.
        begin: when the stretch begins.
        source: when the earlier one does.
        seconds: how long both are.

    Returns:
        0 to 1; None for a stretch without notes.
    """
    later, earlier = table.window(begin, seconds), _around(table, source, seconds, COUNTERPART_SECONDS)
    return _new_share(later, later.starts - begin + source, earlier) if len(later) else None


def _around(table: NoteTable, begin: float, seconds: float, slack: float) -> NoteTable:
    return table.window(begin - slack, seconds + 2 * slack)


def _new_share(later: NoteTable, times: Numbers, earlier: NoteTable) -> float:
    """The share of notes without counterpart, given the time at which each is to have it."""
    new = 0
    for pitch in np.unique(later.pitches):
        free = np.sort(earlier.starts[earlier.pitches == pitch]).tolist()
        for time in np.sort(times[later.pitches == pitch]):
            while free and free[0] < time - COUNTERPART_SECONDS - 1e-9:
                free.pop(0)
            if free and free[0] <= time + COUNTERPART_SECONDS + 1e-9:
                free.pop(0)
            else:
                new += 1
    return new / len(later)


def _alike(notes: Sequence[Note], seconds: float) -> list[tuple[float, float]]:
    """The pairs of stretches most alike in harmony, later and earlier: when they begin, the best first."""
    length = round(STRETCH_SECONDS / FRAME_SECONDS)
    if seconds < 2 * STRETCH_SECONDS:
        return []
    similarity = self_similarity(notes, seconds)
    places = similarity.shape[0] - length + 1
    alike = np.full((places, places), -np.inf)  # of two stretches, by their first frames
    for lag in range(length, places):
        sums = np.cumsum(np.append(0.0, np.diagonal(similarity, lag)))
        earlier = np.arange(places - lag)
        alike[earlier + lag, earlier] = sums[length:] - sums[:-length]
    pairs: list[tuple[float, float]] = []
    while len(pairs) < _CANDIDATES and np.isfinite(alike.max()):
        begin, source = np.unravel_index(alike.argmax(), alike.shape)
        pairs.append((float(begin) * FRAME_SECONDS, float(source) * FRAME_SECONDS))
        near = [slice(max(int(place) - _APART + 1, 0), int(place) + _APART) for place in (begin, source)]
        alike[near[0], near[1]] = -np.inf
    return pairs


def _aligned(later: NoteTable, begin: float, earlier: NoteTable, source: float) -> Numbers:
    """When in the earlier stretch each note of the later one would be, in seconds from `source` on, (notes,).

    The path of the greatest similarity runs through all of the later stretch, and anywhere in the earlier.
    """
    rows, columns = _onsets(later, begin, 0.0), _onsets(earlier, source, 2 * _SLACK_SECONDS)
    path = _best_path(rows @ columns.T)
    return np.interp((later.starts - begin) * _STEPS_PER_SECOND, *path.astype(np.float64)) / _STEPS_PER_SECOND


def _onsets(table: NoteTable, begin: float, longer: float) -> Numbers:
    """What was struck just now, by step, each row of length 1 or 0, shape (steps, 128)."""
    struck = np.zeros((round((STRETCH_SECONDS + longer) * _STEPS_PER_SECOND), 128))
    steps = ((table.starts - begin) * _STEPS_PER_SECOND + 0.5).astype(np.int64)
    np.maximum.at(struck, (np.minimum(steps, struck.shape[0] - 1), table.pitches), 1.0)
    for step in range(1, struck.shape[0]):
        struck[step] = np.maximum(struck[step], _FADING * struck[step - 1])
    lengths = np.linalg.norm(struck, axis=1, keepdims=True)
    unit: Numbers = np.zeros_like(struck)
    np.divide(struck, lengths, out=unit, where=lengths > 1e-3)
    return unit


def _best_path(similarity: Numbers) -> Integers:
    """The path with the greatest sum, from the first row to the last: rows and columns, shape (2, cells).

    One step goes on by one row and one column, or by two of either and one of the other.
    """
    rows, columns = similarity.shape
    total = np.full((rows + 1, columns + 2), -np.inf)  # a row and two columns of nowhere before the first
    total[1, 2:] = similarity[0]
    came = np.zeros((rows, columns), dtype=np.int64)
    for row in range(1, rows):
        ways = np.stack([total[row, 1:-1], total[row, :-2], total[row - 1, 1:-1]])
        came[row] = ways.argmax(axis=0)
        total[row + 1, 2:] = ways.max(axis=0) + similarity[row]
    row, column = rows - 1, int(total[rows, 2:].argmax())
    cells = [(row, column)]
    while row > 0:
        back = ((1, 1), (1, 2), (2, 1))[came[row, column]]
        row, column = row - back[0], column - back[1]
        cells.append((row, column))
    return np.array(cells[::-1]).T
