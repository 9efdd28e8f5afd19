"""What `benchmarks.form` prints of form: distances from real pieces, and how new returns are.

The distance of a set from real pieces is the absolute difference of their means, and over all styles the mean
of these distances. How much nearer planned pieces are than plain ones is told with a percentile bootstrap
interval: style by style, real pieces are drawn anew, and so are seeds, each with its plain and planned piece.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model.evaluation.returns import new_as_planned, returning_share
from model.evaluation.structure import structureness
from model.form.closest_return import Return, closest_return
from model.form.plan import FormPlan
from model.note_table import Numbers
from model.performance import Note

STYLES = ("baroque", "classical", "romantic", "pop")
REAL, PLAIN, PLANNED = "real", "plain", "planned"

REPLICATES = 10_000
LEVEL = 0.95

RETURNS_BELOW = 0.5
"""A piece returns if its closest return has fewer new notes than that."""


@dataclass(frozen=True)
class Measured:
    """What was measured of one piece; `new_as_planned` of all its planned returns, where it has any."""

    structureness: float
    returning: float
    closest: Return | None
    new_as_planned: float | None = None

    @classmethod
    def of(cls, notes: Sequence[Note], plan: FormPlan | None = None) -> "Measured":
        """Measure a piece, which may have been planned."""
        new = [] if plan is None else new_as_planned(notes, plan)
        return cls(
            structureness(notes),
            returning_share(notes),
            closest_return(notes),
            statistics.fmean(new) if new else None,
        )


Measures = Mapping[str, Mapping[str, Sequence[Measured]]]
"""Measures of pieces by set and style."""


def print_tables(measures: Measures) -> None:
    """Print what was measured of real, plain and planned pieces."""
    real = ", ".join(f"{len(measures[REAL][style])} {style}" for style in STYLES)
    print(f"plain and planned pieces of each style: {len(measures[PLAIN][STYLES[0]])}; real pieces: {real}")
    _print_distances("structureness (Wu and Yang 2020)", measures, lambda one: one.structureness)
    _print_distances("returning share of notes", measures, lambda one: one.returning)
    _print_new(measures)


def _print_distances(name: str, measures: Measures, figure: Callable[[Measured], float]) -> None:
    """Print means, distances from real pieces, and by how much planned pieces are nearer."""
    real, plain, planned = (
        [np.array([figure(one) for one in pieces[style]]) for style in STYLES] for pieces in measures.values()
    )
    pairs = [np.stack(both) for both in zip(plain, planned, strict=True)]
    means = np.array([[group.mean() for group in groups] for groups in (real, plain, planned)])
    distances = np.abs(means[1:] - means[0])
    random = np.random.default_rng(0)
    drawn = np.abs(_drawn_means(pairs, random) - _drawn_means(real, random)[:, None])
    print(
        f"\n{name}\n{'':12}{'real':>8}{'plain':>8}{'planned':>8}{'distances':>17}{'nearer by':>11}  interval"
    )
    for style, which in _rows():
        told = "".join(f"{mean:8.3f}" for mean in means[:, which].mean(axis=1))
        far, near = distances[:, which].mean(axis=1)
        low, high = _interval((drawn[which, 0] - drawn[which, 1]).mean(axis=0))
        print(f"{style:12}{told}{far:9.3f}{near:8.3f}{far - near:+11.3f}  {low:+.3f} to {high:+.3f}")


def _print_new(measures: Measures) -> None:
    """Print how much is new where material returns, for planned and real pieces that do return."""
    print("\npieces whose closest stretch of 15 s returns, and the share of new notes in it")
    print(
        f"{'':12}" + "".join(f"{kind:>18}" for kind in measures) + f"{'more':>8}  interval{'as planned':>17}"
    )
    random = np.random.default_rng(0)
    new = {kind: [_new(pieces[style]) for style in STYLES] for kind, pieces in measures.items()}
    more = _drawn_means(new[PLANNED], random) - _drawn_means(new[REAL], random)
    for style, which in _rows():
        cells = []
        for kind, pieces in measures.items():
            returns = sum(new[kind][place].size for place in which)
            share = returns / sum(len(pieces[STYLES[place]]) for place in which)
            cells.append(f"{share:11.0%}{_mean([new[kind][place] for place in which]):7.3f}")
        planned, real = (_mean([new[kind][place] for place in which]) for kind in (PLANNED, REAL))
        low, high = _interval(more[which].mean(axis=0))
        asked = [
            [one.new_as_planned for one in measures[PLANNED][STYLES[place]] if one.new_as_planned is not None]
            for place in which
        ]
        told = _mean([np.array(group) for group in asked])
        print(f"{style:12}{''.join(cells)}{planned - real:+8.3f}  {low:+.3f} to {high:+.3f}{told:8.3f}")


def _new(pieces: Sequence[Measured]) -> Numbers:
    """The share of new notes in each closest return that is one."""
    closest = [one.closest.new for one in pieces if one.closest is not None]
    return np.array([new for new in closest if new < RETURNS_BELOW])


def _mean(groups: Sequence[Numbers]) -> float:
    """The mean of the groups' means; NaN where one of them is empty."""
    return statistics.fmean(group.mean() if group.size else float("nan") for group in groups)


def _rows() -> list[tuple[str, list[int]]]:
    """The rows of a table, and the places of the styles that each is the mean of."""
    return [*((style, [place]) for place, style in enumerate(STYLES)), ("all", list(range(len(STYLES))))]


def _drawn_means(groups: Sequence[Numbers], random: np.random.Generator) -> Numbers:
    """Means over pieces drawn anew, shape (styles, ..., replicates).

    Args:
        groups: figures of each style, shape (..., pieces); what stands in one column is drawn together.
        random: draws.
    """
    return np.array(
        [
            group[..., random.integers(0, group.shape[-1], (REPLICATES, group.shape[-1]))].mean(axis=-1)
            if group.size
            else np.full(REPLICATES, np.nan)
            for group in groups
        ]
    )


def _interval(drawn: Numbers) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
