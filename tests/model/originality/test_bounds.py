import pytest

from model.originality.bounds import Bound, bound_at, bound_of
from model.originality.matching import Match


def test_a_bound_is_what_95_of_100_keep() -> None:
    matches = [Match(place, place / 1000) for place in range(101)]
    assert bound_of(60, matches) == Bound(60, 95, pytest.approx(0.095))


def test_between_two_lengths_it_lies_between_theirs() -> None:
    bounds = (Bound(60, 20, 0.12), Bound(180, 30, 0.08))
    assert bound_at(bounds, 120) == Bound(120, 25, pytest.approx(0.10))
    assert bound_at(bounds, 10) == Bound(10, 20, 0.12)
    assert bound_at(bounds, 300) == Bound(300, 30, 0.08)


@pytest.mark.parametrize(
    ("match", "likeness"),
    [
        (Match(20, 0.06), 1.0),
        (Match(10, 0.12), 1.0),
        (Match(40, 0.0), 2.0),
        (Match(0, 0.36), 3.0),
        (Match(), 0.0),
    ],
)
def test_likeness_is_that_of_the_worse_figure(match: Match, likeness: float) -> None:
    assert Bound(60, 20, 0.12).likeness(match) == pytest.approx(likeness)


def test_any_match_is_beyond_a_bound_of_nothing() -> None:
    assert Bound(60, 0, 0.0).likeness(Match(10, 0.02)) > 1
    assert Bound(60, 0, 0.0).likeness(Match()) == 0
