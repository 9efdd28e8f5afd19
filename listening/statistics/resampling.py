"""The bootstrap: how far a statistic moves when other listeners, or other pieces, had been drawn.

Listeners' votes hang together, and so do those on one piece; therefore whole listeners, whole pieces or both
are resampled, never single votes. Both at once is the pigeonhole bootstrap (A. B. Owen 2007, "The pigeonhole
bootstrap", Annals of Applied Statistics 1(2)): a vote weighs the product of its listener's and its piece's
counts. It errs towards wide intervals, as it counts the noise of single votes up to three times.

Plain percentile intervals are too narrow for few listeners. The expanded ones used here take the quantiles
further out, so that their width is that of Student's interval for a mean, and they still stay on the
statistic's scale (T. C. Hesterberg 2015, "What Teachers Should Know About the Bootstrap", The American
Statistician 69(4)). Where two factors are resampled, the degrees of freedom are Satterthwaite's (F. E.
Satterthwaite 1946, Biometrics Bulletin 2(6)), from the variances by either alone. How often intervals cover
the truth is printed by `python -m benchmarks.listening`.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
from scipy.special import ndtr
from scipy.stats import t as student

from listening.statistics.estimate import Interval
from listening.statistics.votes import Integers, Numbers

REPLICATES = 2000
LEVEL = 0.95

TRUSTED_FROM = 8
"""Listeners from whom on nominal 95 % intervals cover the truth in 92 to 99 of 100 studies.

With 5 listeners it is 90 to 97, with 3, of whom only ten different samples can be drawn, down to 73.
"""

Statistic = Callable[[Numbers], Numbers]
"""From weighted sums, shape (replicates, columns), to figures, shape (replicates, figures), or NaN."""

_WEIGHTS_AT_ONCE = 4_000_000

_FOR_FREEDOM = 200
"""Replicates that tell how much of a figure's variance is due to one factor."""


class Resampled(StrEnum):
    """What is drawn anew, and so to what an interval generalises.

    LISTENERS: to other listeners of these same pieces. PIECES: to other pieces, heard by these same
    listeners. BOTH: to other listeners of other pieces.
    """

    LISTENERS = "listeners"
    PIECES = "pieces"
    BOTH = "both"


def factors(resampled: Resampled, listeners: Integers, pieces: Integers) -> list[Integers]:
    """The factors of some votes that are resampled, each of shape (votes,)."""
    return {
        Resampled.LISTENERS: [listeners],
        Resampled.PIECES: [pieces],
        Resampled.BOTH: [listeners, pieces],
    }[resampled]


def intervals(
    columns: Numbers,
    resampled: Sequence[Integers],
    statistic: Statistic,
    random: np.random.Generator,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> list[Interval | None]:
    """The expanded percentile interval of each figure of a statistic.

    Args:
        columns: what is summed over votes, shape (votes, columns); one vote at least.
        resampled: for each factor, the number from 0 of the listener or the piece of each vote.
        statistic: what is told from the sums.
        random: decides who is drawn.
        replicates: how many draws; those in which no vote is left are left out.
        level: the nominal coverage.

    Returns:
        None where there was only one listener or piece to draw from, where most replicates are undefined, or
        where all are alike: votes that all agree do not tell how far the next one may stray.
    """
    figures = _bootstrap(columns, resampled, statistic, random, replicates)
    counts = np.array([int(factor.max()) + 1 for factor in resampled])
    if counts.min() < 2:
        return [None] * figures.shape[1]
    freedom = np.full(figures.shape[1], counts[0] - 1.0)
    if counts.size > 1:
        alone = [_bootstrap(columns, [factor], statistic, random, _FOR_FREEDOM) for factor in resampled]
        variances = np.array([drawn.var(axis=0) for drawn in alone])  # (factors, figures)
        squares = (variances**2 / (counts[:, None] - 1)).sum(axis=0)
        least = np.full(figures.shape[1], counts.min() - 1.0)
        freedom = np.divide(variances.sum(axis=0) ** 2, squares, out=least, where=squares > 0)
    return [_interval(drawn, own, level) for drawn, own in zip(figures.T, freedom, strict=True)]


def _bootstrap(
    columns: Numbers,
    resampled: Sequence[Integers],
    statistic: Statistic,
    random: np.random.Generator,
    replicates: int,
) -> Numbers:
    """A statistic of resampled votes, shape (replicates, figures)."""
    if len(resampled) == 1:  # whoever is drawn brings all votes along: they are summed once
        summed = np.zeros((int(resampled[0].max()) + 1, columns.shape[1]))
        np.add.at(summed, resampled[0], columns)
        columns, resampled = summed, [np.arange(summed.shape[0])]
    found = []
    for size in _portions(replicates, columns.shape[0]):
        weights = np.ones((size, columns.shape[0]))
        for factor in resampled:
            count = int(factor.max()) + 1
            drawn = random.multinomial(count, np.full(count, 1 / count), size)  # (size, count)
            weights *= drawn[:, factor]
        found.append(statistic(weights[weights.any(axis=1)] @ columns))
    return np.concatenate(found)


def _interval(figures: Numbers, freedom: float, level: float) -> Interval | None:
    """The percentiles of one figure, taken further out for few degrees of freedom."""
    known = figures[np.isfinite(figures)]
    if 2 * known.size <= figures.size:
        return None
    tail = ndtr(student.ppf((1 - level) / 2, freedom) * np.sqrt((freedom + 1) / freedom))
    low, high = np.quantile(known, [tail, 1 - tail])
    if np.isclose(low, high, rtol=0.0, atol=1e-9):
        return None
    return Interval(float(low), float(high), level)


def _portions(replicates: int, rows: int) -> list[int]:
    """How many replicates are drawn at a time, for the sake of memory."""
    size = max(_WEIGHTS_AT_ONCE // rows, 1)
    return [min(size, replicates - begun) for begun in range(0, replicates, size)]
