"""Somebody asks for something in chat: what is known at that moment, and the request that comes of it."""

from datetime import UTC, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from jobs.task import ComposeTask, Task
from listening.store.counters import PIECES, next_number, take_turn
from listening.store.guilds import settings_of
from listening.store.message import UNFINISHED, State
from listening.store.tables import Message

_UNFINISHED = select(func.count()).select_from(Message).where(Message.state.in_(UNFINISHED))
_COUNTS = select(  # built once: to build it for every request would cost more than to run it
    _UNFINISHED.where(Message.user_id == bindparam("user_id")).scalar_subquery(),
    _UNFINISHED.where(Message.guild_id == bindparam("guild_id")).scalar_subquery(),
)


class Asking:
    """One transaction in which somebody asks: until it ends, nobody else's request is stored.

    So whoever decides by what is told here, and stores the request then, passes no limit, however many ask in
    the same moment. What is raised meanwhile leaves nothing behind, no number either.

    Attributes:
        settings: of the server.
        user_waiting: how many unfinished requests the person has, in all servers.
        guild_waiting: how many unfinished requests the server has.
    """

    def __init__(self, session: Session, *, guild_id: int, channel_id: int, user_id: int) -> None:
        """Wait for the turn, then look.

        Raises:
            RevisionError: the server's settings cannot be read, see `Guilds.settings`.
        """
        self._session = session
        self._guild_id, self._channel_id, self._user_id = guild_id, channel_id, user_id
        take_turn(session)
        self.settings = settings_of(session, guild_id)
        counts = session.execute(_COUNTS, {"user_id": user_id, "guild_id": guild_id}).one()
        self.user_waiting, self.guild_waiting = counts

    def next_number(self) -> int:
        """As `Store.next_number`; where no request is stored in the end, the number is given out again."""
        return next_number(self._session, PIECES)

    def store(self, task: Task) -> None:
        """Store the request, before the chat answers it.

        How it waits among others is not stored: sent again after a crash, it just waits in line.
        """
        now = datetime.now(UTC)
        message = Message(
            id=task.id,
            kind=task.kind,
            piece_id=task.id if isinstance(task, ComposeTask) else task.piece.id,
            guild_id=self._guild_id,
            channel_id=self._channel_id,
            user_id=self._user_id,
            state=State.ASKED,
            created_at=now,
            changed_at=now,
            task=task.model_dump(mode="json", exclude={"fairness"}),  # whose key tells who asked
        )
        self._session.add(message)
        self._session.flush()
