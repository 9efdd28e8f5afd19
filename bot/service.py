"""The bot's process: connections, memory, Discord, until it is told to end."""

import asyncio
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import discord
import structlog
from discord.gateway import DiscordWebSocket
from discord.http import Route
from redis import Redis
from yarl import URL

from bot.client import EtudeBot
from bot.errors import LoginError
from bot.meters import BotMeters
from jobs.errors import SettingsError
from jobs.observation import Observation
from jobs.settings import Settings
from jobs.street.connection import connect, translated
from jobs.street.gauges import StreetGauges
from listening.store.errors import StoreError
from listening.store.store import Store, open_store

THREADS = 32
"""For what waits, in Redis, in the database or for a drawing: with as few as there are cores, a Redis that is
silent would hold up those who need none."""

_FIRST_WAIT_SECONDS = 1.0
_MAX_WAIT_SECONDS = 60.0
_log = structlog.get_logger(__name__)


def serve(settings: Settings) -> None:
    """Be in Discord until SIGTERM or SIGINT.

    Raises:
        SettingsError: there is no DISCORD_TOKEN or no REDIS_URL.
        StreetError: Redis cannot be reached.
        StoreError: the database cannot be opened.
        LoginError: Discord does not take the token.
    """
    if settings.discord_token is None:
        raise SettingsError("DISCORD_TOKEN is not set: take it from the bot's page of the developer portal.")
    if settings.redis_url is None:
        raise SettingsError("REDIS_URL is not set: the bot needs to know where workers take jobs from.")
    Route.BASE = settings.discord_api_base  # where discord.py's every request begins, those of webhooks too
    if settings.discord_gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.discord_gateway_url)
    # Nobody is to be warned that there will be no voice: nothing here speaks.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    url = settings.database_url
    with open_store(None if url is None else url.get_secret_value(), settings.etude_data_dir) as store:
        asyncio.run(_serve(settings, store))


async def _serve(settings: Settings, store: Store) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "bot"))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    assert settings.redis_url is not None  # noqa: S101 - for the type checker: `serve` has seen to it
    redis_url = settings.redis_url.get_secret_value()
    # Neither is patient: a thread that waits for Redis would keep the process from ending.
    with connect(redis_url, is_patient=False) as redis, connect(redis_url, is_patient=False) as reading:
        with translated(redis):
            redis.ping()
        meters = BotMeters()
        beating = asyncio.create_task(meters.beat_on())
        with _observed(settings, redis_url, store, meters):
            await _serve_on(settings, store, redis, reading, meters, ended)
        beating.cancel()


async def _serve_on(
    settings: Settings, store: Store, redis: Redis, reading: Redis, meters: BotMeters, ended: asyncio.Event
) -> None:
    wait = _FIRST_WAIT_SECONDS
    while not ended.is_set():
        bot = EtudeBot(settings, store, redis, reading, meters)
        meters.watch(bot)
        lost = await _until_lost(bot, settings, ended)
        if ended.is_set():
            return
        _log.warning("discord.lost", cause=str(lost), retry_seconds=wait)
        try:
            await asyncio.wait_for(ended.wait(), wait)
        except TimeoutError:
            wait = min(wait * 2, _MAX_WAIT_SECONDS)


@contextmanager
def _observed(settings: Settings, redis_url: str, store: Store, meters: BotMeters) -> Iterator[None]:
    """Shows over HTTP how the bot is, where that is wanted."""
    port = settings.etude_bot_metrics_port
    if port is None:
        yield
        return
    street = StreetGauges(redis_url)
    meters.registry.register(street)

    def database_lack() -> str | None:
        try:
            store.name()
        except StoreError as error:
            return f"the database cannot be used ({type(error).__name__})"
        return None

    with Observation(
        meters.registry,
        settings.etude_metrics_host,
        port,
        "ETUDE_BOT_METRICS_PORT",
        illnesses=[meters.illness],
        lacks=[meters.lack, street.lack, database_lack],
    ):
        yield
    street.close()


async def _until_lost(bot: EtudeBot, settings: Settings, ended: asyncio.Event) -> BaseException | None:
    """Be connected until told to end, or until discord.py gives up, as it does if the first try fails."""
    assert settings.discord_token is not None  # noqa: S101 - as in `_serve`
    running = asyncio.create_task(bot.start(settings.discord_token.get_secret_value()))
    waiting = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        await bot.close()
        waiting.cancel()
    done = await asyncio.gather(running, return_exceptions=True)
    error = done[0] if isinstance(done[0], BaseException) else None
    if isinstance(error, discord.LoginFailure):
        raise LoginError("Discord does not take DISCORD_TOKEN: copy it anew from the developer portal.")
    return error
