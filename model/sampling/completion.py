"""What the network is told where a request says nothing: what a real piece of the style measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.exemplars import Exemplar, Exemplars
from model.keys import key_index, typical_histogram
from model.piece import Rendition
from model.sampling.order import Order
from model.sampling.randomness import uniform

_DRAW = 2**32
"""The step of the draw that chooses an exemplar: no piece has so many events."""


@dataclass(frozen=True)
class Wishes:
    """What a piece is to be like: values by control.

    Attributes:
        body: for most of its time.
        closing: for its last seconds, see `model.exemplars.CLOSING_SECONDS`.
    """

    body: dict[str, Any]
    closing: dict[str, Any]


def completed(order: Order, exemplars: Exemplars) -> Wishes:
    """What is asked for and, where that leaves something open, what an exemplar has.

    An exemplar is drawn by seed and candidate among those of the style (without a style: of all), if they
    can be had in the mode of the key. It gives density and loudness; a piece that goes on from a primer
    takes neither, as it is to go on as that began. Where an exemplar's dynamics are flat, as all of some
    styles' are, no player was heard: "performed" is then not told, for together with the style it would mean
    nothing that the network ever heard. A key is told twice, as such and by the pitch classes of the exemplar
    in it: the network hears the second far better. To its end a piece comes as the exemplar does: thinner,
    and by the degrees of its last notes.
    """
    asked = {name: value for name, value in order.asked.items() if value is not None}
    key = key_index(asked["key"]) if "key" in asked else None
    exemplar = _drawn(order, _of_style(exemplars, asked.get("style")), key)
    if exemplar is not None and not order.primer.size:
        asked.setdefault("density", exemplar.density)
        if exemplar.loudness is None:
            if asked.get("rendition") == Rendition.PERFORMED:
                del asked["rendition"]
        elif asked.get("rendition") != Rendition.SCORE:
            asked.setdefault("loudness", exemplar.loudness)
    closing = dict(asked)
    if exemplar is not None and "density" in asked:
        closing["density"] = min(exemplar.closing_density, 1.0) * asked["density"]
    if key is not None and "pitch_class_histogram" not in asked:
        degrees = closing_degrees = None
        if exemplar is not None and exemplar.is_minor == (key >= 12):
            degrees, closing_degrees = exemplar.degrees, exemplar.closing_degrees
        asked["pitch_class_histogram"] = _pitch_classes(degrees, key)
        closing["pitch_class_histogram"] = _pitch_classes(closing_degrees, key)
    return Wishes(asked, closing)


def _pitch_classes(degrees: Sequence[float] | None, key: int) -> npt.NDArray[np.float64]:
    """The pitch-class histogram (12,) of some degrees in a key, or what is typical in it."""
    return typical_histogram(key) if degrees is None else np.roll(np.array(degrees), key % 12)


def _of_style(exemplars: Exemplars, style: str | None) -> Sequence[Exemplar]:
    if style is not None:
        return exemplars.get(style, ())
    return [exemplar for group in exemplars.values() for exemplar in group]


def _drawn(order: Order, exemplars: Sequence[Exemplar], key: int | None) -> Exemplar | None:
    if key is not None:
        in_mode = [exemplar for exemplar in exemplars if exemplar.is_minor == (key >= 12)]
        exemplars = in_mode or exemplars
    if not exemplars:
        return None
    return exemplars[int(uniform(order.seed, order.candidate, _DRAW) * len(exemplars))]
