"""A figure with its interval, and how many listeners, pieces and votes it rests on."""

from collections.abc import Collection
from dataclasses import dataclass

from listening.statistics.votes import Duel, Guess, Rating


@dataclass(frozen=True)
class Interval:
    """A confidence interval; `level` is its nominal coverage, such as 0.95."""

    low: float
    high: float
    level: float


@dataclass(frozen=True)
class Sample:
    """How many different listeners and pieces took part, and how many votes were counted."""

    listeners: int
    pieces: int
    votes: int

    @classmethod
    def of(cls, votes: Collection[Rating | Guess | Duel]) -> "Sample":
        """Counts some votes."""
        pieces = {
            piece
            for vote in votes
            for piece in ((vote.first_piece, vote.second_piece) if isinstance(vote, Duel) else (vote.piece,))
        }
        return cls(len({vote.listener for vote in votes}), len(pieces), len(votes))


@dataclass(frozen=True)
class Estimate:
    """A figure.

    Attributes:
        estimate: None where there is nothing to estimate it from.
        interval: None where the votes do not tell how certain the estimate is.
        sample: what it rests on.
    """

    estimate: float | None
    interval: Interval | None
    sample: Sample
