"""What a front asks of the workers: to compose a piece, or to render one again."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from jobs.contract import Contract
from jobs.errors import RequestError
from jobs.request import GenerationRequest, PieceId
from jobs.result import GenerationResult

Address = Annotated[str, Field(pattern="^[a-z0-9:]{1,64}$")]
"""Where the answer goes: the memory that will hold the piece, and the kind of front that asked."""


class Fairness(Contract):
    """On whose behalf a task is done: of one key so many are queued or done at once, others wait behind them.

    Attributes:
        key: of a listener.
        at_once: how many of their tasks.
    """

    key: str = Field(pattern="^[a-z0-9-]{1,64}$")
    at_once: int = Field(ge=1)


class ComposeTask(Contract):
    """Compose a piece: MIDI, audio and picture.

    Attributes:
        kind: by which workers know what to do.
        version: of this contract.
        request: complete, every default resolved.
        reply_to: where the answer goes.
        fairness: how it waits among others; None where it just waits in line.
    """

    kind: Literal["compose"] = "compose"
    version: Literal[1] = 1
    request: GenerationRequest
    reply_to: Address
    fairness: Fairness | None = None

    @property
    def id(self) -> str:
        """The task's id, which is the piece's."""
        return self.request.id


class RenderTask(Contract):
    """Render a stored piece again: its MIDI becomes audio and picture.

    Attributes:
        kind: by which workers know what to do.
        version: of this contract.
        id: of this rendering; not the piece's, which may be rendered any number of times.
        piece: what was said of it; its request may name another audio format than then.
        reply_to: where the answer goes.
        fairness: as of a piece to be composed.
    """

    kind: Literal["render"] = "render"
    version: Literal[1] = 1
    id: PieceId
    piece: GenerationResult
    reply_to: Address
    fairness: Fairness | None = None


Task = ComposeTask | RenderTask

_TASK: TypeAdapter[Task] = TypeAdapter(Annotated[Task, Field(discriminator="kind")])


def memory_of(address: str) -> str:
    """The name of the memory that an address is of."""
    return address.partition(":")[0]


def read_task(payload: str | bytes) -> Task:
    """A task from its JSON.

    Raises:
        RequestError: it is none, or one of another version.
    """
    try:
        return _TASK.validate_json(payload)
    except ValidationError as error:
        raise RequestError("The request is none that this worker understands: update Etude.") from error
