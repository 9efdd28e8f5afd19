"""A server with people in it, and a worker that a test plays itself: no music is made here."""

import hashlib
import sqlite3
import time
from typing import Any

from redis import Redis

from cards.waiting import request_of
from jobs.answer import Answer, Canceled, Failed, Finished
from jobs.capabilities import Capabilities, Sampler
from jobs.street import ledger
from jobs.street.blobs import Kind, put_blob
from jobs.street.presence import Offer, announce, withdraw
from jobs.street.queue import position
from jobs.task import ComposeTask
from listening.store.message import State, StoredMessage
from listening.store.store import Store
from tests.bot.commands.running_bot import RunningBot
from tests.discord_server.guild import User
from tests.discord_server.interaction import Interaction
from tests.discord_server.message import Message
from tests.discord_server.permissions import Permission
from tests.discord_server.server import DiscordServer
from tests.jobs.pieces import RESULT

RATINGS = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣")
FILES = {Kind.MIDI: b"MThd", Kind.AUDIO: b"audio", Kind.PICTURE: b"picture"}
TABLES = (
    *("reactions", "messages", "pieces", "guild_settings"),
    *("study_questions", "study_listeners", "study_excerpts", "studies"),
)
OFFER = Offer(
    worker="played",
    capabilities=Capabilities(
        checkpoint="0123456789abcdef", sampler=Sampler.CPU_FP32, styles=("baroque", "romantic", "ragtime")
    ),
)


class Chat:
    """A server of the test's own, with a channel.

    Attributes:
        anna: who asks for pieces.
        bert: who listens.
        clara: who may manage messages.
        owner: who may do everything.
    """

    def __init__(self, server: DiscordServer, running: RunningBot, store: Store, redis: Redis) -> None:
        self.server, self.running, self.store, self.redis = server, running, store, redis
        self.guild = server.add_guild()
        self.channel = server.add_channel(self.guild)
        self.anna, self.bert = (server.add_user(name, self.guild) for name in ("Anna", "Bert"))
        self.clara = server.add_user("Clara", self.guild, Permission.MANAGE_MESSAGES)
        self.owner = self.guild.owner
        self.file = running.settings.etude_data_dir / "etude.db"

    # What people do.

    def slash(self, command: str, user: User | None = None, locale: str = "en-US", **options: Any) -> Message:
        """The answer to a command; it is Anna's, if nobody else is named."""
        return answered(self.server.slash(user or self.anna, self.channel, command, options, locale))

    def private(self, command: str, user: User | None = None, locale: str = "en-US", **options: Any) -> str:
        """What only whoever used a command is told."""
        return whispered(self.server.slash(user or self.anna, self.channel, command, options, locale))

    def page(self, command: str, user: User | None = None, locale: str = "en-US", **options: Any) -> str:
        """All that stands on the card that only whoever used a command sees."""
        message = self.slash(command, user, locale, **options)
        assert message.is_ephemeral
        return str(message.embeds)

    def click(self, message: Message, button: str, user: User | None = None, locale: str = "en-US") -> str:
        """What only whoever clicked is told."""
        return whispered(self.server.click(user or self.anna, message, button, locale=locale))

    def private_click(self, message: Message, custom_id: str) -> str:
        """What Anna is told who clicks on a button that is not under a message, or not yet."""
        button = {"type": 2, "style": 2, "label": "early", "custom_id": custom_id}
        message.components = [{"type": 1, "components": [button]}]
        return self.click(message, "early")

    def compose(
        self, user: User | None = None, locale: str = "en-US", **options: Any
    ) -> tuple[Message, StoredMessage]:
        """A request that is queued: its message and what is stored."""
        message = self.slash("compose", user, locale, **options)
        assert not message.is_ephemeral, message.content
        return message, self.sent(message)

    def sent(self, message: Message) -> StoredMessage:
        """What is stored of a message's request, once it is sent down the street."""
        self.server.wait(lambda: self.store.messages.by_message(message.id))
        request_id = self.row(message).id
        self.server.wait(lambda: position(self.redis, request_id) is not None)
        return self.row(message)

    def row(self, message: Message) -> StoredMessage:
        """What is stored of a message's request."""
        stored = self.store.messages.by_message(message.id)
        assert stored is not None
        return stored

    # What workers do.

    def announce(self, offer: Offer = OFFER) -> None:
        """A worker comes."""
        announce(self.redis, offer, 60)

    def withdraw(self, offer: Offer = OFFER) -> None:
        """A worker goes."""
        withdraw(self.redis, offer)

    def finish(self, stored: StoredMessage, *, is_delivered: bool = False) -> StoredMessage:
        """A worker makes the piece, and it is settled."""
        task = stored.task()
        sha256 = hashlib.sha256(FILES[Kind.MIDI]).hexdigest()
        composed = {"request": request_of(task), "midi_sha256": sha256}
        result = RESULT.model_copy(update=composed) if isinstance(task, ComposeTask) else task.piece
        for kind, content in FILES.items():
            put_blob(self.redis, stored.id, kind, content)
        return self.answer(stored, Finished(id=stored.id, result=result, is_delivered=is_delivered))

    def fail(self, stored: StoredMessage, sentence: str) -> StoredMessage:
        """A worker gives up."""
        return self.answer(stored, Failed(id=stored.id, sentence=sentence))

    def cancel(self, stored: StoredMessage) -> StoredMessage:
        """A worker hears that a running task was withdrawn."""
        return self.answer(stored, Canceled(id=stored.id))

    def answer(self, stored: StoredMessage, answer: Answer) -> StoredMessage:
        """A worker answers, and the bot settles that."""
        assert ledger.give_answer(self.redis, answer, stored.task().reply_to)
        self.settled(stored)
        after = self.store.messages.get(stored.id)
        assert after is not None
        return after

    def settled(self, stored: StoredMessage) -> None:
        """Wait until nothing is owed about a request any more."""
        self.server.wait(lambda: stored.id not in ledger.open_tasks(self.redis))

    def piece(
        self, user: User | None = None, locale: str = "en-US", **options: Any
    ) -> tuple[Message, StoredMessage]:
        """A piece, delivered and open to ratings."""
        message, stored = self.compose(user, locale, **options)
        stored = self.finish(stored)
        assert (stored.state, len(message.files)) == (State.DELIVERED, 3)
        return message, stored

    # What is there.

    def rows(self) -> int:
        """How many requests are stored, whatever became of them."""
        with sqlite3.connect(self.file) as connection:
            (count,) = connection.execute("SELECT count(*) FROM messages").fetchone()
        connection.close()
        return int(count)

    def clean(self) -> None:
        """Empty the database, but for the numbers that were given out."""
        with sqlite3.connect(self.file, timeout=30) as connection:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}")
        connection.close()


def answered(interaction: Interaction) -> Message:
    """The answer, once it is more than promised."""
    message = interaction.wait_original()
    until = time.monotonic() + 60
    while message.is_loading and time.monotonic() < until:
        time.sleep(0.01)
    assert not message.is_loading
    return message


def whispered(interaction: Interaction) -> str:
    """The text of an answer, which nobody else may see."""
    message = answered(interaction)
    assert message.is_ephemeral, message.embeds
    assert interaction.response_seconds is not None
    assert interaction.response_seconds < 3
    return message.content


def shown(message: Message) -> str:
    """What a card says below its title."""
    return str(message.embeds[0].get("description", ""))
