"""A request made in chat, and the message that answers it: what is known of one, and how it ends."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from jobs.errors import RequestError
from jobs.task import Task, read_task
from listening.store.errors import MessageError, RevisionError
from listening.store.tables import Message, Reaction


class State(StrEnum):
    """How far a request is.

    Attributes:
        ASKED: stored; the chat has not answered it yet, or not said with which message.
        WAITING: its message stands in the chat, and says so.
        DELIVERED: its message shows the piece.
        FAILED: its message says why there is no piece.
        CANCELED: it was withdrawn.
        DELETED: nobody wants it any more, its piece is not stored or not stored again, and of the message
            only the ids are kept, so that it can be taken out of the chat. Final.
    """

    ASKED = "asked"
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELED = "canceled"
    DELETED = "deleted"


UNFINISHED = (State.ASKED, State.WAITING)
Closed = Literal[State.DELIVERED, State.FAILED, State.CANCELED, State.DELETED]
"""In which a request is not waited for any more."""
BEFORE: dict[Closed, tuple[State, ...]] = {
    State.DELIVERED: UNFINISHED,
    State.FAILED: UNFINISHED,
    State.CANCELED: UNFINISHED,
    State.DELETED: (*UNFINISHED, State.DELIVERED, State.FAILED, State.CANCELED),
}
"""From which states each of them can be reached."""


@dataclass(frozen=True)
class StoredMessage:
    """A request made in chat, and the message that answers it.

    Attributes:
        id: of the task: the piece's own where one was composed, the rendering's where it was shown again.
        kind: of the task.
        piece_id: of the piece that the message shows or will show.
        guild_id: Discord's id of the server.
        channel_id: of the channel.
        message_id: of the message; None where it is not known yet.
        user_id: of who asked; None where their data were erased, or the message deleted.
        state: how far it is.
        created_at: when it was asked for, in UTC.
        changed_at: when it came to its state.
        reconciled_at: when its reactions were last compared with what Discord says.
        last_turn: in which what stands under the message was last changed.
        payload: the task as plain JSON values; None where the message is deleted.
    """

    id: str
    kind: Literal["compose", "render"]
    piece_id: str
    guild_id: int
    channel_id: int
    message_id: int | None
    user_id: int | None
    state: State
    created_at: datetime
    changed_at: datetime
    reconciled_at: datetime | None
    last_turn: int
    payload: dict[str, Any] | None = field(repr=False)

    def task(self) -> Task:
        """Returns what was asked for, to submit it again; its file (primer, MIDI) is not stored with it.

        Raises:
            MessageError: the message is deleted, and with it what was asked for.
            RevisionError: it was written by a version whose tasks this one does not understand.
        """
        if self.payload is None:
            raise MessageError(f"Request {self.id} was deleted: compose a new piece.")
        try:
            return read_task(json.dumps(self.payload))
        except RequestError as error:
            raise RevisionError(
                f"Request {self.id} was written by a version of Etude that this cannot read: update Etude."
            ) from error


def stored(message: Message) -> StoredMessage:
    """Returns what stands in a row."""
    return StoredMessage(
        id=message.id,
        kind=message.kind,
        piece_id=message.piece_id,
        guild_id=message.guild_id,
        channel_id=message.channel_id,
        message_id=message.message_id,
        user_id=message.user_id,
        state=State(message.state),
        created_at=message.created_at,
        changed_at=message.changed_at,
        reconciled_at=message.reconciled_at,
        last_turn=message.last_turn,
        payload=message.task,
    )


def end(session: Session, message: Message, state: Closed) -> None:
    """Brings a row to a state that `BEFORE` allows, in a transaction that has its turn.

    Reactions stay under a delivered message only. Of a deleted one, who asked and the task are forgotten.
    """
    message.state, message.changed_at = state, datetime.now(UTC)
    if state is not State.DELIVERED:
        drop_reactions(session, message)
    if state is State.DELETED:
        message.user_id = message.task = None


def drop_reactions(session: Session, message: Message) -> None:
    """Removes all that stands under a message, in a transaction that has its turn."""
    session.execute(delete(Reaction).where(Reaction.request_id == message.id))
