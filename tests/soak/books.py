"""The books of a soak: whether every request came to one end, and every rating was kept."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from jobs.street import ledger
from listening.store.message import State
from tests.bot.processes import RATINGS, Chat
from tests.discord_server.guild import Channel
from tests.discord_server.message import Message
from tests.soak.faults import FAULTS, Fault
from tests.soak.people import FILES, Deed
from tests.street import keys_for_ever

ANSWER_SECONDS = 4.0
"""What is asked so long before a fault may be struck by it."""

AWAY_SECONDS = 1.0
"""A bot that was not connected so shortly before may not have heard it."""

MOST_BYTES = 1 << 20
MOST_BYTES_A_PIECE = 16 << 10
"""What stands in Redis once everything is settled: so much, and so much more for each piece. Most of it is
fingerprints, and what is kept for an hour or a day so that nothing is answered twice."""


class Row(NamedTuple):
    """A request as the bot has stored it."""

    id: str
    state: State
    message_id: int | None


def rows(chat: Chat, channel: Channel) -> list[Row]:
    """All requests in a channel."""
    with closing(sqlite3.connect(chat.folder / "etude.db", timeout=30)) as connection:
        found = connection.execute(
            "SELECT id, state, message_id FROM messages WHERE channel_id = ?", (channel.id,)
        ).fetchall()
    return [Row(request_id, State(state), message_id) for request_id, state, message_id in found]


def is_settled(chat: Chat) -> bool:
    """Whether no request is waited for any more."""
    return not chat.store.messages.unfinished() and not ledger.open_tasks(chat.redis)


def unexcused(deeds: Iterable[Deed], faults: Sequence[Fault], absences: Sequence[float]) -> list[Deed]:
    """What was never answered, though a bot was there; where none was, Discord tells people so.

    Args:
        deeds: what people asked of the bot.
        faults: those of bot and Discord excuse what was asked meanwhile, and shortly before.
        absences: moments at which no bot was connected.
    """
    away = [(fault.begun, fault.ended) for fault in faults if FAULTS[fault.name][0] in ("bot", "discord")] + [
        (moment, moment) for moment in absences
    ]
    return [
        deed
        for deed in deeds
        if deed.interaction.answer is None
        and not any(begun - ANSWER_SECONDS <= deed.moment <= ended + AWAY_SECONDS for begun, ended in away)
    ]


def wrong_messages(chat: Chat, channel: Channel) -> Iterator[str]:
    """What is wrong with requests and the messages that answer them."""
    messages = {
        message.id: message for message in list(channel.messages.values()) if not message.is_ephemeral
    }
    stored = rows(chat, channel)
    if unfinished := [row.id for row in stored if row.state in (State.ASKED, State.WAITING)]:
        yield f"requests without an end: {unfinished}"
    by_message = {row.message_id: row for row in stored if row.message_id is not None}
    if len(by_message) < sum(row.message_id is not None for row in stored):
        yield "two requests are answered by the same message"
    for row in stored:
        if row.message_id is None and row.state is State.DELIVERED:
            yield f"{row.id} was delivered nowhere"
        if row.message_id is not None and row.message_id not in messages:
            yield f"{row.id} is answered by a message that is not there"
    for message in messages.values():
        answered = by_message.get(message.id)
        if answered is None:
            yield f"message {message.id} answers no request: {message.content!r}"
        elif fault := _wrong(message, answered.state):
            yield f"{answered.id}, {answered.state}: {fault}"


def lost_ratings(chat: Chat, channel: Channel) -> Iterator[str]:
    """Ratings that stand under messages and not in the database, or the other way round."""
    for row in rows(chat, channel):
        message = channel.messages.get(row.message_id or 0)
        if row.state is not State.DELIVERED or message is None:
            continue
        standing = {
            user.id: value
            for value, emoji in enumerate(RATINGS, 1)
            for user in message.reactions.get(emoji, ())
            if not user.is_bot
        }
        if (kept := chat.store.ratings.of_message(row.id)) != standing:
            yield f"{row.id}: Discord shows {standing}, kept are {kept}"


def left_in_redis(chat: Chat, pieces: int) -> Iterator[str]:
    """What stands in Redis that should not, or too much."""
    if kept := keys_for_ever(chat.redis):
        yield f"keys that never expire: {kept[:5]}"
    size = redis_bytes(chat)
    if size > MOST_BYTES + pieces * MOST_BYTES_A_PIECE:
        yield f"{size:,} bytes in Redis after {pieces} pieces"


def redis_bytes(chat: Chat) -> int:
    """How much all keys in Redis take."""
    return sum(chat.redis.memory_usage(key) or 0 for key in chat.redis.scan_iter(count=1000))


def _wrong(message: Message, state: State) -> str | None:
    """What is wrong with the message of a request that has come to this end."""
    if state is State.DELIVERED and len(message.files) != FILES:
        return f"files {list(message.files)}"
    if state in (State.FAILED, State.CANCELED) and message.files:
        return f"it has files {list(message.files)}"
    if any(button["label"] == "Cancel" for button in message.buttons):
        return "it can still be withdrawn"
    if not message.embeds and not message.content:
        return "it says nothing"
    return None
