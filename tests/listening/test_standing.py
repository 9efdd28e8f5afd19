from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listening.store.standing import Standing, rating


def heard(value: int, turn: int) -> Standing:
    return Standing(value, turn, is_heard=True, learned_at=datetime.now(UTC))


def found(value: int, turn: int) -> Standing:
    """One that was learned by asking Discord."""
    return Standing(value, turn, is_heard=False, learned_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("standing", "value"),
    [
        ([], None),
        ([heard(3, 1)], 3),
        ([found(3, 1)], 3),
        ([heard(3, 1), heard(5, 2)], 5),
        ([heard(5, 2), heard(3, 1)], 5),
        # Found while no other stands, or beside one of the same value under another message.
        ([found(4, 2), heard(4, 1)], 4),
        ([found(4, 2), found(4, 7)], 4),
        # Which of two came last is unknown.
        ([found(3, 2), found(5, 2)], None),
        ([found(3, 2), found(5, 3)], None),
        ([heard(5, 1), found(3, 2)], None),
        ([heard(3, 1), heard(5, 2), found(3, 3)], None),
        # What was heard before the last one that was heard cannot be the last.
        ([heard(3, 1), heard(5, 2), found(5, 3)], 5),
        # The listener has acted since.
        ([found(3, 2), found(5, 2), heard(1, 3)], 1),
        ([found(3, 2), heard(5, 3)], 5),
    ],
)
def test_the_last_reaction_that_stands_counts(standing: list[Standing], value: int | None) -> None:
    counted = rating(standing)
    assert (counted and counted.value) == value


VALUES = st.integers(1, 5)


@given(st.lists(VALUES, max_size=30))
def test_of_events_that_were_all_heard_the_last_that_still_stands_counts(values: list[int]) -> None:
    standing: dict[int, Standing] = {}
    for turn, value in enumerate(values, 1):  # each sets what does not stand, and removes what does
        if standing.pop(value, None) is None:
            standing[value] = heard(value, turn)
    assert rating(standing.values()) == next(reversed(standing.values()), None)


@given(st.sets(VALUES, min_size=2), st.permutations([1, 2, 3, 4, 5]))
def test_where_events_were_missed_none_counts_until_one_is_left(
    values: set[int], removals: list[int]
) -> None:
    standing = {value: found(value, 7) for value in values}
    for value in removals:
        if len(standing) > 1:
            assert rating(standing.values()) is None
            standing.pop(value, None)
    (left,) = standing.values()
    assert rating([left]) == left


@given(st.lists(st.builds(found, VALUES, st.integers(1, 9)) | st.builds(heard, VALUES, st.integers(1, 9))))
def test_what_is_set_after_all_others_counts(standing: list[Standing]) -> None:
    last = heard(2, 10)
    assert rating([*standing, last]) == last
