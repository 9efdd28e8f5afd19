"""How far a piece has come: told by the worker while it waits, heard by whoever is listening."""

from enum import StrEnum

from jobs.contract import Contract
from jobs.request import Share


class Stage(StrEnum):
    """What is being done to a piece, in order."""

    SAMPLE = "sample"
    PICTURE = "picture"
    RENDER = "render"
    ENCODE = "encode"
    DELIVER = "deliver"


class Progress(Contract):
    """The stage that a piece is in, and the share of that stage that is done, 0 to 1."""

    stage: Stage
    share: Share
