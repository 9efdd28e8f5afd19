"""The mean opinion score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from listening.statistics.estimate import Estimate, Sample
from listening.statistics.resampling import LEVEL, REPLICATES, Resampled, factors, intervals
from listening.statistics.votes import Numbers, Rating, numbered


@dataclass(frozen=True)
class MeanOpinion(Estimate):
    """The mean opinion score, with an interval that stays on the scale.

    Attributes:
        deviation: the ratings' standard deviation, as ITU-T P.800 asks for; None for fewer than two.
    """

    deviation: float | None


def mean_opinion(
    ratings: Sequence[Rating],
    random: np.random.Generator,
    *,
    resampled: Resampled = Resampled.BOTH,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> MeanOpinion:
    """The mean of all ratings, each counted alike.

    No ratings: everything is None. One listener (or one piece, where pieces are resampled), or ratings that
    are all equal: no interval.
    """
    sample = Sample.of(ratings)
    if not ratings:
        return MeanOpinion(None, None, sample, None)
    values = np.array([rating.value for rating in ratings], dtype=np.float64)
    groups = factors(
        resampled,
        numbered(rating.listener for rating in ratings),
        numbered(rating.piece for rating in ratings),
    )
    columns = np.stack([values, np.ones_like(values)], axis=1)
    (interval,) = intervals(columns, groups, _mean, random, replicates, level)
    return MeanOpinion(
        float(values.mean()),
        interval,
        sample,
        float(values.std(ddof=1)) if values.size > 1 else None,
    )


def _mean(sums: Numbers) -> Numbers:
    return sums[:, :1] / sums[:, 1:]
