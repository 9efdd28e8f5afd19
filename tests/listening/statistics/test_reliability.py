import pytest

from listening.statistics.reliability import Check, Kind, rating_checks, reliabilities
from listening.statistics.votes import Rating

ORDINARY = [Rating("ann", piece, value) for piece, value in (("a", 4), ("b", 2), ("c", 3))]


def test_repeats_may_differ_by_one() -> None:
    again = [Rating("ann", "a", 5), Rating("ann", "b", 4), Rating("ann", "never heard", 1)]
    assert rating_checks(ORDINARY, again, []) == [
        Check("ann", Kind.REPEATED, is_passed=True),
        Check("ann", Kind.REPEATED, is_passed=False),
    ]


def test_traps_are_rated_below_ones_own_mean() -> None:
    traps = [Rating("ann", "t", 2), Rating("ann", "u", 3), Rating("bob", "t", 1)]
    assert rating_checks(ORDINARY, [], traps) == [
        Check("ann", Kind.TRAPPING, is_passed=True),
        Check("ann", Kind.TRAPPING, is_passed=False),
    ]


def test_who_rates_everything_alike_falls_for_traps() -> None:
    same = [Rating("cy", piece, 3) for piece in "abc"]
    marks = reliabilities(rating_checks(same, same[:2], [Rating("cy", "t", 3), Rating("cy", "u", 3)]))
    assert not marks["cy"].is_reliable
    assert marks["cy"].failures == {Kind.REPEATED: 0, Kind.TRAPPING: 2}
    assert marks["cy"].checks == {Kind.REPEATED: 2, Kind.TRAPPING: 2}


@pytest.mark.parametrize(
    ("passed", "failed", "is_reliable"),
    [(1, 0, True), (0, 1, True), (3, 1, True), (2, 2, False), (3, 2, True), (0, 2, False)],
)
def test_two_failures_and_half_of_all_mark_a_listener(passed: int, failed: int, is_reliable: bool) -> None:
    checks = [Check("dee", Kind.REPEATED, is_passed=number < passed) for number in range(passed + failed)]
    mark = reliabilities(checks)["dee"]
    assert mark.is_reliable is is_reliable
    assert mark.estimate == pytest.approx(passed / (passed + failed))


def test_the_share_passed_has_an_exact_interval() -> None:
    """Of none in 2 the upper bound is 1 - 0.025 ** (1 / 2)."""
    mark = reliabilities([Check("eve", Kind.TRAPPING, is_passed=False)] * 2)["eve"]
    assert (mark.interval.low, mark.interval.high) == pytest.approx((0.0, 1 - 0.025**0.5))


def test_nothing_is_said_of_who_was_not_checked() -> None:
    assert reliabilities(rating_checks(ORDINARY, [], [])) == {}
    assert reliabilities(rating_checks([], ORDINARY, ORDINARY)) == {}
