from collections.abc import Callable
from dataclasses import replace

import pytest

from listening.statistics.estimate import Sample
from listening.statistics.sign_test import sign_test
from listening.statistics.votes import Duel, Outcome

Fought = Callable[..., list[Duel]]


def test_ten_duels_by_hand(fought: Fought) -> None:
    """9 of 10: 2 * (10 + 1) / 2 ** 10 = 0.0215.

    Clopper and Pearson's bounds: 9 or more of 10 come with 10 p ** 9 (1 - p) + p ** 10, 9 or fewer with
    1 - p ** 10, and either is to be 0.025.
    """
    found = sign_test(fought("a", "b", 9, 1, ties=2, both_bad=1), "a", "b")
    assert found.estimate == 0.9
    assert found.p_value == pytest.approx(22 / 1024)
    assert (found.wins, found.losses, found.ties, found.both_bad) == (9, 1, 2, 1)
    assert found.interval is not None
    low, high = found.interval.low, found.interval.high
    assert 10 * low**9 * (1 - low) + low**10 == pytest.approx(0.025)
    assert 1 - high**10 == pytest.approx(0.025)
    assert found.sample == Sample(listeners=13, pieces=2, votes=13)


def test_it_does_not_matter_which_stood_first(fought: Fought) -> None:
    turned = {Outcome.FIRST: Outcome.SECOND, Outcome.SECOND: Outcome.FIRST}
    duels = fought("a", "b", 6, 3, ties=1)
    swapped = [
        replace(duel, first="b", second="a", outcome=turned.get(duel.outcome, duel.outcome)) for duel in duels
    ]
    assert sign_test(swapped, "a", "b") == sign_test(duels, "a", "b")
    assert sign_test(duels, "b", "a").wins == 3


def test_a_listener_counts_once() -> None:
    """Listener 0 wins 3 to 1, listener 1 loses 1 to 2, listener 2 is undecided."""
    answers = {0: "ffsf", 1: "fss", 2: "fs"}
    letters = {"f": Outcome.FIRST, "s": Outcome.SECOND}
    duels = [
        Duel(listener, f"a {place}", f"b {place}", "a", "b", letters[letter])
        for listener, row in answers.items()
        for place, letter in enumerate(row)
    ]
    found = sign_test(duels, "a", "b")
    assert (found.listeners_for, found.listeners_against) == (1, 1)
    assert (found.wins, found.losses) == (5, 4)
    assert (found.estimate, found.p_value) == (0.5, 1.0)


def test_other_conditions_are_passed_over(fought: Fought) -> None:
    assert sign_test([*fought("a", "b", 3, 1), *fought("a", "c", 0, 9)], "a", "b").losses == 1


@pytest.mark.parametrize("ties", [0, 4])
def test_none_decided(fought: Fought, ties: int) -> None:
    found = sign_test(fought("a", "b", 0, 0, ties=ties), "a", "b")
    assert (found.estimate, found.interval, found.p_value, found.ties) == (None, None, None, ties)


def test_one_vote_and_all_alike(fought: Fought) -> None:
    one = sign_test(fought("a", "b", 1, 0), "a", "b")
    assert (one.estimate, one.p_value) == (1.0, 1.0)
    assert one.interval is not None
    assert (one.interval.low, one.interval.high) == pytest.approx((0.025, 1.0))
    alike = sign_test(fought("a", "b", 0, 6), "a", "b")
    assert (alike.estimate, alike.p_value) == (0.0, pytest.approx(2 / 64))
