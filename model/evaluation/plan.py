"""Which pieces are sampled to judge a checkpoint: a fixed list of orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from model.keys import KEYS
from model.sampling.order import Order

DENSITY_QUANTILES = (0.2, 0.8)
"""What is asked for lies between these quantiles of the real pieces of the style."""


class Part(StrEnum):
    """What a piece is sampled for."""

    MAIN = "main"
    SHORT = "short"
    LONG = "long"
    MOODS = "moods"


SECONDS = {Part.MAIN: 60.0, Part.SHORT: 10.0, Part.LONG: 180.0, Part.MOODS: 30.0}
"""How long the pieces of each part are."""


@dataclass(frozen=True)
class Mood:
    """A preset: its name, and the note density and loudness it asks for; None leaves one open."""

    name: str
    density: float | None
    loudness: float | None


@dataclass(frozen=True)
class Counts:
    """How many pieces of each style are sampled; of moods, how many seeds for each mood."""

    main: int = 20
    short: int = 4
    long: int = 6
    moods: int = 4


@dataclass(frozen=True)
class Planned:
    """A piece that is to be sampled.

    Attributes:
        part: what for.
        style: as asked.
        key: as asked, 0..23.
        mood: the preset's name, in the part `MOODS` only.
        order: what the sampler is told.
    """

    part: Part
    style: str
    key: int
    mood: str | None
    order: Order


def plan(
    styles: Sequence[str],
    counts: Counts,
    densities: Mapping[str, Sequence[float]],
    moods: Sequence[Mood],
    sampling: Mapping[str, Any],
) -> list[Planned]:
    """The pieces to sample, the part `MAIN` first.

    In each part the seeds of a style count from 1, and the keys go round all 24 over the styles. Every other
    piece of `MAIN` asks for a density, evenly spread over what the real pieces of the style have between
    `DENSITY_QUANTILES`. Moods are tried in every other style, with the same seeds and keys for each mood.

    Args:
        styles: the styles to ask for.
        counts: how many pieces.
        densities: notes a second of real pieces of each style; a style without any is asked for none.
        moods: the presets.
        sampling: further fields of `Order`, such as temperature and top_p.
    """

    def planned(part: Part, place: int, index: int, style: str, mood: Mood | None = None) -> Planned:
        key = (7 * place + 12 * (place % 2)) % 24
        asked: dict[str, Any] = {"style": style, "key": KEYS[key], "rendition": "performed"}
        if part is Part.MAIN and index % 2 and densities.get(style):
            asked["density"] = _asked_density(densities[style], index // 2, counts.main // 2)
        if mood is not None:
            asked |= {"density": mood.density, "loudness": mood.loudness}
        asked = {name: value for name, value in asked.items() if value is not None}
        order = Order(index + 1, SECONDS[part], asked, **sampling)
        return Planned(part, style, key, None if mood is None else mood.name, order)

    pieces = [
        planned(part, row * count + index, index, style)
        for part, count in ((Part.MAIN, counts.main), (Part.SHORT, counts.short), (Part.LONG, counts.long))
        for row, style in enumerate(styles)
        for index in range(count)
    ]
    return pieces + [
        planned(Part.MOODS, row * counts.moods + index, index, style, mood)
        for row, style in enumerate(styles[::2])
        for index in range(counts.moods)
        for mood in moods
    ]


def _asked_density(real: Sequence[float], index: int, count: int) -> float:
    low, high = DENSITY_QUANTILES
    return round(float(np.quantile(real, low + (high - low) * (index + 0.5) / count)), 1)
