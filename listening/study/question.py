"""A question put to a listener, and what may be answered to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a listener is asked."""

    DUEL = "duel"
    """Which of two excerpts is better?"""
    GUESS = "guess"
    """Is this excerpt by a human or by a machine?"""
    LISTEN = "listen"
    """How good is this excerpt, 1 to 5?"""


class Role(StrEnum):
    """What a question is for."""

    ORDINARY = "ordinary"
    REPEATED = "repeated"
    """An excerpt that this listener has rated already: do they agree with themselves?"""
    TRAPPING = "trapping"
    """With a shuffled piece: do they listen?"""


class Answer(StrEnum):
    """What can be answered; `ANSWERS` says to which kind of question."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    BOTH_BAD = "both_bad"
    HUMAN = "human"
    MACHINE = "machine"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"


ANSWERS: Mapping[Kind, tuple[Answer, ...]] = {
    Kind.DUEL: (Answer.FIRST, Answer.SECOND, Answer.TIE, Answer.BOTH_BAD),
    Kind.GUESS: (Answer.HUMAN, Answer.MACHINE),
    Kind.LISTEN: (Answer.ONE, Answer.TWO, Answer.THREE, Answer.FOUR, Answer.FIVE),
}


@dataclass(frozen=True)
class Question:
    """What a listener hears, by ids of excerpts.

    Attributes:
        kind: how it is asked.
        role: what it is for.
        first: the excerpt, of a pair the one that is played as A.
        second: the one that is played as B; None where there is no pair.
    """

    kind: Kind
    role: Role
    first: str
    second: str | None = None

    @property
    def excerpts(self) -> tuple[str, ...]:
        """All that is heard."""
        return (self.first,) if self.second is None else (self.first, self.second)
