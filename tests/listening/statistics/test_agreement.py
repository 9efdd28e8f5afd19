from collections.abc import Callable

import krippendorff
import numpy as np
import pytest

from listening.statistics.agreement import Metric, krippendorff_alpha
from listening.statistics.estimate import Sample
from listening.statistics.votes import Rating

Rows = Callable[..., list[Rating]]

EXAMPLE = [  # K. Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


@pytest.mark.parametrize(
    ("metric", "published"), [(Metric.NOMINAL, 0.743), (Metric.ORDINAL, 0.815), (Metric.INTERVAL, 0.849)]
)
def test_krippendorffs_own_example(
    rated: Rows, random: np.random.Generator, metric: Metric, published: float
) -> None:
    found = krippendorff_alpha(rated(EXAMPLE), random, metric=metric)
    assert found.estimate == pytest.approx(published, abs=0.0005)
    assert found.metric is metric
    assert found.sample == Sample(
        listeners=4, pieces=11, votes=40
    )  # who was alone with piece 12 is not counted
    assert found.interval is not None
    assert found.interval.low < published < found.interval.high <= 1


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("seed", range(5))
def test_the_package_krippendorff_says_the_same(
    rated: Rows, random: np.random.Generator, metric: Metric, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    table = draw.integers(1, 6, (6, 15)).astype(float)
    table[draw.random(table.shape) < 0.3] = np.nan
    rows = [[None if np.isnan(value) else value for value in row] for row in table]
    theirs = krippendorff.alpha(table, level_of_measurement=str(metric))
    assert krippendorff_alpha(rated(rows), random, metric=metric).estimate == pytest.approx(theirs)


def test_whole_agreement_and_contradiction(rated: Rows, random: np.random.Generator) -> None:
    agreed = krippendorff_alpha(rated([[1, 3, 5], [1, 3, 5]]), random)
    assert (agreed.estimate, agreed.interval) == (1.0, None)
    opposed = krippendorff_alpha(rated([[1, 5, 1, 5], [5, 1, 5, 1]]), random).estimate
    assert opposed is not None
    assert opposed < 0


def test_data_that_say_little(rated: Rows, random: np.random.Generator) -> None:
    nothing = (None, None)
    empty = krippendorff_alpha([], random)
    assert (empty.estimate, empty.interval) == nothing
    assert empty.sample == Sample(0, 0, 0)
    for table in ([[4]], [[1, None], [None, 5]], [[3, 3, 3], [3, 3, 3]]):
        found = krippendorff_alpha(rated(table), random)
        assert (found.estimate, found.interval) == nothing
    one_piece = krippendorff_alpha(rated([[1], [2], [5]]), random)
    assert one_piece.estimate == pytest.approx(0.0)
    assert one_piece.interval is None


def test_two_ratings_of_one_piece_by_one_listener_are_refused(random: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="one rating a listener"):
        krippendorff_alpha([Rating(1, "a", 3), Rating(1, "a", 4)], random)
