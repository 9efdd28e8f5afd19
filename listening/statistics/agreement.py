"""Krippendorff's alpha: how far listeners agree on pieces, beyond chance.

K. Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability". 1: they agree wholly; 0: as if values had
been drawn from a hat; below 0: they agree less than that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from listening.statistics.estimate import Estimate, Sample
from listening.statistics.resampling import LEVEL, REPLICATES, intervals
from listening.statistics.votes import Numbers, Rating, numbered


class Metric(StrEnum):
    """What a difference between two values means."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


@dataclass(frozen=True)
class Agreement(Estimate):
    """Krippendorff's alpha; its sample counts only pieces that two listeners or more have rated."""

    metric: Metric


def krippendorff_alpha(
    ratings: Sequence[Rating],
    random: np.random.Generator,
    *,
    metric: Metric = Metric.ORDINAL,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> Agreement:
    """The agreement of listeners, not all of whom need to have rated every piece.

    The interval resamples pieces: listeners drawn twice would agree with themselves (A. Zapf and others 2016,
    "Measuring inter-rater reliability for nominal data", BMC Medical Research Methodology 16). Nothing that
    two listeners rated, or ratings that are all equal: alpha is not defined, and None. One such piece: no
    interval.

    Raises:
        ValueError: a listener has rated a piece twice.
    """
    if len({(rating.listener, rating.piece) for rating in ratings}) < len(ratings):
        raise ValueError("Agreement needs one rating a listener and piece: keep only the last one.")
    heard: dict[object, int] = {}
    for rating in ratings:
        heard[rating.piece] = heard.get(rating.piece, 0) + 1
    pairable = [rating for rating in ratings if heard[rating.piece] > 1]
    sample = Sample.of(pairable)
    if not pairable:
        return Agreement(None, None, sample, metric)
    values, places = np.unique([rating.value for rating in pairable], return_inverse=True)
    pieces = numbered(rating.piece for rating in pairable)
    counts = np.zeros((sample.pieces, values.size))
    np.add.at(counts, (pieces, places), 1.0)
    columns = _coincidences(counts)

    def alphas(sums: Numbers) -> Numbers:
        return _alphas(sums.reshape(-1, values.size, values.size), values, metric)

    (alpha,) = alphas(columns.sum(axis=0, keepdims=True))[0]
    if not np.isfinite(alpha):
        return Agreement(None, None, sample, metric)
    units = [np.arange(sample.pieces)]
    (interval,) = intervals(columns, units, alphas, random, replicates, level)
    return Agreement(float(alpha), interval, sample, metric)


def _coincidences(counts: Numbers) -> Numbers:
    """What each piece adds to the coincidence matrix, shape (pieces, values * values).

    Args:
        counts: how many gave each value to each piece, shape (pieces, values); two or more a piece.
    """
    pairs = counts[:, :, None] * counts[:, None, :]
    values = np.arange(counts.shape[1])
    pairs[:, values, values] -= counts  # nobody is paired with themselves
    pairs /= counts.sum(axis=1)[:, None, None] - 1
    columns: Numbers = pairs.reshape(counts.shape[0], -1)
    return columns


def _alphas(coincidences: Numbers, values: Numbers, metric: Metric) -> Numbers:
    """Alpha of each coincidence matrix, shape (replicates, 1); NaN where all values are equal."""
    marginals = coincidences.sum(axis=2)  # (replicates, values)
    distances = _distances(marginals, values, metric)
    observed = (coincidences * distances).sum(axis=(1, 2))
    expected = (marginals[:, :, None] * marginals[:, None, :] * distances).sum(axis=(1, 2))
    expected /= marginals.sum(axis=1) - 1
    undefined = np.full_like(observed, np.nan)
    alphas: Numbers = 1 - np.divide(observed, expected, out=undefined, where=expected > 0)
    return alphas[:, None]


def _distances(marginals: Numbers, values: Numbers, metric: Metric) -> Numbers:
    """The squared difference of every two values, shape (replicates or 1, values, values)."""
    if metric is Metric.NOMINAL:
        return 1 - np.eye(values.size)[None]
    # An ordinal difference is how many values were given between two, half of those at either end included.
    ranks = np.cumsum(marginals, axis=1) - marginals / 2 if metric is Metric.ORDINAL else values[None]
    squares: Numbers = (ranks[:, :, None] - ranks[:, None, :]) ** 2
    return squares
