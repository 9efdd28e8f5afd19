"""What the network is told where a request says nothing: what a real piece of the style measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.exemplars import CLOSING_MOMENTS, RENDITION_SHARE, Exemplar, Exemplars
from model.keys import key_index, typical_histogram
from model.piece import Rendition
from model.sampling.order import Order
from model.sampling.randomness import uniform

FEWEST_IN_MODE = 5
"""A style with fewer exemplars in a mode has no pitch classes of its own: few pieces may be unlike others."""

_DRAW = 2**32
"""The step of the first draw that chooses an exemplar: no piece has so many events."""


@dataclass(frozen=True)
class Wishes:
    """What a piece is to be like: values by control.

    Attributes:
        body: for most of its time.
        closing: what changes in its last seconds, at `model.exemplars.CLOSING_MOMENTS`, in order.
    """

    body: dict[str, Any]
    closing: tuple[dict[str, Any], ...]


def completed(order: Order, exemplars: Exemplars) -> Wishes:
    """What is asked for and, where that leaves something open, what exemplars have.

    They are drawn by seed and candidate among those of the style, without a style among all.
    """
    asked = {name: value for name, value in order.asked.items() if value is not None}
    closing: tuple[dict[str, Any], ...] = tuple({} for _ in range(CLOSING_MOMENTS))
    of_style = _of_style(exemplars, asked.get("style"))
    _complete_texture(order, of_style, asked, closing)
    if "key" in asked and "pitch_class_histogram" not in asked:
        _complete_harmony(order, of_style, _of_style(exemplars, None), asked, closing)
    return Wishes(asked, closing)


def _complete_texture(
    order: Order, of_style: Sequence[Exemplar], asked: dict[str, Any], closing: Sequence[dict[str, Any]]
) -> None:
    """Take density, loudness, polyphony and register from an exemplar of the rendition asked for.

    A piece that goes on from a primer takes none of them, as it is to go on as that began. A rendition that
    the style is hardly known in, see `RENDITION_SHARE`, is not told: together with the style it would mean
    little that the network ever heard.
    """
    alike = [exemplar for exemplar in of_style if _is_of(exemplar, asked.get("rendition"))]
    is_known = len(alike) >= RENDITION_SHARE * len(of_style)
    exemplar = _drawn(order, _DRAW, alike if is_known else of_style)
    if exemplar is None:
        return
    if not is_known:
        del asked["rendition"]
    if not order.primer.size:
        asked.setdefault("density", exemplar.density)
        asked.setdefault("polyphony", exemplar.polyphony)
        asked.setdefault("register", exemplar.register)
        if exemplar.loudness is not None and asked.get("rendition") != Rendition.SCORE:
            asked.setdefault("loudness", exemplar.loudness)
    for moment, own in zip(closing, exemplar.closing, strict=True):
        if "density" in asked:
            moment["density"] = own.density * asked["density"]
        if "polyphony" in asked:
            moment["polyphony"] = own.polyphony * asked["polyphony"]


def _complete_harmony(
    order: Order,
    of_style: Sequence[Exemplar],
    every: Sequence[Exemplar],
    asked: dict[str, Any],
    closing: Sequence[dict[str, Any]],
) -> None:
    """Take the pitch classes from exemplars in the mode of the key; if there are few, of any style.

    So a key is told twice, as such and by them; the network hears the second far better. The closing is that
    of one which ends on its tonic.
    """
    key = key_index(asked["key"])
    in_mode = _in_mode(of_style, key)
    if len(in_mode) < FEWEST_IN_MODE:
        in_mode = _in_mode(every, key)
    exemplar = _drawn(order, _DRAW + 1, in_mode)
    told = _pitch_classes(None if exemplar is None else exemplar.degrees, key)
    asked["pitch_class_histogram"] = told
    closed = _drawn(order, _DRAW + 2, _closed(in_mode) or _closed(_in_mode(every, key)))
    if closed is None:
        return
    for moment, own in zip(closing, closed.closing, strict=True):
        told = told if own.degrees is None else _pitch_classes(own.degrees, key)
        moment["pitch_class_histogram"] = told


def _pitch_classes(degrees: Sequence[float] | None, key: int) -> npt.NDArray[np.float64]:
    """The pitch-class histogram (12,) of an exemplar's degrees in a key, or what is typical in it."""
    return typical_histogram(key) if degrees is None else np.roll(np.array(degrees), key % 12)


def _of_style(exemplars: Exemplars, style: str | None) -> Sequence[Exemplar]:
    if style is not None:
        return exemplars.get(style, ())
    return [exemplar for group in exemplars.values() for exemplar in group]


def _is_of(exemplar: Exemplar, rendition: str | None) -> bool:
    """Whether an exemplar is of a rendition; any is of none."""
    return rendition is None or exemplar.is_performed is (rendition == Rendition.PERFORMED)


def _in_mode(exemplars: Sequence[Exemplar], key: int) -> list[Exemplar]:
    """Those in the mode of a key."""
    return [exemplar for exemplar in exemplars if exemplar.is_minor == (key >= 12)]


def _closed(exemplars: Sequence[Exemplar]) -> list[Exemplar]:
    """Those that close on their tonic."""
    return [exemplar for exemplar in exemplars if exemplar.closes_on_tonic]


def _drawn(order: Order, step: int, exemplars: Sequence[Exemplar]) -> Exemplar | None:
    if not exemplars:
        return None
    return exemplars[int(uniform(order.seed, order.candidate, step) * len(exemplars))]
