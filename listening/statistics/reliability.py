"""Which listeners cannot be relied on: they contradict themselves, or fall for trapping items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy.stats import binomtest

from listening.statistics.estimate import Interval
from listening.statistics.resampling import LEVEL
from listening.statistics.votes import Id, Rating

TOLERANCE = 1.0
"""How far apart two ratings of the same item may be."""

FEWEST_FAILURES = 2
"""One slip marks nobody."""


class Kind(StrEnum):
    """What a check is made by."""

    REPEATED = "repeated"
    TRAPPING = "trapping"


@dataclass(frozen=True)
class Check:
    """One look at a listener's care."""

    listener: Id
    kind: Kind
    is_passed: bool


@dataclass(frozen=True)
class Reliability:
    """A listener's mark.

    Attributes:
        listener: whose.
        estimate: the share of checks passed.
        interval: of that share, by Clopper and Pearson.
        checks: how many of either kind there were.
        failures: how many of either kind were failed.
        is_reliable: False for who failed at least `FEWEST_FAILURES` checks, and half of all or more.
    """

    listener: Id
    estimate: float
    interval: Interval
    checks: Mapping[Kind, int]
    failures: Mapping[Kind, int]
    is_reliable: bool


def rating_checks(
    ratings: Sequence[Rating], repeated: Sequence[Rating], trapping: Sequence[Rating]
) -> list[Check]:
    """The checks in a study of ratings.

    A repeated item is passed by a second rating within `TOLERANCE` of the first. A trapping item, such as a
    shuffled piece, is passed by a rating below the mean of the listener's ordinary ones: who rates everything
    alike fails. A listener without ordinary ratings is not checked by trapping items, nor is anybody by the
    repeat of an item not rated before.

    Args:
        ratings: of ordinary items, the first where one came twice.
        repeated: the second ratings, by the same ids.
        trapping: of trapping items.
    """
    first = {(rating.listener, rating.piece): rating.value for rating in ratings}
    ordinary: dict[Id, list[float]] = {}
    for rating in ratings:
        ordinary.setdefault(rating.listener, []).append(rating.value)
    checks = []
    for rating in repeated:
        before = first.get((rating.listener, rating.piece))
        if before is not None:
            checks.append(Check(rating.listener, Kind.REPEATED, abs(rating.value - before) <= TOLERANCE))
    for rating in trapping:
        own = ordinary.get(rating.listener)
        if own:
            checks.append(Check(rating.listener, Kind.TRAPPING, rating.value < sum(own) / len(own)))
    return checks


def reliabilities(checks: Sequence[Check], *, level: float = LEVEL) -> dict[Id, Reliability]:
    """The mark of every listener who was checked; nothing is said of others."""
    by_listener: dict[Id, list[Check]] = {}
    for check in checks:
        by_listener.setdefault(check.listener, []).append(check)
    return {listener: _reliability(listener, own, level) for listener, own in by_listener.items()}


def _reliability(listener: Id, checks: Sequence[Check], level: float) -> Reliability:
    count = len(checks)
    passed = sum(check.is_passed for check in checks)
    failed = count - passed
    bounds = binomtest(passed, count).proportion_ci(level, method="exact")
    return Reliability(
        listener,
        passed / count,
        Interval(float(bounds.low), float(bounds.high), level),
        {kind: sum(check.kind is kind for check in checks) for kind in Kind},
        {kind: sum(check.kind is kind and not check.is_passed for check in checks) for kind in Kind},
        failed < FEWEST_FAILURES or 2 * failed < count,
    )
