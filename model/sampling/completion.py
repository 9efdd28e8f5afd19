"""What the network is told where a request says nothing: what a real piece of the style measures."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np
import numpy.typing as npt

from model.events import STEPS_PER_SECOND
from model.exemplars import CLOSING_MOMENTS, RENDITION_SHARE, Exemplar, Exemplars
from model.form.drawing import draw_plan
from model.form.plan import FormPlan, Section
from model.form.templates import FREE
from model.keys import KEYS, key_index, typical_histogram
from model.piece import Rendition
from model.playability.levels import LEVELS, Level
from model.sampling.order import Order
from model.sampling.randomness import uniform
from model.sampling.wishes import Usual, Values, Wishes

FEWEST_IN_MODE = 2
"""A style with fewer exemplars in a mode has no pitch classes of its own."""

FEWEST_AS_LONG = 8
LONG_SHARE = 0.5
"""A piece takes its texture and its form from real ones that are not much shorter than it is to be: of those
that last so large a share of it, or, if there are fewer, of so many of the longest. Long baroque pieces are
fugues, and fuller than the short dances that most of the style is."""

FLATNESS = 0.77
"""The power that shares of pitch classes are raised to: guidance sharpens what is told, and pieces would keep
to the scale more than real ones do."""

THINNING = 1.5
"""The power that the density of a closing is raised to, where it is thinner than the piece: the network
follows it half-way."""

_DRAW = 2**32
"""The step of the first draw that chooses an exemplar: no piece has so many events."""

_PLAN_DRAW = _DRAW + 64
_CONTRAST_DRAW = _DRAW + 32


def completed(order: Order, exemplars: Exemplars, begin: int, end: int) -> Wishes:
    """What is asked for and, where that leaves something open, what exemplars have.

    They are drawn by seed and candidate among those of the style, without a style among all; a plan by the
    seed alone, so that all candidates have the same.

    Args:
        order: what is asked for.
        exemplars: the checkpoint's.
        begin: the first step that is composed.
        end: the requested end.
    """
    asked = {name: value for name, value in order.asked.items() if value is not None}
    closing: tuple[Values, ...] = tuple({} for _ in range(CLOSING_MOMENTS))
    of_style = _of_style(exemplars, asked.get("style"))
    as_long = _as_long(of_style, (end - begin) / STEPS_PER_SECOND)
    plan = _planned(order, as_long, asked, begin, end)
    _complete_texture(order, as_long, asked, closing)
    if order.level is not None:
        _ease(LEVELS[order.level], asked, closing)
    nothing: tuple[Values, ...] = ({},) * (0 if plan is None else len(plan.sections))
    wishes = Wishes(asked, closing, plan, nothing, nothing)
    if of_style and order.level is None and not order.primer.size:
        wishes = replace(wishes, usual=_usual(as_long))
    if "key" in asked and "pitch_class_histogram" not in asked:
        every = _of_style(exemplars, None)
        _complete_harmony(order, of_style, every, asked, closing)
        if plan is not None:
            home = key_index(asked["key"])
            wishes = replace(
                wishes,
                sections=tuple(
                    _section_harmony(order, of_style, every, section, home) for section in plan.sections
                ),
                cadences=tuple(_cadence(closing, home, section.key) for section in plan.sections),
            )
    if order.asked.get("density") is None:
        return wishes
    return wishes.filled(begin, end)


def _planned(
    order: Order, of_style: Sequence[Exemplar], asked: Values, begin: int, end: int
) -> FormPlan | None:
    """The plan of a piece; one that is in no key by request is given one, which is then asked for."""
    if order.form == FREE:
        return None
    is_open = not order.primer.size and not {"key", "pitch_class_histogram"} & asked.keys()
    modes = [exemplar.is_minor for exemplar in of_style if exemplar.is_minor is not None]
    if is_open and modes:
        tonic, place = (uniform(order.seed, 0, _PLAN_DRAW + draw) for draw in (0, 1))
        asked["key"] = KEYS[int(tonic * 12) + 12 * modes[int(place * len(modes))]]
    home = key_index(asked["key"]) if "key" in asked else None
    return draw_plan(
        order.form,
        begin,
        end,
        home,
        [exemplar.shape for exemplar in of_style],
        lambda draw: uniform(order.seed, 0, _PLAN_DRAW + 2 + draw),
    )


def _section_harmony(
    order: Order,
    of_style: Sequence[Exemplar],
    every: Sequence[Exemplar],
    section: Section,
    home: int,
) -> Values:
    """The key of a section and, unless it has the material of the first, pitch classes of its own."""
    if section.letter == "A" or section.key is None:
        return {}
    in_mode = _in_mode_of(of_style, every, section.key)
    exemplar = _drawn(order, _CONTRAST_DRAW + ord(section.letter) - ord("A"), in_mode)
    histogram = _pitch_classes(None if exemplar is None else exemplar.degrees, section.key)
    if section.key == home:
        return {"pitch_class_histogram": histogram}
    return {"key": KEYS[section.key], "pitch_class_histogram": histogram}


def _cadence(closing: Sequence[Values], home: int, key: int | None) -> Values:
    """The pitch classes that a piece in the home key closes with, moved to a section's key."""
    last = closing[-1].get("pitch_class_histogram")
    if last is None or key is None or key // 12 != home // 12:
        return {}
    return {"pitch_class_histogram": np.roll(last, key - home)}


def _complete_texture(
    order: Order, of_style: Sequence[Exemplar], asked: Values, closing: Sequence[Values]
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
            moment["density"] = min(own.density, own.density**THINNING) * asked["density"]
        if "polyphony" in asked:
            moment["polyphony"] = own.polyphony * asked["polyphony"]


def _ease(level: Level, asked: Values, closing: Sequence[Values]) -> None:
    """Ask for no more notes than a level allows, so that the network seldom wants what it may not."""
    for name, most in (("density", level.density), ("polyphony", level.polyphony)):
        if most is None:
            continue
        share = min(1.0, most / asked[name]) if name in asked else 1.0
        asked[name] = share * asked[name] if name in asked else most
        for moment in closing:
            if name in moment:
                moment[name] *= share


def _complete_harmony(
    order: Order,
    of_style: Sequence[Exemplar],
    every: Sequence[Exemplar],
    asked: Values,
    closing: Sequence[Values],
) -> None:
    """Take the pitch classes from exemplars in the mode of the key; if there are few, of any style.

    So a key is told twice, as such and by them; the network hears the second far better. The closing is that
    of one which ends on its tonic.
    """
    key = key_index(asked["key"])
    in_mode = _in_mode_of(of_style, every, key)
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
    """The pitch classes (12,) of an exemplar's degrees in a key, or what is typical in it, flattened."""
    told = typical_histogram(key) if degrees is None else np.roll(np.array(degrees), key % 12)
    flat = told**FLATNESS
    shares: npt.NDArray[np.float64] = flat / flat.sum()
    return shares


def _of_style(exemplars: Exemplars, style: str | None) -> Sequence[Exemplar]:
    if style is not None:
        return exemplars.get(style, ())
    return [exemplar for group in exemplars.values() for exemplar in group]


def _usual(exemplars: Sequence[Exemplar]) -> Usual:
    return Usual(
        median(exemplar.polyphony for exemplar in exemplars),
        median(exemplar.largest_polyphony for exemplar in exemplars),
        float(np.quantile([exemplar.largest_polyphony for exemplar in exemplars], 0.95)),
        float(np.quantile([exemplar.long_share for exemplar in exemplars], 0.95)),
    )


def _as_long(exemplars: Sequence[Exemplar], seconds: float) -> Sequence[Exemplar]:
    """Those of pieces about as long as so many seconds, or longer."""
    as_long = [exemplar for exemplar in exemplars if exemplar.seconds >= LONG_SHARE * seconds]
    if len(as_long) >= FEWEST_AS_LONG:
        return as_long
    return sorted(exemplars, key=lambda exemplar: -exemplar.seconds)[:FEWEST_AS_LONG]


def _is_of(exemplar: Exemplar, rendition: str | None) -> bool:
    """Whether an exemplar is of a rendition; any is of none."""
    return rendition is None or exemplar.is_performed is (rendition == Rendition.PERFORMED)


def _in_mode_of(of_style: Sequence[Exemplar], every: Sequence[Exemplar], key: int) -> list[Exemplar]:
    """Those of the style in the mode of a key; if there are too few, of any style."""
    in_mode = _in_mode(of_style, key)
    return in_mode if len(in_mode) >= FEWEST_IN_MODE else _in_mode(every, key)


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
