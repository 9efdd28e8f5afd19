"""The project's bounds: what a checkpoint that may be shipped has to measure, and whether this one does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from model.evaluation.obedience import moods_in_order
from model.evaluation.pieces import FEWEST, Music
from model.evaluation.plan import SECONDS, Part
from model.evaluation.section import ALL, Section

NATS_ON_A_CPU = 2.25
"""Nats an event on the validation split that training on a CPU is to reach; 2.05 is for a GPU."""


@dataclass(frozen=True)
class Bound:
    """One bound.

    Attributes:
        measured: what was measured, in words and figures; empty where it was not.
        bound: what is demanded.
        holds: whether it is met; None where it was not measured.
    """

    measured: str
    bound: str
    holds: bool | None


def bounds(music: Music, sections: Sequence[Section], nats: float | None, moods: tuple[str, str]) -> Section:
    """The bounds, one a row.

    Args:
        music: what was measured.
        sections: all its tables.
        nats: nats an event with no control told, where that was measured.
        moods: the quietest and the liveliest mood.
    """
    rows = {section.name: section.rows for section in sections}
    found: dict[str, Bound] = {
        "likelihood, no control told": _most(nats, NATS_ON_A_CPU, "nats an event (2.05 from a GPU)"),
        "key asked for is found": _least(rows["keys"][ALL].found, 0.85, "of pieces"),
        **_freedom(rows["pitches"]),
        "density asked for, median error": _most(rows["density"][ALL].median_error, 0.10, "of it"),
        "moods move density and loudness": _moods(music, rows["moods"], moods),
        **{
            f"{SECONDS[part]:g} s within 2 s, END sampled": _least(
                _figure(rows["lengths"], f"{ALL}, {SECONDS[part]:g} s", "both"), 0.95, "of pieces"
            )
            for part in (Part.SHORT, Part.MAIN, Part.LONG)
        },
        "last sonority has the tonic": _as_often(rows["endings"], "tonic"),
        "texture thins at the end": _as_often(rows["endings"], "thins"),
        "classifier on real pieces": _least(
            _figure(rows["styles"], ALL, "real_recall"), 0.70, "balanced accuracy"
        ),
        "style asked for is recognised": _least(
            _figure(rows["styles"], ALL, "ratio"), 0.80, "as often as real pieces"
        ),
        "overlapping area, mean": _least(
            _figure(rows["overlap"], ALL, "ratio"), 0.90, "of real against real"
        ),
        "overlapping area, least feature": _least(
            _figure(rows["overlap"], ALL, "least_ratio"),
            0.75,
            f"of real against real ({_figure(rows['overlap'], ALL, 'least_feature')})",
        ),
        "finetuning keeps the old styles": Bound("", "measured by `etude finetune`", None),
    }
    for part in (Part.MAIN, Part.LONG):
        name = f"{SECONDS[part]:g}"
        polyphony = rows[f"polyphony_{name}"]
        found[f"polyphony at {name} s"] = _everywhere(
            {style: row.inside for style, row in polyphony.items() if row.real_pieces >= FEWEST},
            "within the range of real pieces",
        )
        found[f"no note closed by a rule, {name} s"] = _least(
            _figure(rows["closing"], f"{ALL}, {name} s", "untouched"), 0.95, "of pieces"
        )
    return Section("bounds", "Bounds", "What a checkpoint that may be shipped has to measure.", found)


def _freedom(pitches: Any) -> dict[str, Bound]:
    demanded = "median within the middle half of real pieces"
    return {
        "pitch-class entropy": _everywhere(
            {style: row.entropy_inside for style, row in pitches.items()}, demanded
        ),
        "notes outside the scale": _everywhere(
            {style: row.outside_inside for style, row in pitches.items() if row.outside_inside is not None},
            demanded,
        ),
    }


def _moods(music: Music, rows: Any, moods: tuple[str, str]) -> Bound:
    """Both ends in the right order, and the medians where the presets say."""
    pieces = music.part(Part.MOODS)
    demanded = "medians within 10 % of the preset, and 95 % of pairs in order"
    if not pieces:
        return Bound("", demanded, None)
    ordered = moods_in_order(pieces, *moods)
    errors = {
        f"{mood} {what}": getattr(row, what) / getattr(row, f"asked_{what}") - 1
        for mood in moods
        for row in (rows[f"{ALL}, {mood}"],)
        for what in ("density", "loudness")
        if getattr(row, f"asked_{what}") is not None
    }
    told = ", ".join(f"{name} {error:+.0%}" for name, error in errors.items())
    holds = ordered >= 0.95 and all(abs(error) <= 0.10 for error in errors.values())
    return Bound(f"{ordered:.0%} in order; {told}", demanded, holds)


def _as_often(endings: Any, what: str) -> Bound:
    own, real = _figure(endings, ALL, what), _figure(endings, f"{ALL}, real", what)
    if own is None or real is None:
        return Bound("", "as often as in real endings, less 0.1", None)
    return _least(own, real - 0.1, f"of pieces (real endings: {real:.3f}, less 0.1)")


def _figure(rows: Any, row: str, name: str) -> Any:
    """A figure of a table, None where it has no such row."""
    return getattr(rows[row], name) if row in rows else None


def _least(measured: float | None, bound: float, unit: str) -> Bound:
    if measured is None:
        return Bound("", f"at least {bound:.3g} {unit}", None)
    return Bound(f"{measured:.3f}", f"at least {bound:.3g} {unit}", measured >= bound)


def _most(measured: float | None, bound: float, unit: str) -> Bound:
    if measured is None:
        return Bound("", f"at most {bound:.3g} {unit}", None)
    return Bound(f"{measured:.3f}", f"at most {bound:.3g} {unit}", measured <= bound)


def _everywhere(inside: dict[str, bool], demanded: str) -> Bound:
    """A bound that every style has to meet by itself."""
    if not inside:
        return Bound("", demanded, None)
    misses = _listed(style for style, holds in inside.items() if not holds)
    measured = f"{sum(inside.values())} of {len(inside)} styles" + (f"; not {misses}" if misses else "")
    return Bound(measured, f"{demanded}, in every style", not misses)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
