"""A Discord on loopback: REST and gateway on the wire, for tests of real processes.

It is strict: what Discord would refuse is refused, and noted in `complaints`, which a test expects to be
empty at its end. It knows the routes that a bot of this kind needs and complains about every other.

It is a fake, because the real thing cannot be run by a test:

    with DiscordServer() as server:
        channel = server.add_channel(server.add_guild())
        anna = server.add_user("Anna", channel.guild)
        ...  # start a bot with server.token, server.api_base and server.gateway_url
        server.wait_connected()
        message = server.slash(anna, channel, "compose", {"style": "bach"}).wait_original()
        server.wait(lambda: message.files)
        server.react(anna, message, "5️⃣")
    assert server.complaints == []
"""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from aiohttp import web

from tests.discord_server.api import Api
from tests.discord_server.application_routes import ApplicationRoutes
from tests.discord_server.board import Board
from tests.discord_server.body import LARGEST_REQUEST_BYTES
from tests.discord_server.channel_routes import ChannelRoutes
from tests.discord_server.connection import Op
from tests.discord_server.faults import Fault, Faults, Hold
from tests.discord_server.gateway import Gateway
from tests.discord_server.guild import Channel, Guild, User
from tests.discord_server.interaction import TOKEN_SECONDS, Interaction
from tests.discord_server.interaction_routes import InteractionRoutes
from tests.discord_server.permissions import EVERYONE, NOTHING, Permission
from tests.discord_server.rate_limits import RateLimits
from tests.discord_server.refusal import Json
from tests.discord_server.user_actions import UserActions
from tests.discord_server.world import World


class DiscordServer(UserActions):
    """A server with one application, which runs in a thread of its own while it is entered as a context.

    Args:
        shards: How many shards it recommends.

    Attributes:
        api_base: For `discord.http.Route.BASE`.
        gateway_url: For `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY`.
        token: The bot's token.
        bot: The bot's user, whose id is the application's.
        requests: All requests to the API, in the order in which they came.
        complaints: What should not have happened; to be empty at a test's end.
    """

    def __init__(self, shards: int = 1) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        place = f"127.0.0.1:{self._socket.getsockname()[1]}"
        world = World(f"http://{place}")
        self.api_base = f"http://{place}/api/v10"
        self.gateway_url = f"ws://{place}/gateway"
        self.token = world.token
        self.bot = world.bot
        gateway = Gateway(world, self.gateway_url)
        board = Board(world, gateway)
        super().__init__(world, gateway, board)
        self._limits = RateLimits()
        self._faults = Faults()
        self._application = web.Application(client_max_size=LARGEST_REQUEST_BYTES)
        api = Api(world, self._limits, self._faults, self._application)
        ChannelRoutes(api, world, board)
        InteractionRoutes(api, world, board)
        rest = ApplicationRoutes(api, world, self.gateway_url, shards)
        self._application.router.add_get("/gateway", gateway.serve)
        self._application.router.add_get("/attachments/{place}/{attachment}/{filename}", rest.download)
        api.refuse_all_else()
        self.requests = api.requests
        self.complaints = world.complaints
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="discord-server")
        self._started = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *exception: object) -> None:
        self.loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        runner = web.AppRunner(self._application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, self._socket).start()
        self._started.set()
        await self._stopping.wait()
        self.gateway.drop()
        for hold in self._faults.holds:
            hold.released.set()
        await runner.cleanup()

    # What there is.

    def add_guild(self, name: str = "Conservatory", bot_permissions: Permission = EVERYONE) -> Guild:
        """A guild that has the bot; a connected bot hears of it."""

        def act() -> Guild:
            guild = self.world.add_guild(name, bot_permissions)
            self.gateway.dispatch("GUILD_CREATE", guild.create_event(self.bot), guild)
            return guild

        return self.do(act)

    def add_channel(self, guild: Guild, name: str = "piano") -> Channel:
        """A text channel; a connected bot hears of it."""

        def act() -> Channel:
            channel = self.world.add_channel(guild, name)
            self.gateway.dispatch("CHANNEL_CREATE", channel.payload(), guild)
            return channel

        return self.do(act)

    def add_user(self, name: str, guild: Guild, permissions: Permission = NOTHING) -> User:
        """A member of a guild, who may do what everyone may, and something more if so said."""

        def act() -> User:
            user = self.world.add_user(name)
            self.world.add_member(user, guild, permissions)
            return user

        return self.do(act)

    def set_permissions(
        self,
        channel: Channel,
        user: User,
        allow: Permission = NOTHING,
        deny: Permission = NOTHING,
    ) -> None:
        """Allow and deny a member something in a channel, in place of what was set before."""

        def act() -> None:
            channel.overwrites[user.id] = (allow, deny)
            self.gateway.dispatch("CHANNEL_UPDATE", channel.payload(), channel.guild)

        self.do(act)

    @property
    def commands(self) -> dict[str, Json]:
        """The commands as synced, by name."""
        return {command["name"]: command for scope in self.world.commands.values() for command in scope}

    # What happened.

    def pardon(self, pattern: str) -> list[str]:
        """Take complaints back that a test expects.

        Raises:
            AssertionError: If there are none that match.
        """
        pardoned = [complaint for complaint in self.complaints if re.search(pattern, complaint)]
        assert pardoned, f"no complaint matches {pattern!r}: {self.complaints}"
        self.complaints[:] = [complaint for complaint in self.complaints if complaint not in pardoned]
        return pardoned

    @property
    def is_connected(self) -> bool:
        """Whether a bot listens; that of a killed process does for a moment more."""
        return self.gateway.is_connected

    def wait_connected(self, seconds: float = 20) -> None:
        """Wait until a bot listens."""
        self.wait(lambda: self.is_connected, seconds)

    # What goes wrong.

    def age(self, interaction: Interaction, seconds: float) -> None:
        """Make an interaction older, in place of waiting."""
        interaction.grow_older(seconds)

    def expire(self, interaction: Interaction) -> None:
        """Make an interaction so old that its token does not hold any more."""
        interaction.grow_older(TOKEN_SECONDS)

    def limit(self, method: str, route: str, requests: int, seconds: float) -> None:
        """Set a rate limit, for each channel, guild or token; names of routes are in `rate_limits.py`."""
        self.do(lambda: self._limits.limit(method, route, requests, seconds))

    def limit_all(self, requests_a_second: int) -> None:
        """Set the rate limit over all that the bot sends, in place of 50."""
        self._limits.requests_a_second = requests_a_second

    def fail_next(
        self,
        method: str,
        path: str,
        status: int | None = 503,
        times: int = 1,
        *,
        after_processing: bool = False,
        retry_after: float = 0.1,
    ) -> Fault:
        """Make the next requests fail, which is no complaint.

        Args:
            method: Their method.
            path: A regular expression found in their path, which begins after `/api/v10`.
            status: What is replied; None cuts the wire in place of a reply.
            times: How many.
            after_processing: Whether the deed is done all the same, so that only the reply is lost.
            retry_after: In seconds, with status 429.
        """
        fault = Fault(method, path, status, times, after_processing, retry_after)
        self.do(lambda: self._faults.faults.append(fault))
        return fault

    @contextmanager
    def hold(self, method: str, path: str) -> Iterator[Hold]:
        """Make requests wait before they are processed, as long as the context lasts."""
        hold = Hold(method, path)
        self.do(lambda: self._faults.holds.append(hold))
        try:
            yield hold
        finally:
            self.do(hold.released.set)

    def drop_sockets(self) -> None:
        """Cut the gateway's connections; sessions can be resumed."""
        self.do(self.gateway.drop)

    def ask_to_reconnect(self) -> None:
        """Ask the bot to connect anew, as Discord does now and then; sessions can be resumed."""
        self.do(lambda: self.gateway.broadcast(Op.RECONNECT))

    def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Tell the bot that its session is invalid, and whether it may resume it."""

        def act() -> None:
            self.gateway.broadcast(Op.INVALID_SESSION, resumable)
            if not resumable:
                self.gateway.forget_sessions()

        self.do(act)

    @contextmanager
    def gateway_down(self, *, forget_sessions: bool = False) -> Iterator[None]:
        """Cut the gateway's connections and take none while the context lasts.

        What happens meanwhile is told after a resume, unless the sessions are forgotten.
        """

        def stop() -> None:
            self.gateway.is_open = False
            self.gateway.drop()
            if forget_sessions:
                self.gateway.forget_sessions()

        def start() -> None:
            self.gateway.is_open = True

        self.do(stop)
        try:
            yield
        finally:
            self.do(start)
