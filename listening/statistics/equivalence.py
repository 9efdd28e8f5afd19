"""Two one-sided tests: "no difference" said with the bound that it holds for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from listening.statistics.estimate import Estimate, Interval
from listening.statistics.paired import pairs
from listening.statistics.votes import Rating

ALPHA = 0.05


@dataclass(frozen=True)
class Equivalence(Estimate):
    """The mean of listeners' differences, and whether it is surely within a bound.

    Attributes:
        bound: the difference, either way, that is held to be none.
        p_value: the greater of the two one-sided tests'; None where it cannot be told.
        is_equivalent: whether the difference is surely less than the bound; None where p is.
        smallest_bound: the least bound for which it would be; None where p is.
    """

    bound: float
    p_value: float | None
    is_equivalent: bool | None
    smallest_bound: float | None


def equivalence(
    first: Sequence[Rating], second: Sequence[Rating], bound: float, *, alpha: float = ALPHA
) -> Equivalence:
    """The paired equivalence test of two conditions rated by the same listeners, by Student's t.

    D. J. Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15(6); D. Lakens 2017, Social
    Psychological and Personality Science 8(4). The interval has the level 1 - 2 alpha: the conditions are
    equivalent where it lies within the bound. Nobody rated both: everything is None. One listener, or the
    same difference for all: only the estimate is told, as nothing tells the spread.

    Raises:
        ValueError: the bound is not above 0.
    """
    if bound <= 0:
        raise ValueError("A bound of equivalence is above 0.")
    paired = pairs(first, second)
    differences, count = paired.differences, paired.differences.size
    if not count:
        return Equivalence(None, None, paired.sample, bound, None, None, None)
    mean = float(differences.mean())
    if np.ptp(differences) == 0:
        return Equivalence(mean, None, paired.sample, bound, None, None, None)
    error = float(differences.std(ddof=1)) / np.sqrt(count)
    p_value = float(student.sf((bound - abs(mean)) / error, count - 1))
    reach = float(student.isf(alpha, count - 1)) * error
    return Equivalence(
        mean,
        Interval(mean - reach, mean + reach, 1 - 2 * alpha),
        paired.sample,
        bound,
        p_value,
        p_value < alpha,
        abs(mean) + reach,
    )
