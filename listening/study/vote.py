"""A vote as it is counted: who answered what to which question, known by a pseudonym alone."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from listening.study.question import Answer, Question


class LeftOut(StrEnum):
    """Why a vote is not counted."""

    TOO_EARLY = "too_early"
    """It came before half of what there was to hear could have been heard."""
    DELETED = "deleted"
    """The piece was deleted, before or after the vote."""
    OWN = "own"
    """The listener had asked for the piece themselves."""
    UNRELIABLE = "unreliable"
    """The listener contradicts themselves or falls for trapping items."""


@dataclass(frozen=True, kw_only=True)
class Vote:
    """An answered question.

    Attributes:
        listener: their pseudonym in this study.
        question: what was asked.
        answer: what was answered.
        shown_at: when the question appeared, in UTC.
        answered_at: when it was answered.
        left_out: why it is not counted, as far as one vote alone tells; None where nothing speaks against it.
    """

    listener: str
    question: Question
    answer: Answer
    shown_at: datetime
    answered_at: datetime
    left_out: LeftOut | None


def pseudonym(salt: str, listener: int) -> str:
    """The name of a study's listener in reports and exports: nobody can compute it without the study's salt.

    It is made of the row's number, not of a person's id: once that is erased, no way leads back.
    """
    return hmac.new(salt.encode(), str(listener).encode(), hashlib.sha256).hexdigest()[:12]
