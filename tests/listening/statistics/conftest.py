from collections.abc import Callable, Sequence

import numpy as np
import pytest

from listening.statistics.votes import Duel, Outcome, Rating

Rows = Callable[[Sequence[Sequence[float | None]]], list[Rating]]
Fought = Callable[..., list[Duel]]


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.fixture
def rated() -> Rows:
    """Ratings from a table: a row a listener, a column a piece, None where a listener did not rate it."""

    def ratings(table: Sequence[Sequence[float | None]]) -> list[Rating]:
        return [
            Rating(listener, f"piece {piece:02}", value)
            for listener, row in enumerate(table)
            for piece, value in enumerate(row)
            if value is not None
        ]

    return ratings


@pytest.fixture
def fought() -> Fought:
    """Duels of two conditions, each duel by a listener of its own unless there are fewer listeners."""

    def duels(
        first: str,
        second: str,
        wins: int,
        losses: int,
        ties: int = 0,
        both_bad: int = 0,
        listeners: int = 10**6,
    ) -> list[Duel]:
        outcomes = (
            [Outcome.FIRST] * wins
            + [Outcome.SECOND] * losses
            + [Outcome.TIE] * ties
            + [Outcome.BOTH_BAD] * both_bad
        )
        return [
            Duel(number % listeners, f"{first} 1", f"{second} 1", first, second, outcome)
            for number, outcome in enumerate(outcomes)
        ]

    return duels
