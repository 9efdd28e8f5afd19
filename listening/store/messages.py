"""The requests made in chat, and the messages that answer them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError

from listening.store.asking import Asking
from listening.store.counters import take_turn
from listening.store.database import Transaction, may_be_id
from listening.store.errors import MessageError
from listening.store.message import (
    BEFORE,
    UNFINISHED,
    Closed,
    State,
    StoredMessage,
    drop_reactions,
    end,
    stored,
)
from listening.store.tables import Message


class Messages:
    """The requests made in chat; every method is a transaction, with errors as those of `Store`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    @contextmanager
    def asking(self, *, guild_id: int, channel_id: int, user_id: int) -> Iterator[Asking]:
        """Opens the transaction in which somebody asks for something; see `Asking`.

        Raises:
            MessageError: the id of the task that was stored is that of another request.
            RevisionError: the server's settings cannot be read, see `Guilds.settings`.
        """
        try:
            with self._transaction() as session:
                yield Asking(session, guild_id=guild_id, channel_id=channel_id, user_id=user_id)
        except IntegrityError as error:
            raise MessageError("Another request has that id already: ask again.") from error

    def answered(self, request_id: str, message_id: int) -> StoredMessage | None:
        """Stores which message answers a request, which waits from then on if it was only asked so far.

        Another message than before is one that was posted anew, as the first is gone: what stood under that
        one is dropped.

        Returns:
            the request as it is now, which may be finished already; None where there is none of that id.

        Raises:
            MessageError: the message answers another request.
        """
        try:
            with self._transaction() as session:
                turn = take_turn(session)
                message = session.get(Message, request_id)
                if message is None:
                    return None
                if message.message_id not in (None, message_id):
                    drop_reactions(session, message)
                    message.last_turn, message.is_partly_erased = turn, False
                message.message_id = message_id
                if message.state == State.ASKED:
                    message.state, message.changed_at = State.WAITING, datetime.now(UTC)
                session.flush()
                return stored(message)
        except IntegrityError as error:
            raise MessageError(f"Message {message_id} answers another request already: ask again.") from error

    def close(self, request_id: str, state: Closed) -> bool:
        """Ends a request, or takes its message down; again changes nothing.

        An unfinished request is delivered, failed or canceled, and stays what it became first; anything can
        be deleted, and is so for good. Reactions are dropped but where it is delivered, and of a deleted
        message also the task and who asked for it.

        Returns:
            whether it is in that state now.
        """
        with self._transaction() as session:
            take_turn(session)
            message = session.get(Message, request_id)
            if message is None:
                return False
            if message.state in BEFORE[state]:
                end(session, message, state)
            return message.state == state

    def get(self, request_id: str) -> StoredMessage | None:
        """Returns a request, by the id of the piece that was composed or of the rendering; None for none."""
        return self._first(Message.id == request_id) if may_be_id(request_id) else None

    def by_message(self, message_id: int) -> StoredMessage | None:
        """Returns what a message of Discord answers; None where it is not one of ours."""
        return self._first(Message.message_id == message_id)

    def of_piece(self, piece_id: str) -> list[StoredMessage]:
        """Returns the messages that show a piece, whatever their state, oldest first."""
        return self._select(Message.piece_id == piece_id) if may_be_id(piece_id) else []

    def requester(self, piece_id: str) -> int | None:
        """Returns who asked for a piece; None where it was not in chat, or is not known any more."""
        composed = self.get(piece_id)
        return composed.user_id if composed is not None and composed.kind == "compose" else None

    def unfinished(self) -> list[StoredMessage]:
        """Returns the requests that are asked or waiting, oldest first."""
        return self._select(Message.state.in_(UNFINISHED))

    def waiting_of_user(self, user_id: int) -> list[StoredMessage]:
        """Returns the unfinished requests of a person in all servers, oldest first."""
        return self._select(Message.state.in_(UNFINISHED), Message.user_id == user_id)

    def waiting_of_guild(self, guild_id: int) -> list[StoredMessage]:
        """Returns the unfinished requests of a server, oldest first."""
        return self._select(Message.state.in_(UNFINISHED), Message.guild_id == guild_id)

    def delivered_since(
        self, when: datetime, limit: int, *, reconciled_before: datetime | None = None
    ) -> list[StoredMessage]:
        """Returns messages whose reactions are to be reconciled, the one for which it is longest ago first.

        Args:
            when: those that were delivered then or later.
            limit: how many at most.
            reconciled_before: only those that have not been reconciled since then.
        """
        query = select(Message).where(Message.state == State.DELIVERED, Message.changed_at >= when)
        query = query.where(Message.message_id.is_not(None))
        if reconciled_before is not None:
            query = query.where(
                or_(Message.reconciled_at.is_(None), Message.reconciled_at < reconciled_before)
            )
        order = Message.reconciled_at.asc().nulls_first(), Message.changed_at.desc(), Message.id
        with self._transaction() as session:
            return [stored(message) for message in session.scalars(query.order_by(*order).limit(limit))]

    def _first(self, condition: ColumnElement[bool]) -> StoredMessage | None:
        return next(iter(self._select(condition)), None)

    def _select(self, *conditions: ColumnElement[bool]) -> list[StoredMessage]:
        query = select(Message).where(*conditions).order_by(Message.created_at, Message.id)
        with self._transaction() as session:
            return [stored(message) for message in session.scalars(query)]
