"""A pattern piece from a seed."""

from collections.abc import Sequence
from itertools import count

import numpy as np

from model.keys import KEYS, find_key
from model.measures import measure, pitch_class_histogram
from model.patterns.form import Form, draw_form
from model.patterns.performing import draw_touch, perform
from model.patterns.score import write
from model.performance import Note

SHORTEST_SECONDS, LONGEST_SECONDS = 90.0, 300.0

MOST_SOUNDING = 15
"""So many notes sound at once at most."""

MOST_LONG_NOTES = 0.07
"""So large a share of the notes sounds for over 5 s at most, as in 95 % of the corpus' calm pieces."""

_KEY_STREAM, _PIECE_STREAM = 1, 2
"""Which draws of a seed are meant."""


def compose_pattern(seed: int) -> list[Note]:
    """A piece; the same seed gives the same notes on the same version of numpy.

    A draft whose key the ear would not find (Krumhansl-Kessler), or that is too long, too short too
    thick or too blurred, is thrown away and the next one drawn.

    Args:
        seed: 0 or above.

    Returns:
        Notes from 0 s on, pedal applied, one at a time on each key, ordered by onset, then pitch.
    """
    return next(notes for attempt in count() if _is_fit(notes := _draft(seed, attempt)[1], pattern_key(seed)))


def pattern_key(seed: int) -> int:
    """The key 0..23 of a seed's piece: of each 24 seeds from a multiple of 24 on, every one has another."""
    block, place = divmod(seed, len(KEYS))
    return int(np.random.default_rng([_KEY_STREAM, block]).permutation(len(KEYS))[place])


def pattern_form(seed: int) -> Form:
    """The plan that a seed's piece follows."""
    drafts = (_draft(seed, attempt) for attempt in count())
    return next(form for form, notes in drafts if _is_fit(notes, pattern_key(seed)))


def _draft(seed: int, attempt: int) -> tuple[Form, list[Note]]:
    rng = np.random.default_rng([_PIECE_STREAM, seed, attempt])
    form = draw_form(rng)
    score = write(form, pattern_key(seed), rng)
    return form, perform(score, form.pulses_per_second, draw_touch(rng), rng)


def _is_fit(notes: Sequence[Note], key: int) -> bool:
    figures = measure(notes)
    return (
        SHORTEST_SECONDS <= figures.seconds <= LONGEST_SECONDS
        and figures.largest_polyphony <= MOST_SOUNDING
        and figures.long_note_share <= MOST_LONG_NOTES
        and find_key(pitch_class_histogram(notes)) == key
    )
