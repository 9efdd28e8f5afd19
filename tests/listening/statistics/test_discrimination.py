from math import exp, fsum, lgamma, log
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from listening.statistics.discrimination import correct_share, d_prime
from listening.statistics.estimate import Sample
from listening.statistics.resampling import Resampled
from listening.statistics.votes import Guess

Z = NormalDist().inv_cdf


def binomial(successes: int, trials: int, share: float) -> float:
    """The probability of so many successes."""
    ways = lgamma(trials + 1) - lgamma(successes + 1) - lgamma(trials - successes + 1)
    return exp(ways + successes * log(share) + (trials - successes) * log(1 - share))


def guesses(
    hits: int, misses: int, false_alarms: int, rejections: int, listeners: int = 10**6
) -> list[Guess]:
    """Dealt out to listeners in turn."""
    answers = [
        *[(True, True)] * hits,
        *[(True, False)] * misses,
        *[(False, True)] * false_alarms,
        *[(False, False)] * rejections,
    ]
    return [
        Guess(number % listeners, f"{is_human} {number // listeners}", is_human, said)
        for number, (is_human, said) in enumerate(answers)
    ]


def test_mendels_peas() -> None:
    """W. J. Conover 1971, "Practical Nonparametric Statistics", p. 97: 682 giant plants of 925.

    Clopper and Pearson's bounds are those shares of which so many plants or more, and so many or fewer, come
    in one of 40 samples: the tails are summed here term by term.
    """
    found = correct_share(guesses(682, 243, 0, 0))
    assert found.estimate == pytest.approx(682 / 925)
    assert found.interval is not None
    assert fsum(binomial(k, 925, found.interval.low) for k in range(682, 926)) == pytest.approx(0.025)
    assert fsum(binomial(k, 925, found.interval.high) for k in range(683)) == pytest.approx(0.025)
    assert found.correct == 682


def test_a_binomial_by_hand() -> None:
    """9 of 10: 2 * (10 + 1) / 1024. Of none in 10 the upper bound is 1 - 0.025 ** (1 / 10)."""
    assert correct_share(guesses(5, 1, 0, 4)).p_value == pytest.approx(22 / 1024)
    none = correct_share(guesses(0, 5, 5, 0))
    assert none.interval is not None
    assert (none.interval.low, none.interval.high) == pytest.approx((0.0, 1 - 0.025**0.1))


@pytest.mark.parametrize("correct", [0, 1, 7, 12])
def test_scipys_exact_interval_is_the_same_where_each_listener_guesses_once(correct: int) -> None:
    found = correct_share(guesses(correct, 12 - correct, 0, 0))
    theirs = stats.binomtest(correct, 12).proportion_ci(method="exact")
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((theirs.low, theirs.high))


def test_guesses_of_one_listener_hang_together() -> None:
    """Ten listeners of ten guesses: five are always right, five always wrong, but for one guess.

    The sums of their surplus over 51 % are 5 * 4.9, -4.1 and 4 * -5.1: squares 240.9, / 100 ** 2 * 10 / 9 =
    0.0267667. So 0.51 * 0.49 / 0.0267667 = 9.3362 guesses tell as much, and (1.98422 / 2.26216) ** 2 of them
    by the quantiles of Student's t of 99 and 9 degrees of freedom: 7.1829. scipy's beta quantiles of
    3.6633 and 4.5196, and of 4.6633 and 3.5196, are the bounds.
    """
    table = [10] * 5 + [1] + [0] * 4
    votes = [
        Guess(listener, place, is_human=True, said_human=place < right)
        for listener, right in enumerate(table)
        for place in range(10)
    ]
    found = correct_share(votes)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(stats.beta.ppf(0.025, 3.6633, 4.5196), abs=1e-4)
    assert found.interval.high == pytest.approx(stats.beta.ppf(0.975, 4.6633, 3.5196), abs=1e-4)
    assert found.p_value == pytest.approx(stats.binomtest(51, 100).pvalue)


def test_listeners_who_are_all_alike_tell_no_more_than_independent_guesses() -> None:
    alike = [Guess(listener, place, True, place < 3) for listener in range(5) for place in range(6)]
    theirs = stats.binomtest(15, 30).proportion_ci(method="exact")
    found = correct_share(alike).interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))


def test_d_prime_by_a_table_of_the_normal_distribution(random: np.random.Generator) -> None:
    """7 of 9 and 2 of 9 are corrected to 0.75 and 0.25, of which any table says 0.6745 and -0.6745."""
    found = d_prime(guesses(7, 2, 2, 7), random)
    assert found.estimate == pytest.approx(2 * 0.6745, abs=1e-4)
    assert found.criterion == pytest.approx(0.0, abs=1e-12)
    assert (found.hits, found.misses, found.false_alarms, found.correct_rejections) == (7, 2, 2, 7)
    assert found.sample == Sample(listeners=18, pieces=2, votes=18)


def test_d_prime_as_python_computes_it(random: np.random.Generator) -> None:
    found = d_prime(guesses(30, 12, 9, 25), random)
    hit, false_alarm = Z(30.5 / 43), Z(9.5 / 35)
    assert found.estimate == pytest.approx(hit - false_alarm)
    assert found.criterion == pytest.approx(-(hit + false_alarm) / 2)


def test_its_interval_is_that_of_gourevitch_and_galanter(random: np.random.Generator) -> None:
    """V. Gourevitch, E. Galanter 1967, Psychometrika 32(1): the variance of d-prime of independent votes."""
    found = d_prime(guesses(140, 60, 70, 130), random, replicates=4_000)
    rates, normal = (0.7, 0.35), NormalDist()
    variance = sum(rate * (1 - rate) / (200 * normal.pdf(Z(rate)) ** 2) for rate in rates)
    assert found.interval is not None
    width = found.interval.high - found.interval.low
    assert width == pytest.approx(2 * 1.966 * variance**0.5, rel=0.07)


def test_listeners_with_different_ears_widen_the_interval(random: np.random.Generator) -> None:
    sharp = [
        Guess(listener, piece, piece % 2 == 0, piece % 2 == 0) for listener in range(5) for piece in range(20)
    ]
    deaf = [
        Guess(listener, piece, piece % 2 == 0, piece % 4 < 2)
        for listener in range(5, 10)
        for piece in range(20)
    ]
    by_listeners = d_prime(sharp + deaf, random).interval
    by_pieces = d_prime(sharp + deaf, random, resampled=Resampled.PIECES).interval
    assert by_listeners is not None
    assert by_pieces is not None
    assert by_listeners.high - by_listeners.low > 1.5 * (by_pieces.high - by_pieces.low)


def test_perfect_listeners_have_a_finite_d_prime(random: np.random.Generator) -> None:
    """20.5 / 21 and 0.5 / 21."""
    found = d_prime(guesses(20, 0, 0, 20, listeners=4), random)
    assert found.estimate == pytest.approx(2 * Z(20.5 / 21))
    assert found.interval is None


def test_data_that_say_little(random: np.random.Generator) -> None:
    share, prime = correct_share([]), d_prime([], random)
    assert (share.estimate, share.interval, share.p_value) == (None, None, None)
    assert (prime.estimate, prime.interval, prime.criterion) == (None, None, None)
    assert share.sample == prime.sample == Sample(0, 0, 0)
    share, prime = correct_share(guesses(1, 0, 0, 0)), d_prime(guesses(1, 0, 0, 0), random)
    assert (share.estimate, share.p_value) == (1.0, 1.0)
    assert share.interval is not None
    assert (share.interval.low, share.interval.high) == pytest.approx((0.025, 1.0))
    assert (prime.estimate, prime.hits) == (None, 1)
    always_human = d_prime(guesses(5, 0, 5, 0), random)
    assert (always_human.estimate, always_human.interval) == (0.0, None)
    assert always_human.criterion is not None
    assert always_human.criterion < 0
    alone = d_prime(guesses(5, 2, 3, 6, listeners=1), random)
    assert alone.estimate is not None
    assert alone.interval is None
