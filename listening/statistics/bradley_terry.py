"""The Bradley-Terry model: one scale on which all conditions stand, from blind pairs.

A condition of strength a is preferred to one of strength b with probability 1 / (1 + exp(b - a)) (R. A.
Bradley, M. E. Terry 1952, Biometrika 39). Ties count as half a win for either; "both bad" is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from listening.statistics.estimate import Estimate, Interval, Sample
from listening.statistics.resampling import LEVEL, REPLICATES, intervals
from listening.statistics.votes import Duel, Integers, Numbers, Outcome, numbered

PRIOR_DEVIATION = 3.0
"""Standard deviation of the normal prior on strengths, which keeps that of one who never lost finite.

Small: at 30 duels of two conditions it moves a preference of 70 % by less than half a percent.
"""

POINTS = 400 / log(10)
"""Elo points of one unit of strength: 400 points are odds of ten to one."""

_MOST_STEPS = 100
_LONGEST_STEP = 2.0
_ENOUGH = 1e-10


@dataclass(frozen=True)
class Strength(Estimate):
    """A condition's strength in log odds; 0 is the mean of all. `points` are Elo's, 0 the mean too."""

    condition: str
    points: float

    @property
    def points_interval(self) -> Interval | None:
        """The interval in Elo's points."""
        one = self.interval
        return None if one is None else Interval(one.low * POINTS, one.high * POINTS, one.level)


@dataclass(frozen=True)
class BradleyTerry:
    """All conditions on one scale.

    Attributes:
        strengths: the strongest first.
        shares: for each two conditions in either order, how often the first is preferred to the second.
        sample: the duels that were counted.
        both_bad: how many were left out.
    """

    strengths: tuple[Strength, ...]
    shares: Mapping[tuple[str, str], Estimate]
    sample: Sample
    both_bad: int


def bradley_terry(
    duels: Sequence[Duel],
    random: np.random.Generator,
    *,
    prior_deviation: float = PRIOR_DEVIATION,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> BradleyTerry:
    """Fits strengths by maximum a posteriori; intervals resample listeners.

    Where a condition won every duel against some others, or lost it, or was never compared with them, votes
    bound its distance from them on one side at most: its share against them has no interval, and its strength
    has none unless it stands with more than half of the conditions (L. R. Ford 1957, American Mathematical
    Monthly 64(8), tells when strengths exist). No duels: nothing. One listener: no intervals.
    """
    counted = [duel for duel in duels if duel.outcome is not Outcome.BOTH_BAD]
    sample = Sample.of(counted)
    both_bad = len(duels) - len(counted)
    if not counted:
        return BradleyTerry((), {}, sample, both_bad)
    names = sorted({name for duel in counted for name in (duel.first, duel.second)})
    columns = _wins(counted, names)
    count = len(names)

    def figures(sums: Numbers) -> Numbers:
        strengths = fitted_strengths(sums.reshape(-1, count, count), prior_deviation)
        differences = strengths[:, :, None] - strengths[:, None, :]
        return np.concatenate([strengths, expit(differences).reshape(-1, count * count)], axis=1)

    wins = columns.sum(axis=0)
    strengths, shares = np.split(figures(wins[None])[0], [count])
    listeners = [numbered(duel.listener for duel in counted)]
    bounds = intervals(columns, listeners, figures, random, replicates, level)
    together = connected_components(wins.reshape(count, count) > 0, connection="strong")[1]
    main = _main(together)
    return BradleyTerry(
        tuple(
            Strength(
                float(strengths[place]),
                bounds[place] if together[place] == main else None,
                Sample.of([duel for duel in counted if names[place] in {duel.first, duel.second}]),
                names[place],
                float(strengths[place] * POINTS),
            )
            for place in np.argsort(-strengths, kind="stable")
        ),
        {
            (first, second): Estimate(
                float(shares[one * count + two]),
                bounds[count + one * count + two] if together[one] == together[two] else None,
                Sample.of([duel for duel in counted if {duel.first, duel.second} == {first, second}]),
            )
            for one, first in enumerate(names)
            for two, second in enumerate(names)
            if one != two
        },
        sample,
        both_bad,
    )


def fitted_strengths(wins: Numbers, prior_deviation: float = PRIOR_DEVIATION) -> Numbers:
    """Strengths of greatest posterior density, by Newton's method.

    Args:
        wins: how often the one condition was preferred to the other, shape (replicates, conditions,
            conditions).
        prior_deviation: of the normal prior around 0.

    Returns:
        shape (replicates, conditions), of mean 0.
    """
    duels = wins + wins.transpose(0, 2, 1)
    won = wins.sum(axis=2)
    precision = prior_deviation**-2
    strengths = np.zeros(won.shape)
    prior = precision * np.eye(won.shape[1])
    for _ in range(_MOST_STEPS):
        expected = expit(strengths[:, :, None] - strengths[:, None, :])
        slope = won - (duels * expected).sum(axis=2) - precision * strengths
        curvature = duels * expected * (1 - expected)
        hessian = prior - curvature
        places = np.arange(won.shape[1])
        hessian[:, places, places] += curvature.sum(axis=2)
        step = np.linalg.solve(hessian, slope[:, :, None])[:, :, 0]
        strengths += np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() < _ENOUGH:
            break
    centred: Numbers = strengths - strengths.mean(axis=1, keepdims=True)
    return centred


def _wins(duels: Sequence[Duel], names: Sequence[str]) -> Numbers:
    """Of each duel what it adds to the table of wins, shape (duels, conditions * conditions)."""
    places = {name: place for place, name in enumerate(names)}
    first_share = {Outcome.FIRST: 1.0, Outcome.SECOND: 0.0, Outcome.TIE: 0.5}
    table = np.zeros((len(duels), len(names), len(names)))
    for number, duel in enumerate(duels):
        first, second = places[duel.first], places[duel.second]
        table[number, first, second] = first_share[duel.outcome]
        table[number, second, first] = 1 - first_share[duel.outcome]
    return table.reshape(len(duels), -1)


def _main(together: Integers) -> int | None:
    """The group that has more than half of the conditions, if there is one."""
    sizes = np.bincount(together)
    return int(sizes.argmax()) if 2 * sizes.max() > together.size else None
