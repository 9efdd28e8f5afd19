"""The real bot against a Discord on loopback and a real Valkey; workers are played by the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr
from redis import Redis
from yarl import URL

import bot.offers
import bot.waiting
from jobs.audio import AudioFormat
from jobs.settings import Settings
from listening.store.store import Store, open_store
from tests.bot.commands.chat import Chat
from tests.bot.commands.running_bot import RunningBot
from tests.discord_server.rate_limits import REACTION
from tests.discord_server.server import DiscordServer


@pytest.fixture(scope="module")
def discord_server() -> Iterator[DiscordServer]:
    with DiscordServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Route, "BASE", server.api_base)
        patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(server.gateway_url))
        patch.setattr(bot.offers, "FRESH_SECONDS", 0.0)  # what a test announces is offered at once
        patch.setattr(bot.waiting, "ROUND_SECONDS", 3600.0)  # a test calls the rounds that it needs
        server.limit("PUT", REACTION, 1000, 1)  # Discord's own limit has five reactions take a second
        yield server


@pytest.fixture(scope="module")
def bot_settings(server: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # of pydantic-settings, which its plugin does not know
        redis_url=SecretStr(server),
        etude_data_dir=tmp_path_factory.mktemp("data"),
        etude_audio_format=AudioFormat.MP3,
        etude_cooldown_seconds=0,
        etude_guild_limit=50,
        etude_queue_limit=500,
        etude_user_at_once=1,
    )


@pytest.fixture(scope="module")
def store(bot_settings: Settings) -> Iterator[Store]:
    with open_store(None, bot_settings.etude_data_dir) as store:
        yield store


@pytest.fixture(scope="module")
def running(
    discord_server: DiscordServer, bot_settings: Settings, store: Store, server: str
) -> Iterator[RunningBot]:
    """The bot that the tests of a module share."""
    with RunningBot(bot_settings, store, server, discord_server) as running:
        yield running


@pytest.fixture
def alone(discord_server: DiscordServer, running: RunningBot, store: Store, redis: Redis) -> Iterator[Chat]:
    """A chat without any worker."""
    running.renew()
    chat = Chat(discord_server, running, store, redis)
    yield chat
    running.renew()
    chat.clean()
    complaints = discord_server.complaints[:]
    discord_server.complaints.clear()  # they are this test's, and no other one's
    assert complaints == []


@pytest.fixture
def chat(alone: Chat) -> Chat:
    """A chat with a worker."""
    alone.announce()
    return alone


@pytest.fixture
def broken_store(tmp_path: Path) -> Iterator[Store]:
    """A database whose file was destroyed after it was opened."""
    with open_store(None, tmp_path) as store:
        (tmp_path / "etude.db").write_bytes(b"no database, not any more" * 1000)
        yield store
