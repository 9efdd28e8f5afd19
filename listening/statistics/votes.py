"""Votes as listeners cast them: ratings, guesses and duels."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Integers = NDArray[np.intp]

Id = int | str
"""Names a listener or a piece; all ids of one kind are of one type."""


@dataclass(frozen=True, slots=True)
class Rating:
    """How much a listener liked a piece; 1..5 unless a function says otherwise."""

    listener: Id
    piece: Id
    value: float


@dataclass(frozen=True, slots=True)
class Guess:
    """Whether a listener took an excerpt for the work of a human."""

    listener: Id
    piece: Id
    is_human: bool
    said_human: bool

    @property
    def is_correct(self) -> bool:
        """Whether the listener was right."""
        return self.is_human == self.said_human


class Outcome(StrEnum):
    """What a listener answered to a blind pair."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    BOTH_BAD = "both bad"


@dataclass(frozen=True, slots=True)
class Duel:
    """Which of two pieces a listener preferred; `first` and `second` are the conditions they stand for."""

    listener: Id
    first_piece: Id
    second_piece: Id
    first: str
    second: str
    outcome: Outcome

    def __post_init__(self) -> None:
        if self.first == self.second:
            raise ValueError(f"A duel of {self.first!r} with itself compares nothing.")


def numbered(ids: Iterable[Id]) -> Integers:
    """The number of each id, 0 for the least: the same whatever the order in which votes are read."""
    return np.unique(np.array(list(ids)), return_inverse=True)[1]
