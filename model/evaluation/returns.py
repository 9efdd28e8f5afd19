"""Returning material note by note: how much of a piece comes again, and how much of a return is new.

`model.evaluation.structure` compares harmony second by second; here single notes are compared. A piece may
score high there by staying in one harmony, and high here by repeating one figure, so both are looked at.
"""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from model.events import STEPS_PER_SECOND
from model.exemplars import CLOSING_SECONDS
from model.form.closest_return import new_share
from model.form.plan import FormPlan
from model.note_table import NoteTable
from model.performance import Note

GRAM_NOTES = 8
"""So many notes in a row with the same intervals are the same material."""

AWAY_SECONDS = 10.0
"""What comes again sooner is a figure, and no return."""


def returning_share(notes: Sequence[Note]) -> float:
    """How many of the notes lie in a run of `GRAM_NOTES` that comes again, maybe transposed, 0 to 1.

    It has to come `AWAY_SECONDS` earlier or later, at any tempo. Notes are in the order in which they are
    struck, those of a chord from the lowest up.
    """
    table = NoteTable.of(notes)
    order = np.lexsort((table.pitches, table.chords))
    pitches, starts = table.pitches[order], table.starts[order]
    if pitches.size < GRAM_NOTES:
        return 0.0
    grams = sliding_window_view(np.diff(pitches), GRAM_NOTES - 1)
    _, names = np.unique(grams, axis=0, return_inverse=True)
    begins = starts[: names.size]
    first, last = np.full(names.size, np.inf), np.full(names.size, -np.inf)
    np.minimum.at(first, names, begins)
    np.maximum.at(last, names, begins)
    returns = np.flatnonzero(np.maximum(begins - first[names], last[names] - begins) >= AWAY_SECONDS)
    is_in_one = np.zeros(pitches.size, dtype=np.bool_)
    is_in_one[returns[:, None] + np.arange(GRAM_NOTES)] = True
    return float(is_in_one.mean())


def new_as_planned(notes: Sequence[Note], plan: FormPlan) -> list[float]:
    """The share of new notes in each return of a plan, for as long as what it takes up.

    A piece closes for itself, so its last `CLOSING_SECONDS` do not count; nor do returns without notes.
    """
    table = NoteTable.of(notes)
    closing = plan.sections[-1].end - CLOSING_SECONDS * STEPS_PER_SECOND
    found = []
    for section in plan.sections:
        if section.source is not None:
            source = plan.sections[section.source]
            steps = min(min(section.end, closing) - section.begin, source.end - source.begin)
            times = (step / STEPS_PER_SECOND for step in (section.begin, source.begin, steps))
            found.append(new_share(table, *times))
    return [new for new in found if new is not None]
