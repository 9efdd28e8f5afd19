"""The real bot in a thread of the test's own process."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Self, TypeVar

import discord
from redis import Redis

from bot.buttons import Clicks
from bot.client import EtudeBot
from bot.offers import Offers
from bot.requests import Requests
from jobs.settings import Settings
from jobs.street.connection import connect
from listening.store.store import Store
from tests.discord_server.server import DiscordServer

T = TypeVar("T")


class RunningBot:
    """A bot that is connected as long as the context lasts.

    Attributes:
        bot: the bot; what is read from it may change meanwhile.
        settings: with which it was started.
    """

    def __init__(self, settings: Settings, store: Store, redis_url: str, server: DiscordServer) -> None:
        self.settings = settings
        self._store = store
        self._server = server
        self._prompt, self._reading = (connect(redis_url, is_patient=patient) for patient in (False, True))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="bot")

    def __enter__(self) -> Self:
        self._thread.start()
        self._server.wait_connected()
        self._server.wait(lambda: self._server.commands)
        return self

    def __exit__(self, *exception: object) -> None:
        self.do(self.bot.close())
        self._thread.join()
        self._prompt.close()
        self._reading.close()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.bot = EtudeBot(self.settings, self._store, self._prompt, self._reading)
        with suppress(discord.ConnectionClosed):
            await self.bot.start(self._server.token)

    def do(self, work: Coroutine[Any, Any, T], seconds: float = 10) -> T:
        """Run something in the bot's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def call(self, act: Callable[[], object]) -> None:
        """Call something in the bot's event loop, without waiting for it."""
        self._loop.call_soon_threadsafe(act)

    def renew(
        self, settings: Settings | None = None, store: Store | None = None, redis: Redis | None = None
    ) -> None:
        """Forget what the bot remembers outside of SQL and Redis; give it others of these if so said."""
        bot = self.bot
        bot.store = store or self._store
        bot.redis = redis or self._prompt
        bot.offers = Offers(bot.redis)
        bot.requests = Requests(settings or self.settings, bot.store, bot.redis)
        bot.clicks = Clicks(bot)
