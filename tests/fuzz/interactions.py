"""The bot as it is, before a Discord on loopback that tells it nonsense."""

import asyncio
import json
import logging
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr
from yarl import URL

from jobs.audio import AudioFormat
from jobs.settings import Settings
from jobs.street.connection import connect
from listening.store.store import open_store
from tests.bot.commands.chat import Chat
from tests.bot.commands.running_bot import RunningBot
from tests.discord_server.interaction import Interaction, InteractionType
from tests.discord_server.invocation import Focus, Invocation, Upload
from tests.discord_server.message import Message
from tests.discord_server.server import DiscordServer
from tests.fuzz.targets import Outcome, Target
from tests.street import valkey

PATIENCE_SECONDS = 5.0
"""For how long an answer may be looked for by the clock of a busy machine; the bot's own limit is 2.2 s."""

AFTERWARDS_SECONDS = 0.5
"""For how long the bot may go on after its answer before the next case is told."""

PIECE_ID = "23456789abcd"

FRESH_CASES = 100
"""After so many cases database and Redis are emptied, so that limits do not refuse everything."""

OURS = Path(__file__).parents[2]
PACKAGES = ("bot", "cards", "jobs", "listening")

_OPTIONS: Mapping[str, dict[str, Any]] = {
    "compose": {
        "style": "ragtime",
        "key": "C minor",
        "length": "60",
        "seed": "7",
        "top_p": 0.9,
        "candidates": 2,
    },
    "show": {"id": PIECE_ID},
    "queue": {},
    "cancel": {"id": PIECE_ID},
    "duel": {},
    "guess": {},
    "listen": {"count": 3},
    "top": {},
    "results export": {},
    "settings": {"default_style": "ragtime", "default_length": "60", "user_limit": 5, "voting": True},
    "help": {},
    "about": {},
    "ping": {},
    "invite": {},
    "privacy": {},
    "mydata get": {},
    "mydata delete": {},
}
_CLICKS = (
    *(f"etude:again:{PIECE_ID}", f"etude:recipe:{PIECE_ID}", f"etude:delete:{PIECE_ID}"),
    *(f"etude:cancel:{PIECE_ID}", f"vote:first:{PIECE_ID}", "ask:duel"),
)


class _Faults(logging.Handler):
    """What is logged as an error, but for what discord.py refuses before any line of ours is reached."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = record.msg if isinstance(record.msg, dict) else {"event": record.getMessage()}
        error = told.get("exc_info") or record.exc_info
        error = sys.exc_info() if error is True else error
        cause = error[1] if isinstance(error, tuple) else error
        if not isinstance(cause, BaseException) or _is_ours(cause):
            self.found.append(f"{told['event']}: {cause!r}"[:500])


def _is_ours(error: BaseException) -> bool:
    """Whether it was raised in our code, or in what that has called."""
    files = {frame.filename for frame in traceback.extract_tb(error.__traceback__)}
    if any(Path(file).is_relative_to(OURS / package) for file in files for package in PACKAGES):
        return True
    return error.__cause__ is not None and _is_ours(error.__cause__)


class TalkativeDiscord:
    """Tells one bot one interaction after another; they come from the owner, who may do everything."""

    def __init__(self, chat: Chat) -> None:
        self._chat, self._server, self._running = chat, chat.server, chat.running
        self._channel, self._user = chat.channel, chat.owner
        self._piece_id = PIECE_ID
        self._faults = _Faults()
        logging.getLogger().addHandler(self._faults)

    def begin_anew(self) -> None:
        """Forget everything but one piece, of which cases speak as `PIECE_ID`."""
        self._chat.clean()
        self._chat.redis.flushall()
        world = self._server.world
        world.interactions = dict([*world.interactions.items()][-FRESH_CASES:])  # some may go on
        self._channel.messages.clear()
        self._chat.announce()
        _, stored = self._chat.piece(self._user)
        self._piece_id = stored.id

    def seeds(self) -> dict[str, Any]:
        """Interactions as they should be, by name: `type` and `data`."""
        found: dict[str, Any] = {}
        for name, options in _OPTIONS.items():
            data = Invocation(self._server.world, self._user, self._channel, name, options).data
            found[name] = {"type": int(InteractionType.COMMAND), "locale": "en-US", "data": data}
        primer = {"primer": Upload("a.mid", b"MThd" + bytes(40))}
        data = Invocation(self._server.world, self._user, self._channel, "compose", primer).data
        found["primer"] = {"type": int(InteractionType.COMMAND), "locale": "de", "data": data}
        for option in ("style", "key"):
            focus = Focus(option, "a")
            data = Invocation(self._server.world, self._user, self._channel, "compose", {}, focus).data
            found[f"typing {option}"] = {
                "type": int(InteractionType.AUTOCOMPLETE),
                "locale": "en-US",
                "data": data,
            }
        for custom_id in _CLICKS:
            data = {"component_type": 2, "custom_id": custom_id}
            found[custom_id] = {"type": int(InteractionType.COMPONENT), "locale": "en-GB", "data": data}
        data = {"custom_id": "anything", "components": []}
        found["modal"] = {"type": int(InteractionType.MODAL), "locale": "fr", "data": data}
        return found

    def tell(self, case: bytes) -> Outcome:
        """Tell the bot of an interaction; deep is what it answered."""
        told = json.loads(case.replace(PIECE_ID.encode(), self._piece_id.encode()))
        interaction = self._server.do(lambda: self._added(told))
        event = interaction.event() | told

        async def parse() -> set[asyncio.Task[Any]] | None:
            before = asyncio.all_tasks()
            try:
                self._running.bot._connection.parse_interaction_create(event)
            except Exception:  # noqa: BLE001 - Discord would have to be broken; a new connection mends it
                return None
            return asyncio.all_tasks() - before

        tasks = self._running.do(parse())
        if tasks is None:
            return Outcome("not understood by discord.py", False)
        answered = interaction._answered.is_set
        is_over = _waited(lambda: answered() or all(task.done() for task in tasks), PATIENCE_SECONDS)
        _waited(lambda: all(task.done() for task in tasks), AFTERWARDS_SECONDS)
        if self._faults.found:
            found, self._faults.found = self._faults.found, []
            raise AssertionError("; ".join(found))
        assert is_over, f"no answer within {PATIENCE_SECONDS:g} s"
        return Outcome("answered" if answered() else "not answered" if tasks else "dropped", answered())

    def _added(self, told: Any) -> Interaction:
        kinds = {int(kind): kind for kind in InteractionType}
        kind = kinds.get(told.get("type") or 0, InteractionType.COMMAND)
        data, world, source = told.get("data"), self._server.world, None
        if kind is InteractionType.COMPONENT and isinstance(data, dict):
            button = {"type": 2, "style": 2, "label": "fuzz", "custom_id": data.get("custom_id")}
            rows = [{"type": 1, "components": [button]}]
            source = Message(world.snowflake(), self._channel, world.bot, components=rows)
            self._channel.messages[source.id] = source
        return world.add_interaction(kind, self._user, self._channel, "fuzz", data, source=source)


def _waited(is_done: Callable[[], bool], seconds: float) -> bool:
    """Whether something is done, at the latest after a while."""
    until = time.monotonic() + seconds
    while not (done := is_done()) and time.monotonic() < until:
        time.sleep(0.002)
    return done


@contextmanager
def talkative_discord() -> Iterator[tuple[TalkativeDiscord, Target]]:
    """A Discord, a Valkey, a bot; and the target that tells it cases and clears up now and then."""
    with (
        tempfile.TemporaryDirectory() as folder,
        valkey(Path(folder)) as socket,
        DiscordServer() as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(Route, "BASE", server.api_base)
        patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(server.gateway_url))
        url = f"unix://{socket}"
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # of pydantic-settings, which its plugin does not know
            redis_url=SecretStr(url),
            etude_data_dir=Path(folder),
            etude_audio_format=AudioFormat.MP3,
            etude_cooldown_seconds=0,
        )
        server.limit_all(10_000)
        with (
            open_store(None, settings.etude_data_dir) as store,
            connect(url, is_patient=False) as redis,
            RunningBot(settings, store, url, server) as running,
        ):
            discord = TalkativeDiscord(Chat(server, running, store, redis))
            cases = 0

            def tell(case: bytes) -> Outcome:
                nonlocal cases
                if cases % FRESH_CASES == 0:
                    discord.begin_anew()
                cases += 1
                return discord.tell(case)

            yield discord, tell
