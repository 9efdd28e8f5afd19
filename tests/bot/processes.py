"""Bots and workers as processes, on a street of their own, before a Discord on loopback."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from redis import Redis

from jobs.street import ledger, presence
from jobs.street.connection import connect
from listening.store.message import State, StoredMessage
from listening.store.store import open_store
from tests.discord_server.guild import Channel, User
from tests.discord_server.interaction import Interaction
from tests.discord_server.message import Message
from tests.discord_server.permissions import Permission
from tests.discord_server.rate_limits import REACTION
from tests.discord_server.server import DiscordServer
from tests.street import keys_for_ever, valkey

ROOT = Path(__file__).parents[2]
RATINGS = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣")

EDIT = r"/messages/@original$"
"""How the worker edits a message."""

REACTIONS = r"/reactions/"
"""How the bot sets reactions."""


class Chat:
    """A guild with three members, Valkey, and the processes that serve them.

    Attributes:
        server: Discord.
        anna: who asks for pieces.
        bert: who listens.
        clara: a moderator.
        folder: the data folder of all processes.
        logs: where all that processes write goes.
        url: of the Redis.
        redis: a connection to it, which waits while it is away.
        store: the memory of the bot, opened by this process too.
        bot, worker: the processes as they are now.
    """

    bot: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]

    def __init__(
        self, server: DiscordServer, folder: Path, settings: Mapping[str, object], password: str = ""
    ) -> None:
        self.server = server
        self._password = password
        server.limit("PUT", REACTION, 50, 1)  # more than Discord grants, as five reactions take 1 s there
        self.guild = server.add_guild()
        self.anna, self.bert = (server.add_user(name, self.guild) for name in ("Anna", "Bert"))
        self.clara = server.add_user("Clara", self.guild, Permission.MANAGE_MESSAGES)
        self.folder, self.logs, self._street = (folder / name for name in ("data", "logs", "street"))
        for made in (self.folder, self.logs, self._street):
            made.mkdir()
        self._valkey = ExitStack()
        self.url = self._open_valkey()
        self.redis: Redis = connect(self.url, is_patient=True)
        self.store = open_store(None, self.folder)
        self._settings: dict[str, object] = {
            "REDIS_URL": self.url,
            "DISCORD_TOKEN": server.token,
            "DISCORD_API_BASE": server.api_base,
            "DISCORD_GATEWAY_URL": server.gateway_url,
            "ETUDE_DATA_DIR": self.folder,
            "ETUDE_AUDIO_FORMAT": "mp3",
            "ETUDE_COOLDOWN_SECONDS": 0,
            "ETUDE_RECOVERY_SECONDS": 1,
            "ETUDE_DRAIN_SECONDS": 0,
            "PYTHONPATH": ROOT,
            **settings,
        }
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._started:
            process.kill()
            process.wait()
        self.redis.close()
        self.store.close()
        self._valkey.close()

    # Processes.

    def start(self, *arguments: object, **settings: object) -> subprocess.Popen[bytes]:
        """A Python process; what it writes goes to a file of its own."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ETUDE_", "DISCORD_")) and name not in ("CI", "SOUNDFONT", "DATABASE_URL")
        }
        own = {name: str(value) for name, value in {**self._settings, **settings}.items()}
        with (self.logs / f"{len(self._started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *map(str, arguments)],
                cwd=self.logs,
                env=inherited | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._started.append(process)
        return process

    def start_worker(self, *program: object, **settings: object) -> None:
        """The worker, or a program in its place, until it can be asked for pieces."""
        self.worker = self.start(*(program or ("-m", "worker")), **settings)
        mark = f"-{self.worker.pid}-"
        self.server.wait(lambda: any(mark in offer.worker for offer in presence.living(self.redis)), 30)

    def start_bot(self, *program: object, **settings: object) -> None:
        """The bot, or a program in its place, until it hears what is said."""
        identifies = self.server.gateway.identifies
        self.bot = self.start(*(program or ("-m", "bot")), **settings)
        self.server.wait(lambda: self.server.gateway.identifies > identifies, 30)
        self.server.wait(lambda: "compose" in self.server.commands)

    def kill_bot(self) -> None:
        """Kill -9 the bot, and see that Discord has noticed."""
        killed(self.bot)
        self.server.wait(lambda: not self.server.is_connected)

    def restart_bot(self) -> None:
        """As after kill -9."""
        self.kill_bot()
        self.start_bot()

    @contextmanager
    def redis_away(self) -> Iterator[None]:
        """Kill -9 Valkey, and start it anew at the context's end."""
        self._valkey.close()
        try:
            yield
        finally:
            self._open_valkey()

    def _open_valkey(self) -> str:
        options = ("--appendonly", "yes", "--appendfsync", "always")
        path = self._valkey.enter_context(valkey(self._street, *options))
        if not self._password:
            return f"unix://{path}"
        with Redis(unix_socket_path=str(path)) as redis:
            redis.config_set("requirepass", self._password)
        return f"unix://:{self._password}@{path}"

    def commands(self) -> Iterator[list[bytes]]:
        """Every command that has ever changed what Valkey holds, as it wrote them down itself."""
        for file in sorted(self._street.glob("appendonlydir/*.incr.aof")):
            with file.open("rb") as lines:
                while (count := lines.readline()).startswith(b"*"):
                    yield [lines.read(int(lines.readline()[1:]) + 2)[:-2] for _ in range(int(count[1:]))]

    # What people do, and what comes of it.

    def compose(
        self, channel: Channel, user: User | None = None, locale: str = "en-US", **options: Any
    ) -> Interaction:
        """Ask for a short piece, of one candidate; Anna does it, if nobody else is named."""
        wanted = {"length": "10", "candidates": 1} | options
        return self.server.slash(user or self.anna, channel, "compose", wanted, locale)

    def row(self, message: Message) -> StoredMessage:
        """What the bot has stored of a message, as soon as it has."""
        self.server.wait(lambda: self.store.messages.by_message(message.id) is not None)
        stored = self.store.messages.by_message(message.id)
        assert stored is not None
        return stored

    def delivered(self, message: Message, seconds: float = 30) -> StoredMessage:
        """What is stored of a message, once it carries a piece and all is done about it."""
        self.server.wait(lambda: len(message.files) == 3 and len(message.reactions) == 5, seconds)
        self.server.wait(lambda: self.row(message).state is State.DELIVERED, seconds)
        stored = self.row(message)
        self.server.wait(lambda: self.redis.zscore("etude:ledger", stored.id) is None, seconds)
        return stored

    def ended(self, message: Message, state: State, seconds: float = 30) -> StoredMessage:
        """What is stored of a message, once its request has come to an end without a piece."""
        self.server.wait(lambda: self.row(message).state is state, seconds)
        stored = self.row(message)
        self.server.wait(lambda: self.redis.zscore("etude:ledger", stored.id) is None, seconds)
        return stored

    def rate(self, user: User, message: Message, value: int) -> None:
        """Somebody rates a piece, and it is stored."""
        self.server.react(user, message, RATINGS[value - 1])
        request_id = self.row(message).id
        self.server.wait(lambda: self.store.ratings.of_message(request_id).get(user.id) == value)

    def assert_one_piece(self, channel: Channel, seconds: float = 30) -> Message:
        """One message stands in a channel: it carries a piece, in SQL too, and can be rated."""
        self.server.wait(lambda: any(len(each.files) == 3 for each in channel.messages.values()), seconds)
        (message,) = (each for each in channel.messages.values() if not each.is_ephemeral)
        stored = self.delivered(message, seconds)
        assert sorted(Path(name).suffix for name in message.files) == [".mid", ".mp3", ".png"]
        assert message.embeds[0]["image"]["url"] == f"attachment://{stored.piece_id}.png"
        piece = self.store.piece(stored.piece_id)
        assert piece is not None
        assert piece.midi == message.files[f"{stored.piece_id}.mid"]
        own = [emoji for emoji, users in message.reactions.items() if self.server.bot in users]
        assert sorted(own) == sorted(RATINGS)
        self.rate(self.bert, message, 4)
        self.server.wait(lambda: self.store.ratings.of_message(stored.id) == {self.bert.id: 4})
        return message

    def assert_balanced(self) -> None:
        """Every request has ended, and nothing is left of any in Redis."""
        self.server.wait(lambda: not ledger.open_tasks(self.redis))
        assert self.store.messages.unfinished() == []
        assert keys_for_ever(self.redis) == []


def killed(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 a process, and see it gone."""
    process.kill()
    process.wait()


def ended(process: subprocess.Popen[bytes], seconds: float = 20) -> int:
    """Tell a process to end, and give its exit code."""
    process.terminate()
    return process.wait(seconds)


@contextmanager
def paused(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop a process (SIGSTOP) for a while."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
