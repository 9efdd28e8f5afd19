import numpy as np
import pytest
from scipy import stats

from listening.statistics.equivalence import equivalence
from listening.statistics.estimate import Sample
from listening.statistics.votes import Rating

# "Student" 1908, R's `sleep`: hours of sleep won by ten patients with either drug
FIRST_DRUG = (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0)
SECOND_DRUG = (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)


def ratings(values: tuple[float, ...]) -> list[Rating]:
    return [Rating(listener, "x", value) for listener, value in enumerate(values)]


def test_students_sleep() -> None:
    """R for Dummies has `t.test(extra ~ group, data=sleep, paired=TRUE)` (J. Meys, A. de Vries 2012).

    It prints t = -4.0621, df = 9, mean -1.58, and a 95 % interval of -2.4598858 to -0.7001142. By hand: the
    squares about the mean are 13.616, so that its error is sqrt(13.616 / 9 / 10) = 0.38895, and Student's t
    of 9 degrees of freedom is 2.26216 in any table.

    Of the two one-sided tests for 0.5 hours, (-1.58 + 0.5) / 0.38895 = -2.777 is far from significance.
    """
    found = equivalence(ratings(FIRST_DRUG), ratings(SECOND_DRUG), 0.5, alpha=0.025)
    assert found.estimate == pytest.approx(-1.58)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((-2.4598858, -0.7001142), abs=1e-6)
    assert found.interval.level == pytest.approx(0.95)
    assert found.p_value == pytest.approx(stats.t.cdf(2.777, 9), abs=1e-4)
    assert found.is_equivalent is False
    assert found.smallest_bound == pytest.approx(2.4598858, abs=1e-6)
    assert found.sample == Sample(listeners=10, pieces=1, votes=20)


@pytest.mark.parametrize("bound", [0.1, 0.5, 2.0])
def test_scipys_two_one_sided_tests_say_the_same(bound: float) -> None:
    draw = np.random.default_rng(4)
    first, second = (tuple(draw.normal(3, 0.5, 12).round(3)) for _ in range(2))
    differences = np.array(first) - np.array(second)
    lower = stats.ttest_1samp(differences, -bound, alternative="greater").pvalue
    upper = stats.ttest_1samp(differences, bound, alternative="less").pvalue
    found = equivalence(ratings(first), ratings(second), bound)
    assert found.p_value == pytest.approx(max(lower, upper))
    assert found.interval is not None
    assert found.is_equivalent == (-bound < found.interval.low and found.interval.high < bound)


def test_at_the_smallest_bound_p_is_alpha() -> None:
    first, second = ratings(FIRST_DRUG), ratings(SECOND_DRUG)
    smallest = equivalence(first, second, 1.0).smallest_bound
    assert smallest is not None
    assert equivalence(first, second, smallest).p_value == pytest.approx(0.05)


def test_data_that_say_little() -> None:
    empty = equivalence([], [], 0.3)
    assert (empty.estimate, empty.interval, empty.p_value, empty.is_equivalent) == (None, None, None, None)
    for values in ((4.0,), (4.0, 4.0, 4.0)):
        found = equivalence(ratings(values), ratings(values), 0.3)
        assert (found.estimate, found.interval, found.p_value) == (0.0, None, None)
        assert (found.is_equivalent, found.smallest_bound) == (None, None)


def test_a_bound_is_above_zero() -> None:
    with pytest.raises(ValueError, match="above 0"):
        equivalence([], [], 0.0)
