import pytest

from listening.statistics.estimate import Sample
from listening.statistics.shrinkage import PRIOR_VOTES, shrunken_means
from listening.statistics.votes import Rating

DYESTUFF = {  # O. L. Davies, P. L. Goldsmith 1972, "Statistical Methods in Research and Production", 6.4
    "A": (1545, 1440, 1440, 1520, 1580),
    "B": (1540, 1555, 1490, 1560, 1495),
    "C": (1595, 1550, 1605, 1510, 1560),
    "D": (1445, 1440, 1595, 1465, 1545),
    "E": (1595, 1630, 1515, 1635, 1625),
    "F": (1520, 1455, 1450, 1480, 1445),
}


def ratings(table: dict[str, tuple[float, ...]]) -> list[Rating]:
    return [
        Rating(listener, piece, value)
        for piece, values in table.items()
        for listener, value in enumerate(values)
    ]


def test_the_dyestuff_data_by_hand() -> None:
    """Batch means are 1505, 1528, 1564, 1498, 1600 and 1470, their mean 1527.5.

    Squares about them: 58830 within batches, / 24 = 2451.25. The means' own about 1527.5: 506.25 + 0.25 +
    1332.25 + 870.25 + 5256.25 + 3306.25 = 11271.5, / 5 = 2254.3 = between + 2451.25 / 5: between = 1764.05.
    (lme4 prints the same: D. M. Bates 2010, "lme4: Mixed-effects modeling with R", ch. 1.) The mean of batch
    A is 22.5 below the grand mean, and its prediction 22.5 * 1764.05 / (1764.05 + 490.25) = 17.606 below.
    """
    found = shrunken_means(ratings(DYESTUFF), scale=(0, 3000))
    assert found.grand_mean == pytest.approx(1527.50)
    assert found.between == pytest.approx(1764.05, abs=0.005)
    assert found.within == pytest.approx(2451.25, abs=0.005)
    assert found.prior_votes == pytest.approx(2451.25 / 1764.05)
    assert [one.piece for one in found.pieces] == ["E", "C", "B", "A", "D", "F"]
    modes = {one.piece: (one.estimate or 0) - 1527.50 for one in found.pieces}
    assert modes["A"] == pytest.approx(-17.606, abs=0.001)
    assert modes["E"] == pytest.approx(72.5 * 17.606 / 22.5, abs=0.003)
    # The posterior variance: 1764.05 * 490.25 / (1764.05 + 490.25) = 383.63, of deviation 19.587.
    interval = found.pieces[0].interval
    assert interval is not None
    assert interval.high - interval.low == pytest.approx(2 * 1.95996 * 19.587, abs=0.01)


def test_unequal_numbers_by_hand() -> None:
    """Within: (0.5 + 0.5 + 0) / 2 = 0.5. Between: squares 10.075 / 2 = 5.0375, n0 = (5 - 9 / 5) / 2 = 1.6."""
    found = shrunken_means(ratings({"a": (5, 4), "b": (2, 1), "c": (3,)}))
    assert found.within == pytest.approx(0.5)
    squares = 2 * 1.5**2 + 2 * 1.5**2 + 0  # about the mean of all, 3
    between = (squares / 2 - 0.5) / 1.6
    assert found.between == pytest.approx(between)
    assert found.prior_votes == 1.0  # 0.5 / 2.5 is below the fewest
    assert found.grand_mean == pytest.approx(
        (2 / 3 * 4.5 + 2 / 3 * 1.5 + 1 / 2 * 3) / (2 / 3 + 2 / 3 + 1 / 2)
    )
    best = found.pieces[0]
    assert best.piece == "a"
    assert best.mean == 4.5
    assert best.estimate == pytest.approx((2 * 4.5 + 1 * 3) / 3)
    assert best.sample == Sample(listeners=2, pieces=1, votes=2)


def test_one_vote_does_not_win() -> None:
    steady = {f"piece {number}": (4.0, 5.0, 4.0, 5.0, 4.0, 5.0) for number in range(3)}
    poor = {f"poor {number}": (3.0, 2.0, 3.0, 2.0) for number in range(3)}
    found = shrunken_means(ratings({**steady, **poor, "lucky": (5.0,)}))
    assert found.pieces[0].piece != "lucky"
    assert next(one for one in found.pieces if one.piece == "lucky").mean == 5.0


def test_data_that_say_little() -> None:
    empty = shrunken_means([])
    assert empty.pieces == ()
    assert (empty.grand_mean, empty.within, empty.between) == (None, None, None)
    (one,) = shrunken_means(ratings({"a": (4,)})).pieces
    assert (one.estimate, one.interval, one.mean) == (4.0, None, 4.0)
    equal = shrunken_means(ratings({"a": (3, 3), "b": (3,)}))
    assert [one.estimate for one in equal.pieces] == pytest.approx([3.0, 3.0])
    assert [one.interval for one in equal.pieces] == [None, None]
    assert [one.piece for one in equal.pieces] == ["a", "b"]


def test_where_ratings_do_not_tell_how_pieces_differ() -> None:
    once_each = shrunken_means(ratings({"a": (5,), "b": (3,), "c": (1,)}))
    assert once_each.prior_votes == PRIOR_VOTES
    assert [one.estimate for one in once_each.pieces] == pytest.approx([3 + 2 / 6, 3, 3 - 2 / 6])
    assert all(one.interval is not None for one in once_each.pieces)
    one_piece = shrunken_means(ratings({"a": (5, 3)}))
    assert one_piece.prior_votes == PRIOR_VOTES
    assert one_piece.pieces[0].estimate == 4.0
    alike = shrunken_means(ratings({"a": (5, 1), "b": (1, 5)}))
    assert alike.between == 0.0
    assert alike.prior_votes == 50.0


def test_intervals_stay_on_the_scale() -> None:
    for one in shrunken_means(ratings({"a": (5, 5, 4), "b": (1, 1, 2)})).pieces:
        assert one.interval is not None
        assert 1 <= one.interval.low <= one.interval.high <= 5
