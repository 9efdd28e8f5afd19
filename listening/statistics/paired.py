"""Two conditions, rated by the same listeners: differences, Wilcoxon's test, Holm's correction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.stats import rankdata

from listening.statistics.estimate import Estimate, Sample
from listening.statistics.resampling import LEVEL, REPLICATES, intervals
from listening.statistics.votes import Id, Numbers, Rating

_DECIMALS = 9
"""Differences of means that are equal but for rounding are ties."""


@dataclass(frozen=True)
class Pairs:
    """The listeners who rated both of two conditions.

    Attributes:
        differences: each listener's mean rating of the first less that of the second, shape (listeners,).
        sample: those listeners, and all that they rated of either.
    """

    differences: Numbers
    sample: Sample


@dataclass(frozen=True)
class Comparison(Estimate):
    """The mean of listeners' differences, the first condition less the second.

    Attributes:
        first, second: the conditions.
        p_value: of Wilcoxon's signed-rank test, two-sided; None where nobody rated both.
        holm_p_value: the same, corrected for how many pairs of conditions were compared.
    """

    first: str
    second: str
    p_value: float | None
    holm_p_value: float | None


def pairs(first: Sequence[Rating], second: Sequence[Rating]) -> Pairs:
    """Pairs two conditions' ratings by listener; who rated only one of them is left out."""
    both = {rating.listener for rating in first} & {rating.listener for rating in second}
    ratings = [rating for rating in (*first, *second) if rating.listener in both]
    one, other = _means(first), _means(second)
    ordered = sorted(both)
    differences = np.array([one[listener] - other[listener] for listener in ordered], dtype=np.float64)
    return Pairs(differences.round(_DECIMALS), Sample.of(ratings))


def comparisons(
    ratings: Mapping[str, Sequence[Rating]],
    random: np.random.Generator,
    *,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> tuple[Comparison, ...]:
    """Compares every two conditions, listener by listener.

    Intervals resample listeners, and are not corrected. Nobody rated both: estimate, interval and p are None.
    One listener: no interval, and p is 1. Nobody's two means differ: no interval, and p is 1.

    Args:
        ratings: of each condition.
        random: for the intervals.
        replicates: how many draws.
        level: the intervals' nominal coverage.
    """
    found = []
    for first, second in combinations(sorted(ratings), 2):
        paired = pairs(ratings[first], ratings[second])
        estimate, interval = None, None
        if paired.differences.size:
            listeners = [np.arange(paired.differences.size)]
            columns = np.stack([paired.differences, np.ones_like(paired.differences)], axis=1)
            estimate = float(paired.differences.mean())
            (interval,) = intervals(columns, listeners, _mean, random, replicates, level)
        p_value = wilcoxon_p_value(paired.differences)
        found.append(Comparison(estimate, interval, paired.sample, first, second, p_value, None))
    known = [place for place, one in enumerate(found) if one.p_value is not None]
    corrected = holm([found[place].p_value or 0.0 for place in known])
    for place, p_value in zip(known, corrected, strict=True):
        found[place] = replace(found[place], holm_p_value=p_value)
    return tuple(found)


def wilcoxon_p_value(differences: Numbers) -> float | None:
    """Two-sided p of Wilcoxon's signed-rank test; listeners without a difference are left out.

    Exact whatever the ties: of all ways to deal out signs, the share whose rank sum is as far from the middle
    (B. Streitberg, J. Röhmel 1986, Statistical Software Newsletter 12). Ratings tie more often than not, and
    there `scipy.stats.wilcoxon` takes seconds for 13 listeners and approximates for more.
    """
    if not differences.size:
        return None
    differing = differences[differences != 0]
    ranks = (2 * rankdata(np.abs(differing))).astype(np.intp)  # twice: shared ranks may be halves
    total = int(ranks.sum())
    shares = np.zeros(total + 1)  # of the ways to deal out signs that give each sum
    shares[0] = 1.0
    for rank in ranks:
        shares[rank:] += shares[:-rank].copy()
        shares /= 2
    seen = abs(2 * int(ranks[differing > 0].sum()) - total)
    return min(float(shares[np.abs(2 * np.arange(total + 1) - total) >= seen].sum()), 1.0)


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrects p-values for their number (S. Holm 1979, Scandinavian Journal of Statistics 6(2))."""
    order = np.argsort(p_values, kind="stable")
    stepped = np.array(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return [float(one) for one in corrected]


def _mean(sums: Numbers) -> Numbers:
    return sums[:, :1] / sums[:, 1:]


def _means(ratings: Sequence[Rating]) -> dict[Id, float]:
    values: dict[Id, list[float]] = {}
    for rating in ratings:
        values.setdefault(rating.listener, []).append(rating.value)
    return {listener: float(np.mean(own)) for listener, own in values.items()}
