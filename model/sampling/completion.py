"""What the network is told where a request says nothing: what a real piece of the style measures."""

from collections.abc import Sequence
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


def completed(order: Order, exemplars: Exemplars) -> dict[str, Any]:
    """What is asked for and, where that leaves something open, what an exemplar has.

    An exemplar is drawn by seed and candidate among those of the style (without a style: of all), if they
    can be had in the mode of the key. It gives density and loudness; a piece that goes on from a primer
    takes neither, as it is to go on as that began. A key is told twice, as such and by the pitch classes of
    the exemplar in it: the network hears the second far better.
    """
    asked = {name: value for name, value in order.asked.items() if value is not None}
    key = key_index(asked["key"]) if "key" in asked else None
    exemplar = _drawn(order, _of_style(exemplars, asked.get("style")), key)
    if exemplar is not None and not order.primer.size:
        asked.setdefault("density", exemplar.density)
        if exemplar.loudness is not None and asked.get("rendition") != Rendition.SCORE:
            asked.setdefault("loudness", exemplar.loudness)
    if key is not None and "pitch_class_histogram" not in asked:
        asked["pitch_class_histogram"] = _pitch_classes(exemplar, key)
    return asked


def _pitch_classes(exemplar: Exemplar | None, key: int) -> npt.NDArray[np.float64]:
    """The pitch-class histogram (12,) to tell of a key: the exemplar's in it, else what is typical."""
    if exemplar is None or exemplar.degrees is None or exemplar.is_minor != (key >= 12):
        return typical_histogram(key)
    return np.roll(np.array(exemplar.degrees), key % 12)


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
