"""The exact sign test: is one of two conditions preferred?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from listening.statistics.estimate import Estimate, Interval, Sample
from listening.statistics.resampling import LEVEL
from listening.statistics.votes import Duel, Id, Outcome


@dataclass(frozen=True)
class Preference(Estimate):
    """The share of decided listeners who prefer the first of two conditions.

    Attributes:
        first, second: the conditions.
        listeners_for, listeners_against: who preferred the first more often than the second, and less often.
        wins, losses: duels that the first won, and lost.
        ties, both_bad: duels in which neither was preferred.
        p_value: how likely so uneven a share is where neither is better, two-sided; None if none was decided.
    """

    first: str
    second: str
    listeners_for: int
    listeners_against: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    p_value: float | None


def sign_test(duels: Sequence[Duel], first: str, second: str, *, level: float = LEVEL) -> Preference:
    """The exact sign test of two conditions (W. J. Dixon, A. M. Mood 1946), in which a listener counts once.

    Listeners have tastes: where they give ten duels each, a test of the duels would find a difference two or
    three times as often as its level where there is none. Listeners who preferred both as often are left out;
    other conditions' duels are passed over; it does not matter which of the two stood first. The interval is
    that of Clopper and Pearson (1934); how often duels are won, Bradley-Terry's shares tell with an interval.

    None decided: share, interval and p are None. One, or all alike: the interval reaches to 0 or 1.
    """
    own = [duel for duel in duels if {duel.first, duel.second} == {first, second}]
    counts: Counter[Outcome] = Counter()
    leads: Counter[Id] = Counter()
    for duel in own:
        outcome = _turned(duel.outcome) if duel.first == second else duel.outcome
        counts[outcome] += 1
        leads[duel.listener] += (outcome is Outcome.FIRST) - (outcome is Outcome.SECOND)
    for_first = sum(lead > 0 for lead in leads.values())
    against = sum(lead < 0 for lead in leads.values())
    share, interval, p_value = None, None, None
    if for_first + against:
        test = binomtest(for_first, for_first + against)
        bounds = test.proportion_ci(level, method="exact")
        share, p_value = for_first / (for_first + against), float(test.pvalue)
        interval = Interval(float(bounds.low), float(bounds.high), level)
    return Preference(
        share,
        interval,
        Sample.of(own),
        first,
        second,
        for_first,
        against,
        counts[Outcome.FIRST],
        counts[Outcome.SECOND],
        counts[Outcome.TIE],
        counts[Outcome.BOTH_BAD],
        p_value,
    )


def _turned(outcome: Outcome) -> Outcome:
    return {Outcome.FIRST: Outcome.SECOND, Outcome.SECOND: Outcome.FIRST}.get(outcome, outcome)
