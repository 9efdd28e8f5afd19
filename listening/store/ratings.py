"""What listeners think of pieces, by the reactions that stand under their messages."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from listening.store.counters import take_turn
from listening.store.database import Transaction, may_be_id
from listening.store.message import State, StoredMessage
from listening.store.standing import Standing, rating
from listening.store.tables import Message, Piece, Reaction
from listening.study.reaction import ReactionRating

_OPEN = (State.WAITING, State.DELIVERED)
"""In which states reactions are stored: they may come before the bot has noted that the piece is there."""


@dataclass(frozen=True)
class Rating:
    """What a listener thinks of a piece.

    Attributes:
        user_id: the listener, by Discord's id.
        value: 1..5.
        is_requester: whether the listener asked for the piece; False also where that is not known any more.
        learned_at: when the reaction was stored, in UTC.
    """

    user_id: int
    value: int
    is_requester: bool
    learned_at: datetime


class Ratings:
    """The reactions 1 to 5 under messages; every method is a transaction, with errors as those of `Store`.

    Events are given in the order in which Discord tells them, those of bots left out. Each says whether its
    message is one of ours that is waiting or delivered; if not, it is ignored. Two processes may both give
    every event: once both have, the outcome is as if each event had been given once.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, message_id: int, user_id: int, value: int) -> bool:
        """Stores that a listener set a reaction; one that stands already is the last one then."""
        with self._transaction() as session:
            message = _event(session, message_id)
            if message is None:
                return False
            session.merge(_reaction(message, user_id, value, is_heard=True))
            return True

    def remove(self, message_id: int, user_id: int, value: int) -> bool:
        """Stores that a reaction of a listener was removed."""
        return self._remove(message_id, Reaction.user_id == user_id, Reaction.value == value)

    def clear(self, message_id: int) -> bool:
        """Stores that all reactions under a message were removed at once."""
        return self._remove(message_id)

    def clear_value(self, message_id: int, value: int) -> bool:
        """Stores that all reactions of one value under a message were removed at once."""
        return self._remove(message_id, Reaction.value == value)

    def reconcile(self, message: StoredMessage, standing: Mapping[int, Collection[int]]) -> bool:
        """Makes the store equal to what Discord says; again changes nothing.

        Where the two differ for a listener, events were missed, and so the order of all that this listener
        has standing there is unknown from then on. Under a message where somebody erased their ratings no
        listeners are added whom the store does not know there: they would come back with what they erased.

        Args:
            message: as it was in the store before Discord was asked.
            standing: for each value 1..5 the listeners whose reaction stands; bots left out.

        Returns:
            whether it was done; False where something has happened to the message meanwhile: begin anew.
        """
        told = {(user_id, value) for value, user_ids in standing.items() for user_id in user_ids}
        with self._transaction() as session:
            turn = take_turn(session)
            row = session.get(Message, message.id)
            if row is None or row.state not in _OPEN or row.last_turn != message.last_turn:
                return False
            here = Reaction.request_id == row.id
            known = {
                (user_id, value)
                for user_id, value in session.execute(select(Reaction.user_id, Reaction.value).where(here))
            }
            if row.is_partly_erased:
                listeners = {user_id for user_id, _ in known}
                told = {(user_id, value) for user_id, value in told if user_id in listeners}
            missed = {user_id for user_id, _ in told ^ known}
            session.execute(delete(Reaction).where(here, Reaction.user_id.in_(missed)))
            row.last_turn, row.reconciled_at = turn, datetime.now(UTC)
            session.add_all(
                _reaction(row, user_id, value, is_heard=False) for user_id, value in told if user_id in missed
            )
            return True

    def postpone(self, request_id: str) -> None:
        """Puts a message behind all others that are to be reconciled, as Discord does not show it now."""
        with self._transaction() as session:
            take_turn(session)
            message = session.get(Message, request_id)
            if message is not None:
                message.reconciled_at = datetime.now(UTC)

    def of_message(self, request_id: str) -> dict[int, int]:
        """Returns the rating of each listener by the reactions under one delivered message."""
        if not may_be_id(request_id):
            return {}
        with self._transaction() as session:
            ratings = _ratings(session, Message.id == request_id)
        return {user_id: counted.value for user_id, counted in ratings.items()}

    def of_piece(self, piece_id: str) -> list[Rating]:
        """Returns a piece's ratings, one a listener, by the reactions under all its delivered messages."""
        if not may_be_id(piece_id):
            return []
        with self._transaction() as session:
            requester_id = session.scalars(select(Message.user_id).where(Message.id == piece_id)).first()
            ratings = _ratings(session, Message.piece_id == piece_id)
        return [
            Rating(user_id, counted.value, user_id == requester_id, counted.learned_at)
            for user_id, counted in ratings.items()
        ]

    def all(self, guild_id: int | None = None) -> list[ReactionRating]:
        """Returns all ratings of pieces that are still stored, one a listener and piece, by piece.

        Args:
            guild_id: only by the reactions in this server.
        """
        query = (
            select(Reaction, Piece.id, Piece.number, Piece.style)
            .join(Message, Message.id == Reaction.request_id)
            .join(Piece, Piece.id == Message.piece_id)
            .where(Message.state == State.DELIVERED)
            .order_by(Piece.number, Reaction.user_id)
        )
        if guild_id is not None:
            query = query.where(Message.guild_id == guild_id)
        asked = select(Message.id, Message.user_id).where(Message.user_id.is_not(None))
        pieces: dict[str, tuple[int, str | None]] = {}
        standing: defaultdict[tuple[str, int], list[Standing]] = defaultdict(list)
        with self._transaction() as session:
            requesters = {piece_id: user_id for piece_id, user_id in session.execute(asked)}  # noqa: C416 - rows are no pairs to mypy
            for row, piece_id, number, style in session.execute(query):
                pieces[piece_id] = (number, style)
                standing[piece_id, row.user_id].append(
                    Standing(row.value, row.turn, row.is_heard, row.learned_at)
                )
        listeners: dict[int, int] = {}
        found = []
        for (piece_id, user_id), reactions in standing.items():
            counted = rating(reactions)
            if counted is not None:
                listener = listeners.setdefault(user_id, len(listeners) + 1)
                is_requester = requesters.get(piece_id) == user_id
                found.append(
                    ReactionRating(listener, piece_id, *pieces[piece_id], counted.value, is_requester)
                )
        return found

    def _remove(self, message_id: int, *conditions: ColumnElement[bool]) -> bool:
        with self._transaction() as session:
            message = _event(session, message_id)
            if message is None:
                return False
            session.execute(delete(Reaction).where(Reaction.request_id == message.id, *conditions))
            return True


def _ratings(session: Session, condition: ColumnElement[bool]) -> dict[int, Standing]:
    query = (
        select(Reaction)
        .join(Message, Message.id == Reaction.request_id)
        .where(condition, Message.state == State.DELIVERED)
        .order_by(Reaction.user_id)
    )
    standing: defaultdict[int, list[Standing]] = defaultdict(list)
    for row in session.scalars(query):
        standing[row.user_id].append(Standing(row.value, row.turn, row.is_heard, row.learned_at))
    ratings = ((user_id, rating(reactions)) for user_id, reactions in standing.items())
    return {user_id: counted for user_id, counted in ratings if counted is not None}


def _event(session: Session, message_id: int) -> Message | None:
    """The message that an event is about, the event's turn noted on it; None where events are ignored."""
    query = select(Message).where(Message.message_id == message_id, Message.state.in_(_OPEN))
    # A bot hears of the reactions under all messages of a server: most are not ours, and cost no turn.
    if session.scalars(query.with_only_columns(Message.id)).first() is None:
        return None
    turn = take_turn(session)
    message = session.scalars(query).first()
    if message is not None:
        message.last_turn = turn
    return message


def _reaction(message: Message, user_id: int, value: int, *, is_heard: bool) -> Reaction:
    return Reaction(
        request_id=message.id,
        user_id=user_id,
        value=value,
        turn=message.last_turn,
        is_heard=is_heard,
        learned_at=datetime.now(UTC),
    )
