"""The end of a task: every accepted one is answered exactly once."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from jobs.contract import Contract
from jobs.request import PieceId
from jobs.result import GenerationResult


class Subject(StrEnum):
    """What a failure is about."""

    PIECE = "piece"
    PRIMER = "primer"


class Finished(Contract):
    """The piece is there; its files lie in blobs under the task's id.

    Attributes:
        outcome: by which the kinds of answer are told apart.
        version: of this contract.
        id: the task's.
        result: all about the piece.
        is_delivered: whether the piece stands in the chat already, as the worker has put it there; then only
            its MIDI lies in a blob.
    """

    outcome: Literal["finished"] = "finished"
    version: Literal[1] = 1
    id: PieceId
    result: GenerationResult
    is_delivered: bool = False


class Failed(Contract):
    """The piece cannot be made.

    Attributes:
        outcome: by which the kinds of answer are told apart.
        version: of this contract.
        id: the task's.
        about: what the sentence is about.
        sentence: for the user: what was wrong, and how to mend it.
    """

    outcome: Literal["failed"] = "failed"
    version: Literal[1] = 1
    id: PieceId
    about: Subject = Subject.PIECE
    sentence: str


class Canceled(Contract):
    """The piece was withdrawn before it was done; attributes as those of the others."""

    outcome: Literal["canceled"] = "canceled"
    version: Literal[1] = 1
    id: PieceId


Answer = Finished | Failed | Canceled

_ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="outcome")])


def read_answer(payload: str | bytes) -> Answer:
    """An answer from its JSON.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _ANSWER.validate_json(payload)
