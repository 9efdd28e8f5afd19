from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from listening.statistics.estimate import Sample
from listening.statistics.mean_opinion import mean_opinion
from listening.statistics.resampling import Resampled
from listening.statistics.votes import Rating

Rows = Callable[..., list[Rating]]
TABLE = [[5, 4, 3], [4, 4, 2], [3, 5, 1], [5, 5, 4], [2, 3, 1], [4, 3, 3], [1, 4, 2], [5, 5, 5]]


def test_a_table_by_hand(rated: Rows, random: np.random.Generator) -> None:
    found = mean_opinion(rated([[5, 4], [3, None]]), random)
    assert found.estimate == 4.0
    assert found.deviation == 1.0
    assert found.sample == Sample(listeners=2, pieces=2, votes=3)
    assert found.interval is not None
    assert 3.0 <= found.interval.low < 4.0 < found.interval.high <= 5.0
    assert found.interval.level == 0.95


def test_resampled_listeners_move_the_mean_as_much_as_scipy_says(
    rated: Rows, random: np.random.Generator
) -> None:
    """Every listener rates every piece: then the bootstrap by listeners is that of their means.

    scipy's percentiles are taken as far out as Hesterberg's expansion asks for 8 listeners. Means come in
    steps of 1/24.
    """
    found = mean_opinion(rated(TABLE), random, resampled=Resampled.LISTENERS, replicates=10_000)
    means = np.mean(TABLE, axis=1)
    tail = stats.norm.cdf(stats.t.ppf(0.025, 7) * np.sqrt(8 / 7))
    theirs = stats.bootstrap(
        (means,), np.mean, confidence_level=1 - 2 * tail, n_resamples=10_000, method="percentile", rng=random
    ).confidence_interval
    assert found.interval is not None
    assert found.interval.low == pytest.approx(theirs.low, abs=0.05)
    assert found.interval.high == pytest.approx(theirs.high, abs=0.05)


def test_the_pigeonhole_bootstrap_varies_as_its_formula_says(random: np.random.Generator) -> None:
    """Owen 2007: by both factors, the sum of the variances by either and of the votes' own remainder.

    A table without interaction has no remainder, so that the variance is the sum of those by either alone;
    the interval's half-width follows it.
    """
    leniency, quality = np.linspace(-0.5, 0.5, 16), np.linspace(-1, 1, 16)
    table = 3 + leniency[:, None] + quality
    ratings = [
        Rating(listener, piece, float(value))
        for listener, row in enumerate(table)
        for piece, value in enumerate(row)
    ]
    found = mean_opinion(ratings, random, replicates=10_000).interval
    assert found is not None
    variances = leniency.var() / 16, quality.var() / 16
    freedom = sum(variances) ** 2 / sum(one**2 / 15 for one in variances)
    half = stats.t.isf(0.025, freedom) * np.sqrt(sum(variances) * (freedom + 1) / freedom)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.05)


def test_what_is_resampled_decides_what_varies(random: np.random.Generator) -> None:
    """Listeners differ, pieces do not."""
    ratings = [Rating(listener, piece, 1 + listener % 5) for listener in range(10) for piece in range(10)]
    by_listeners = mean_opinion(ratings, random, resampled=Resampled.LISTENERS).interval
    assert by_listeners is not None
    assert by_listeners.high - by_listeners.low > 1
    assert mean_opinion(ratings, random, resampled=Resampled.PIECES).interval is None


def test_intervals_stay_on_the_scale(rated: Rows, random: np.random.Generator) -> None:
    found = mean_opinion(rated([[5, 5, 5], [5, 5, 5], [5, 5, 1]]), random).interval
    assert found is not None
    assert 1 <= found.low < found.high <= 5


def test_the_same_seed_and_any_order_give_the_same(rated: Rows) -> None:
    ratings = rated(TABLE)
    once, again = (mean_opinion(some, np.random.default_rng(7)).interval for some in (ratings, ratings[::-1]))
    assert once is not None
    assert again is not None
    assert (again.low, again.high) == pytest.approx((once.low, once.high), abs=1e-12)


@pytest.mark.parametrize("resampled", Resampled)
def test_data_that_say_little(rated: Rows, random: np.random.Generator, resampled: Resampled) -> None:
    empty = mean_opinion([], random, resampled=resampled)
    assert (empty.estimate, empty.interval, empty.deviation) == (None, None, None)
    assert empty.sample == Sample(0, 0, 0)
    one = mean_opinion(rated([[4]]), random, resampled=resampled)
    assert (one.estimate, one.interval, one.deviation) == (4.0, None, None)
    equal = mean_opinion(rated([[3, 3, 3], [3, 3, 3]]), random, resampled=resampled)
    assert (equal.estimate, equal.interval, equal.deviation) == (3.0, None, 0.0)


def test_one_listener_says_nothing_of_others(rated: Rows, random: np.random.Generator) -> None:
    ratings = rated([[1, 3, 5]])
    assert mean_opinion(ratings, random).interval is None
    assert mean_opinion(ratings, random, resampled=Resampled.LISTENERS).interval is None
    assert mean_opinion(ratings, random, resampled=Resampled.PIECES).interval is not None


def test_listeners_who_heard_different_pieces(rated: Rows, random: np.random.Generator) -> None:
    """Many replicates of both factors hold no vote at all here."""
    found = mean_opinion(rated([[1, None], [None, 5]]), random)
    assert found.estimate == 3.0
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (1.0, 5.0)
