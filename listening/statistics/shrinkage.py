"""Means of few ratings, drawn towards the mean of all: for rankings in which one vote must not win."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from listening.statistics.estimate import Estimate, Interval, Sample
from listening.statistics.resampling import LEVEL
from listening.statistics.votes import Id, Integers, Numbers, Rating, numbered

PRIOR_VOTES = 5.0
"""How many votes the mean of all weighs where ratings do not tell it: no piece has two, or all are equal."""

FEWEST_PRIOR_VOTES, MOST_PRIOR_VOTES = 1.0, 50.0
"""Between which the estimate is kept: a ranking never trusts one vote wholly, nor many not at all."""


@dataclass(frozen=True)
class ShrunkenMean(Estimate):
    """A piece's shrunken mean.

    Attributes:
        piece: whose it is.
        mean: of its own ratings.
    """

    piece: Id
    mean: float


@dataclass(frozen=True)
class ShrunkenMeans:
    """All pieces' means, drawn towards that of all.

    Attributes:
        pieces: the best first; of equals the one with more votes, then the lesser id.
        grand_mean: of the pieces, each weighing the more the better it is known; None without ratings.
        prior_votes: how many votes the grand mean weighs.
        within: variance of the ratings of a piece; None where no piece has two.
        between: variance of the pieces' true means; None where it cannot be told.
    """

    pieces: tuple[ShrunkenMean, ...]
    grand_mean: float | None
    prior_votes: float
    within: float | None
    between: float | None


def shrunken_means(
    ratings: Sequence[Rating], *, scale: tuple[float, float] = (1.0, 5.0), level: float = LEVEL
) -> ShrunkenMeans:
    """The empirical Bayes means of a one-way random-effects model.

    A piece with n ratings of mean m is given (n m + k g) / (n + k): its best linear unbiased predictor
    (C. R. Henderson 1975, Biometrics 31(2)), g being the generalised least-squares mean of all and k the
    variance within pieces over that between them, both by the analysis of variance for unequal numbers (S.
    R. Searle, G. Casella, C. E. McCulloch 1992, "Variance Components", ch. 3). The interval is that of the
    normal posterior, cut at the ends of the scale; it takes g and k for known. Listeners' leniency is not
    corrected.

    No ratings: no pieces. Where `within` is None the interval uses the variance of all ratings; where that is
    unknown or 0, there is none.
    """
    if not ratings:
        return ShrunkenMeans((), None, PRIOR_VOTES, None, None)
    values = np.array([rating.value for rating in ratings], dtype=np.float64)
    numbers = numbered(rating.piece for rating in ratings)
    votes = np.bincount(numbers)
    means = np.bincount(numbers, values) / votes
    within, between = _variances(values, numbers, votes, means)
    prior = _prior_votes(within, between)
    known = votes / (votes + prior)
    grand = float((known * means).sum() / known.sum())
    shrunken = known * means + (1 - known) * grand
    spread = within if within is not None else (float(values.var(ddof=1)) if values.size > 1 else 0.0)
    reach = -ndtri((1 - level) / 2) * np.sqrt(spread / (votes + prior))
    by_piece: dict[Id, list[Rating]] = {}
    for rating in ratings:
        by_piece.setdefault(rating.piece, []).append(rating)
    found = []
    for number, piece in enumerate(sorted(by_piece)):
        low, high = np.clip([shrunken[number] - reach[number], shrunken[number] + reach[number]], *scale)
        found.append(
            ShrunkenMean(
                float(shrunken[number]),
                Interval(float(low), float(high), level) if spread > 0 else None,
                Sample.of(by_piece[piece]),
                piece,
                float(means[number]),
            )
        )
    found.sort(key=lambda one: (-(one.estimate or 0.0), -one.sample.votes))
    return ShrunkenMeans(tuple(found), grand, prior, within, between)


def _variances(
    values: Numbers, numbers: Integers, votes: Integers, means: Numbers
) -> tuple[float | None, float | None]:
    """Variance within and between pieces, by equating mean squares with what is expected of them."""
    count, total = votes.size, values.size
    if total == count:
        return None, None
    within = float(((values - means[numbers]) ** 2).sum() / (total - count))
    if count == 1:
        return within, None
    square = float((votes * (means - values.mean()) ** 2).sum() / (count - 1))
    typical_votes = (total - (votes**2).sum() / total) / (count - 1)
    return within, max((square - within) / float(typical_votes), 0.0)


def _prior_votes(within: float | None, between: float | None) -> float:
    if within is None or between is None or within == between == 0:
        return PRIOR_VOTES
    if between == 0:
        return MOST_PRIOR_VOTES
    return min(max(within / between, FEWEST_PRIOR_VOTES), MOST_PRIOR_VOTES)
