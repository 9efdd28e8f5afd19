"""Human or machine: can listeners tell? Blind discrimination, not a Turing test (C. Ariza 2009).

C. Ariza 2009, "The Interrogator as Critic: The Turing Test and the Evaluation of Generative Music Systems",
Computer Music Journal 33(2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri
from scipy.stats import binomtest
from scipy.stats import t as student

from listening.statistics.estimate import Estimate, Interval, Sample
from listening.statistics.resampling import LEVEL, REPLICATES, Resampled, factors, intervals
from listening.statistics.votes import Guess, Numbers, numbered


@dataclass(frozen=True)
class CorrectShare(Estimate):
    """The share of correct guesses.

    Attributes:
        correct: how many were.
        p_value: how likely so uneven a share is by coin tosses, two-sided; None without guesses.
    """

    correct: int
    p_value: float | None


@dataclass(frozen=True)
class Discrimination(Estimate):
    """d-prime: by how many standard deviations human excerpts sound more human than machine's; 0 is chance.

    Attributes:
        criterion: above 0 where listeners say "machine" more readily; None where d-prime is.
        hits: human, and so it was said.
        misses: human, taken for a machine's.
        false_alarms: a machine's, taken for human.
        correct_rejections: a machine's, and so it was said.
    """

    criterion: float | None
    hits: int
    misses: int
    false_alarms: int
    correct_rejections: int


def correct_share(guesses: Sequence[Guess], *, level: float = LEVEL) -> CorrectShare:
    """The share of correct guesses, by the exact binomial test.

    The interval is that of Clopper and Pearson (1934). Where listeners gave several guesses each, those hang
    together: the interval is then that of as many independent guesses as tell as much (E. L. Korn, B. I.
    Graubard 1998, Survey Methodology 24(2)), never of more than there are. The p-value takes all guesses for
    independent, as chance would have them. No guesses: everything is None. One, or all alike: the interval
    reaches to 0 or 1. One listener: it tells of that listener alone.
    """
    sample = Sample.of(guesses)
    correct = sum(guess.is_correct for guess in guesses)
    if not guesses:
        return CorrectShare(None, None, sample, correct, None)
    test = binomtest(correct, sample.votes)
    share, votes = correct / sample.votes, _independent_votes(guesses, level)
    right, wrong, tail = share * votes, (1 - share) * votes, (1 - level) / 2
    low = float(betaincinv(right, wrong + 1, tail)) if right > 0 else 0.0
    high = float(betaincinv(right + 1, wrong, 1 - tail)) if wrong > 0 else 1.0
    return CorrectShare(
        share,
        Interval(low, high, level),
        sample,
        correct,
        float(test.pvalue),
    )


def _independent_votes(guesses: Sequence[Guess], level: float) -> float:
    """How many guesses of as many listeners would tell the share of correct ones as well as these do."""
    right = np.array([guess.is_correct for guess in guesses], dtype=np.float64)
    listeners = numbered(guess.listener for guess in guesses)
    votes, people = right.size, int(listeners.max()) + 1
    if people in (1, votes) or np.ptp(right) == 0:
        return float(votes)
    share = right.mean()
    surplus = np.bincount(listeners, right - share)  # (people,)
    variance = people / (people - 1) * (surplus**2).sum() / votes**2
    if variance == 0:
        return float(votes)
    quantiles = student.isf((1 - level) / 2, np.array([votes - 1, people - 1]))
    told = share * (1 - share) / variance * (quantiles[0] / quantiles[1]) ** 2
    return min(float(votes), float(told))


def d_prime(
    guesses: Sequence[Guess],
    random: np.random.Generator,
    *,
    resampled: Resampled = Resampled.LISTENERS,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> Discrimination:
    """d-prime of all guesses together, with the log-linear correction.

    Half a vote is added to hits and to false alarms, and one to the excerpts of either kind, always, so that
    it is finite (M. J. Hautus 1995, Behavior Research Methods 27(1)). As guesses of all listeners are pooled,
    it is a little below the mean of their own d-primes where they differ (N. A. Macmillan and H. L. Kaplan
    1985, Psychological Bulletin 98(1)).

    Guesses on excerpts of one kind only, or none: None. One listener, or the same answer to all excerpts of a
    kind: no interval, as nothing tells how rare the other answer is.
    """
    sample = Sample.of(guesses)
    human = np.array([guess.is_human for guess in guesses], dtype=bool)
    said = np.array([guess.said_human for guess in guesses], dtype=bool)
    columns = np.stack([human & said, human & ~said, ~human & said, ~human & ~said], axis=1).astype(
        np.float64
    )
    hits, misses, false_alarms, rejections = counts = [int(count) for count in columns.sum(axis=0)]
    if not (hits + misses and false_alarms + rejections):
        return Discrimination(None, None, sample, None, *counts)
    z_hits, z_false_alarms = _z_rates(columns.sum(axis=0, keepdims=True))
    interval = None
    if all(counts):
        groups = factors(
            resampled,
            numbered(guess.listener for guess in guesses),
            numbered(guess.piece for guess in guesses),
        )
        (interval,) = intervals(columns, groups, _d_primes, random, replicates, level)
    return Discrimination(
        float(z_hits[0] - z_false_alarms[0]),
        interval,
        sample,
        -float(z_hits[0] + z_false_alarms[0]) / 2,
        *counts,
    )


def _d_primes(sums: Numbers) -> Numbers:
    z_hits, z_false_alarms = _z_rates(sums)
    return (z_hits - z_false_alarms)[:, None]


def _z_rates(sums: Numbers) -> tuple[Numbers, Numbers]:
    """The z of the corrected rates of hits and of false alarms; `sums` has shape (replicates, 4)."""
    hits, misses, false_alarms, rejections = sums.T
    return (
        ndtri((hits + 0.5) / (hits + misses + 1)),
        ndtri((false_alarms + 0.5) / (false_alarms + rejections + 1)),
    )
