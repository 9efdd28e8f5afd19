"""What the layers of a section play, whatever the chord: figures, motif, accents and bells."""

from dataclasses import dataclass

import numpy as np

from model.patterns.form import MOST_PULSES

REST = -1
"""A place of a figure where nothing is struck."""

_SHAPES = (
    (0, 1, 2, 3),
    (0, 1, 2, 1),
    (0, 2, 1, 2),
    (0, 1, 2, 3, 2, 1),
    (0, 2, 1, 3, 2, 3),
    (0, 3, 1, 3, 2, 3),
    (0, 2, 3, 2),
    (0, 1, 3, 1, 2, 1),
    (0, 1, 0, 2, 0, 3),
    (0, 3, 2, 1),
    (3, 2, 1, 0),
    (2, 3, 1, 2, 0, 1),
    (0, 1, 2, 3, 1, 2, 3, 2),
)
"""Broken chords as voices of the chord, 0 the lowest: rolling, Alberti, pendulum, falling and mixed."""


@dataclass(frozen=True)
class Theme:
    """What a section's layers play, whatever the chord.

    Attributes:
        low: the left hand's figure, voices 0..3 or `REST`, at least `MOST_PULSES` long.
        high: the right hand's.
        accents: places of a cell, as shares of it, at which the pulse layer strikes.
        motif: the melody: steps of the scale from a chord tone, and lengths in pulses.
        bells: where bells ring, as shares of a bar, and which voice.
        swing: whether the left hand begins each bar with the bass, whatever its figure begins with.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]
    accents: tuple[float, ...]
    motif: tuple[tuple[int, int], ...]
    bells: tuple[tuple[float, int], ...]
    swing: bool


def draw_theme(rng: np.random.Generator) -> Theme:
    """Figures, motif and bells."""
    motif = [(0, int(rng.choice([2, 3, 4])))]
    motif += [
        (int(rng.choice([-2, -1, -1, 1, 1, 2, 0])), int(rng.choice([1, 2, 2, 3, 4])))
        for _ in range(int(rng.integers(2, 7)))
    ]
    bells = [(float(rng.integers(0, 8)) / 8, int(rng.integers(0, 3))) for _ in range(int(rng.integers(1, 4)))]
    groups = [(0.0, 0.5), (0.25, 0.75), (0.0, 0.375, 0.75), (0.125, 0.375, 0.625, 0.875), (0.5,), (0.0, 0.6)]
    return Theme(
        _figure(rng, rests=0.25),
        _figure(rng, rests=0.45),
        groups[int(rng.integers(len(groups)))],
        tuple(motif),
        tuple(sorted(set(bells))),
        bool(rng.random() < 0.5),
    )


def varied(theme: Theme, rng: np.random.Generator) -> Theme:
    """Nearly the same theme: two places of a figure changed places, as a next section has it."""
    figures = []
    for figure in (theme.low, theme.high):
        voices = list(figure)
        one, other = rng.integers(1, 8, 2)
        voices[one], voices[other] = voices[other], voices[one]
        figures.append(tuple(voices))
    return Theme(figures[0], figures[1], theme.accents, theme.motif, theme.bells, theme.swing)


def _figure(rng: np.random.Generator, rests: float) -> tuple[int, ...]:
    shape = list(_SHAPES[int(rng.integers(len(_SHAPES)))])
    if rng.random() < 0.5:  # another voice instead of one: the shapes are where it begins, not all there is
        shape[int(rng.integers(1, len(shape)))] = int(rng.integers(0, 4))
    voices = (shape * MOST_PULSES)[:MOST_PULSES]
    if rng.random() < rests:
        for place in rng.integers(1, MOST_PULSES, int(rng.integers(2, 5))):
            voices[place] = REST
    return tuple(voices)
