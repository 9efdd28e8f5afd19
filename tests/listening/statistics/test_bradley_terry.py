from collections.abc import Callable
from itertools import combinations
from math import exp, log

import choix
import numpy as np
import pytest

from listening.statistics.bradley_terry import PRIOR_DEVIATION, BradleyTerry, bradley_terry
from listening.statistics.estimate import Sample
from listening.statistics.votes import Duel, Outcome

Fought = Callable[..., list[Duel]]

BASEBALL = {  # A. Agresti 2002, "Categorical Data Analysis", table 10.10: who won how often against whom
    "Milwaukee": (0, 7, 9, 7, 7, 9, 11),
    "Detroit": (6, 0, 7, 5, 11, 9, 9),
    "Toronto": (4, 6, 0, 7, 7, 8, 12),
    "New York": (6, 8, 6, 0, 6, 7, 10),
    "Boston": (6, 2, 6, 7, 0, 7, 12),
    "Cleveland": (4, 4, 5, 6, 6, 0, 6),
    "Baltimore": (2, 4, 1, 3, 1, 7, 0),
}


def strengths(found: BradleyTerry) -> dict[str, float]:
    return {one.condition: one.estimate for one in found.strengths if one.estimate is not None}


def test_agrestis_baseball(fought: Fought, random: np.random.Generator) -> None:
    """Without a prior the likelihood is greatest where every team is expected to win as often as it did.

    That is told from the strengths alone; choix and rounded figures say the same a second time.
    """
    teams = list(BASEBALL)
    duels = [
        duel
        for place, team in enumerate(teams)
        for other, wins in zip(teams, BASEBALL[team], strict=True)
        if teams.index(other) > place
        for duel in fought(team, other, wins, BASEBALL[other][place])
    ]
    found = bradley_terry(duels, random, prior_deviation=1e4, replicates=200)
    games = np.array([BASEBALL[team] for team in teams])
    own = np.array([strengths(found)[team] for team in teams])
    expected = (games + games.T) / (1 + np.exp(own - own[:, None]))
    assert expected.sum(axis=1) == pytest.approx(games.sum(axis=1), abs=1e-3)
    wins = [(one, two) for one, two in np.ndindex(games.shape) for _ in range(games[one, two])]
    assert own == pytest.approx(choix.opt_pairwise(len(teams), wins, tol=1e-9), abs=1e-4)
    above = {team: strength - strengths(found)["Baltimore"] for team, strength in strengths(found).items()}
    assert {team: round(strength, 2) for team, strength in above.items()} == {
        "Milwaukee": 1.58,
        "Detroit": 1.44,
        "Toronto": 1.29,
        "New York": 1.25,
        "Boston": 1.11,
        "Cleveland": 0.68,
        "Baltimore": 0.0,
    }
    assert found.strengths[0].condition == "Milwaukee"
    assert sum(strengths(found).values()) == pytest.approx(0.0)


def test_choix_says_the_same(fought: Fought, random: np.random.Generator) -> None:
    """It takes no half votes: everything is given to it twice, and its prior is as much stronger.

    Its penalty is alpha times the sum of squares, ours half the prior's precision times it.
    """
    names = ["a", "b", "c", "d"]
    wins = np.random.default_rng(3).integers(0, 9, (4, 4))
    duels, doubled = [], []
    for (one, first), (two, second) in combinations(enumerate(names), 2):
        ties = one + two
        duels += fought(first, second, wins[one, two], wins[two, one], ties)
        doubled += [(one, two)] * (2 * wins[one, two] + ties) + [(two, one)] * (2 * wins[two, one] + ties)
    theirs = choix.opt_pairwise(4, doubled, alpha=PRIOR_DEVIATION**-2, tol=1e-9)
    found = strengths(bradley_terry(duels, random, replicates=2))
    assert [found[name] for name in names] == pytest.approx(list(theirs - theirs.mean()), abs=1e-6)


def test_two_conditions_by_hand(fought: Fought, random: np.random.Generator) -> None:
    """Without a prior the odds are those of the votes, ties being half a win for each: (6 + 1) to (2 + 1)."""
    duels = fought("a", "b", wins=6, losses=2, ties=2, both_bad=3)
    found = bradley_terry(duels, random, prior_deviation=1e4)
    assert strengths(found) == pytest.approx({"a": log(7 / 3) / 2, "b": -log(7 / 3) / 2})
    assert found.shares["a", "b"].estimate == pytest.approx(0.7)
    assert found.shares["b", "a"].estimate == pytest.approx(0.3)
    assert found.strengths[0].points == pytest.approx(200 * np.log10(7 / 3))
    assert found.sample == Sample(listeners=10, pieces=2, votes=10)
    assert found.both_bad == 3
    interval = found.shares["a", "b"].interval
    assert interval is not None
    assert interval.low < 0.7 < interval.high


def test_the_prior_hardly_moves_thirty_votes(fought: Fought, random: np.random.Generator) -> None:
    share = bradley_terry(fought("a", "b", 21, 9), random, replicates=2).shares["a", "b"].estimate
    assert share == pytest.approx(0.70, abs=0.005)


def test_intervals_are_the_exact_bootstraps(fought: Fought, random: np.random.Generator) -> None:
    """Two conditions, 40 listeners of one vote: the share's distribution is binomial."""
    interval = bradley_terry(fought("a", "b", 24, 16), random, replicates=10_000).shares["a", "b"].interval
    assert interval is not None
    error = np.sqrt(0.6 * 0.4 / 40) * 2.0227 * np.sqrt(40 / 39)  # Student's t of 39 degrees of freedom
    assert interval.low == pytest.approx(0.6 - error, abs=0.02)
    assert interval.high == pytest.approx(0.6 + error, abs=0.02)


def test_who_never_lost_is_strong_but_finite(fought: Fought, random: np.random.Generator) -> None:
    duels = fought("human", "model", 20, 0, listeners=7)
    found = bradley_terry(duels, random)
    gap = strengths(found)["human"] - strengths(found)["model"]
    slope = 20 / (1 + exp(gap))  # at the mode the votes' pull equals the prior's, which is gap / 2 / 9
    assert slope == pytest.approx(gap / 2 / PRIOR_DEVIATION**2)
    assert [one.interval for one in found.strengths] == [None, None]
    assert found.shares["human", "model"].interval is None


def test_one_who_always_loses_leaves_the_others_their_intervals(
    fought: Fought, random: np.random.Generator
) -> None:
    duels = [
        *fought("a", "b", 9, 7),
        *fought("b", "c", 8, 9),
        *fought("a", "c", 8, 6),
        *fought("a", "baseline", 9, 0),
        *fought("b", "baseline", 9, 0),
    ]
    found = bradley_terry(duels, random)
    assert found.strengths[-1].condition == "baseline"
    assert [one.interval is None for one in found.strengths] == [False, False, False, True]
    assert found.shares["a", "c"].interval is not None
    assert found.shares["a", "baseline"].interval is None


def test_conditions_that_never_met(fought: Fought, random: np.random.Generator) -> None:
    found = bradley_terry([*fought("a", "b", 6, 4), *fought("c", "d", 6, 4)], random)
    assert found.shares["a", "c"].interval is None
    assert found.shares["a", "c"].sample == Sample(0, 0, 0)
    assert found.shares["a", "b"].interval is not None
    assert all(one.interval is None for one in found.strengths)


def test_the_same_seed_and_any_order_give_the_same(fought: Fought) -> None:
    duels = [*fought("a", "b", 6, 4, listeners=5), *fought("b", "c", 4, 3, listeners=5)]
    once, again = (bradley_terry(some, np.random.default_rng(5)) for some in (duels, duels[::-1]))
    for one, other in zip(once.strengths, again.strengths, strict=True):
        assert one.interval is not None
        assert other.interval is not None
        assert other.interval.low == pytest.approx(one.interval.low)


def test_data_that_say_little(fought: Fought, random: np.random.Generator) -> None:
    empty = bradley_terry([], random)
    assert (empty.strengths, dict(empty.shares), empty.sample) == ((), {}, Sample(0, 0, 0))
    bad = bradley_terry(fought("a", "b", 0, 0, both_bad=3), random)
    assert (bad.strengths, bad.both_bad) == ((), 3)
    one = bradley_terry(fought("a", "b", 1, 0), random)
    assert [strength.interval for strength in one.strengths] == [None, None]
    assert strengths(one)["a"] > 0 > strengths(one)["b"]
    tied = bradley_terry(fought("a", "b", 0, 0, ties=5), random)
    assert list(strengths(tied).values()) == pytest.approx([0.0, 0.0])
    assert tied.shares["a", "b"].estimate == pytest.approx(0.5)
    assert tied.shares["a", "b"].interval is None


def test_a_condition_does_not_meet_itself() -> None:
    with pytest.raises(ValueError, match="itself"):
        Duel(1, "x", "y", "a", "a", Outcome.TIE)
