from itertools import product

import numpy as np
import pytest
from scipy import stats

from listening.statistics.estimate import Sample
from listening.statistics.paired import comparisons, holm, pairs, wilcoxon_p_value
from listening.statistics.votes import Rating

# M. Hollander, D. A. Wolfe 1973, "Nonparametric Statistical Methods", p. 29: depression of nine patients
ADMISSION = (1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
AFTERWARDS = (0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)


def ratings(values: tuple[float, ...], piece: str = "x") -> list[Rating]:
    return [Rating(listener, piece, value) for listener, value in enumerate(values)]


def exact(differences: tuple[float, ...]) -> float:
    """Every way to deal out signs, counted."""
    sizes = stats.rankdata(np.abs(differences))
    centre = sizes.sum() / 2
    seen = abs(sizes[np.array(differences) > 0].sum() - centre)
    sums = [abs(np.dot(signs, sizes) - centre) for signs in product((0, 1), repeat=sizes.size)]
    return float(np.mean([one >= seen - 1e-9 for one in sums]))


def test_hollanders_and_wolfes_example(random: np.random.Generator) -> None:
    """By hand: two of the nine differences are negative, -0.08 and -0.147, of ranks 2 and 3: their sum is 5.

    Of the 512 ways to deal out signs, so many have a lesser or equal sum of negative ranks: one has 0, 1 and
    2 each, two have 3 (3; 1 + 2), two 4 (4; 1 + 3), three 5 (5; 1 + 4; 2 + 3). That is 10, and 10 for the
    other side.
    """
    (found,) = comparisons({"admission": ratings(ADMISSION), "later": ratings(AFTERWARDS)}, random)
    assert found.p_value == pytest.approx(2 * 10 / 512)
    assert found.holm_p_value == found.p_value
    assert (found.first, found.second) == ("admission", "later")
    assert found.estimate == pytest.approx(np.mean(ADMISSION) - np.mean(AFTERWARDS))
    assert found.sample == Sample(listeners=9, pieces=1, votes=18)
    assert found.interval is not None
    assert found.interval.low < (found.estimate or 0) < found.interval.high


@pytest.mark.parametrize(
    "differences", [(1, 1, 2, -1, 3), (1, -1, 2, 2, 0.5, -0.5, 1, 1), (1, 1, 1, 1, 1, 1), (2, -1)]
)
def test_ties_are_counted_exactly(differences: tuple[float, ...]) -> None:
    assert wilcoxon_p_value(np.array(differences)) == pytest.approx(exact(differences))


def test_differences_of_one_size_are_a_sign_test() -> None:
    assert wilcoxon_p_value(np.array([1.0] * 30 + [-1.0] * 15)) == pytest.approx(
        stats.binomtest(30, 45).pvalue
    )


@pytest.mark.parametrize("count", [1, 2, 7, 20, 50])
def test_scipy_says_the_same_without_ties(count: int) -> None:
    differences = np.random.default_rng(count).normal(0.3, 1, count)
    assert wilcoxon_p_value(differences) == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)


def test_many_listeners_come_near_the_normal_distribution() -> None:
    differences = np.random.default_rng(2).integers(-4, 6, 300) / 2
    theirs = stats.wilcoxon(differences, method="asymptotic").pvalue
    assert wilcoxon_p_value(differences) == pytest.approx(theirs, rel=0.05)


def test_holm_by_hand() -> None:
    """0.005 * 4 = 0.02, 0.01 * 3 = 0.03, 0.03 * 2 = 0.06, 0.04 * 1 = 0.04, and none below the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_listeners_are_paired_by_their_means() -> None:
    first = [Rating(1, "a", 5), Rating(1, "b", 4), Rating(2, "a", 3), Rating(3, "a", 1)]
    second = [Rating(1, "c", 3), Rating(2, "c", 4), Rating(2, "d", 4), Rating(4, "c", 5)]
    found = pairs(first, second)
    assert found.differences.tolist() == [1.5, -1.0]
    assert found.sample == Sample(listeners=2, pieces=4, votes=6)


def test_differences_equal_but_for_rounding_are_ties() -> None:
    first = [Rating(1, "a", 0.1 + 0.2), Rating(2, "a", 0.3)]
    assert pairs(first, [Rating(1, "b", 0.0), Rating(2, "b", 0.0)]).differences.tolist() == [0.3, 0.3]


def test_several_conditions_are_corrected_together(random: np.random.Generator) -> None:
    table = {
        "a": ratings((5, 4, 5, 4, 5, 4, 5, 5)),
        "b": ratings((3, 3, 4, 3, 3, 2, 3, 4)),
        "c": ratings((3, 2, 4, 3, 4, 2, 3, 3)),
        "unheard": [Rating(99, "x", 3)],
    }
    found = {(one.first, one.second): one for one in comparisons(table, random)}
    assert len(found) == 6
    assert found["a", "unheard"].p_value is None
    assert found["a", "unheard"].holm_p_value is None
    assert found["a", "b"].p_value == pytest.approx(2 / 256)
    assert found["a", "b"].holm_p_value == pytest.approx(3 * 2 / 256)
    assert found["b", "c"].holm_p_value == pytest.approx(found["b", "c"].p_value)


def test_data_that_say_little(random: np.random.Generator) -> None:
    assert comparisons({}, random) == ()
    (empty,) = comparisons({"a": [], "b": []}, random)
    assert (empty.estimate, empty.interval, empty.p_value, empty.holm_p_value) == (None, None, None, None)
    (one,) = comparisons({"a": ratings((5,)), "b": ratings((3,))}, random)
    assert (one.estimate, one.interval, one.p_value) == (2.0, None, 1.0)
    (equal,) = comparisons({"a": ratings((4, 4, 4)), "b": ratings((4, 4, 4))}, random)
    assert (equal.estimate, equal.interval, equal.p_value, equal.holm_p_value) == (0.0, None, 1.0, 1.0)
