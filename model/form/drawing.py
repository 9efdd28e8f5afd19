"""Drawing a plan: a form, keys, proportions and arcs that real pieces of the style have."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

import numpy as np

from model.events import STEPS_PER_SECOND
from model.form.plan import FormPlan, Section
from model.form.shape import ARC, Shape
from model.form.templates import AUTO, PRELUDE, sections_of
from model.keys import transpose_key

PROPORTION = 0.2
"""Sections are up to so much shorter or longer than their even share."""

NEAR_KEYS = frozenset({0, 5, 7, 3 + 12, 8 + 12, 9 + 12, 4 + 12, 12})
"""Keys that a contrasting section may be in, as seen from the home key (see `Shape.contrast`): itself, the
subdominant, the dominant, the relative keys of all three as far as they change the mode, and the parallel."""

_DENSITY = (0.5, 1.7)
_LOUDNESS = 16.0
"""No level of an arc lies outside: the network still has to know what it is told."""

WHOLE_SECONDS = 120.0
"""A shorter piece has so much less of an arc: a real piece varies less in a minute than over all of it."""

_FORM, _CONTRAST, _ARC, _PROPORTIONS = 0, 1, 2, 8
"""Which draws decide what."""


def draw_plan(
    form: str,
    begin: int,
    end: int,
    key: int | None,
    shapes: Sequence[Shape],
    uniform: Callable[[int], float],
) -> FormPlan:
    """A plan for a piece.

    Args:
        form: one of `FORMS`, whose returns take up notes, or `AUTO`: one of a real piece, which takes up
            notes if that piece does, else keys and harmonies alone.
        begin: the first step that is planned.
        end: the step after the last.
        key: of the piece, 0..23; None where none is known.
        shapes: of real pieces of the style; without any a piece is a prelude without arcs.
        uniform: random numbers in [0, 1) by the number of the draw.
    """
    is_literal = True
    if form == AUTO:
        returning = [shape for shape in shapes if shape.form != PRELUDE]
        drawn = returning[int(uniform(_FORM) * len(returning))] if returning else None
        form, is_literal = (PRELUDE, False) if drawn is None else (drawn.form, drawn.is_literal)
    letters = sections_of(form, (end - begin) / STEPS_PER_SECOND)
    contrasts = [shape.contrast for shape in shapes if shape.contrast in NEAR_KEYS]
    keys: dict[str, int | None] = {letters[0]: key}
    for letter in letters:
        if letter not in keys:
            contrast = contrasts[int(uniform(_CONTRAST + len(keys)) * len(contrasts))] if contrasts else 0
            keys[letter] = key if letter == letters[-1] else _contrasting(key, contrast or 0)
    sections = _sections(letters, begin, end, keys, uniform, is_literal=is_literal)
    arcs = shapes[int(uniform(_ARC + 4) * len(shapes))] if shapes else None
    share = min((end - begin) / STEPS_PER_SECOND / WHOLE_SECONDS, 1.0)
    densities, loudness = np.ones(ARC), np.zeros(ARC)
    if arcs is not None:
        densities = np.clip(1 + share * (np.array(arcs.densities) - 1), *_DENSITY)
        loudness = np.clip(share * np.array(arcs.loudness), -_LOUDNESS, _LOUDNESS)
    return FormPlan(
        form if len(letters) > 1 else PRELUDE,
        sections,
        tuple((densities / densities.mean()).tolist()),
        tuple((loudness - loudness.mean()).tolist()),
    )


def _contrasting(key: int | None, contrast: int) -> int | None:
    if key is None:
        return None
    moved = transpose_key(key, contrast % 12)
    return (moved + 12) % 24 if contrast >= 12 else moved


def _sections(
    letters: str,
    begin: int,
    end: int,
    keys: Mapping[str, int | None],
    uniform: Callable[[int], float],
    *,
    is_literal: bool,
) -> tuple[Section, ...]:
    shares = [1 + PROPORTION * (2 * uniform(_PROPORTIONS + place) - 1) for place in range(len(letters))]
    edges = [begin + round(share / sum(shares) * (end - begin)) for share in accumulate(shares, initial=0.0)]
    return tuple(
        Section(
            letter,
            letters[:place].count(letter),
            edges[place],
            edges[place + 1],
            keys[letter],
            letters.index(letter) if is_literal and letter in letters[:place] else None,
        )
        for place, letter in enumerate(letters)
    )
