"""Reactions under pieces become ratings: as they come, and by comparing with what Discord says."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import discord
import structlog
from discord.ext import commands, tasks

from bot.board import Board, value_of
from bot.errors import AwayError
from bot.meters import BotMeters
from listening.store.errors import StoreError
from listening.store.message import StoredMessage
from listening.store.ratings import Ratings
from listening.store.store import Store

RECONCILE_MINUTES = 30.0
OPEN_DAYS = 7
"""For how long a message's reactions are compared with what Discord says; events are heard for ever."""

STORE_AGAIN_SECONDS = 2.0
"""So long after the database refused an event it is asked again."""

MOST_WAITING = 2_000
"""Events that wait for the database; what more there are the next comparison finds, if not in their order."""

_BATCH = 50
_RETRY_SECONDS = 15.0
_log = structlog.get_logger(__name__)


class RatingsCog(commands.Cog):
    """Hears reactions; only raw events come for messages that this process has never seen."""

    def __init__(
        self, client: commands.AutoShardedBot, store: Store, board: Board, meters: BotMeters
    ) -> None:
        self._client = client
        self._ratings = store.ratings
        self._messages = store.messages
        self._board = board
        self._meters = meters
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def cog_load(self) -> None:
        """Begin to compare, now and then."""
        self.reconcile.start()

    async def cog_unload(self) -> None:
        """Compare no more."""
        self.reconcile.cancel()

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """A listener rates."""
        value = self._value(event)
        if value is None or (event.member is not None and event.member.bot):
            return
        if await self._store(self._ratings.add, event.message_id, event.user_id, value):
            self._meters.rated(value)

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """A listener takes a rating back."""
        value = self._value(event)
        if value is not None:
            await self._store(self._ratings.remove, event.message_id, event.user_id, value)

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        """A moderator takes all away."""
        await self._store(self._ratings.clear, event.message_id)

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, event: discord.RawReactionClearEmojiEvent) -> None:
        """A moderator takes all of one value away."""
        value = value_of(str(event.emoji))
        if value is not None:
            await self._store(self._ratings.clear_value, event.message_id, value)

    @commands.Cog.listener()
    async def on_shard_ready(self, _shard: int) -> None:
        """A new session does not tell what happened between it and the one before."""
        self.reconcile.restart()

    @tasks.loop(minutes=RECONCILE_MINUTES)
    async def reconcile(self) -> None:
        """Make the ratings of open messages equal to what Discord says."""
        await self._client.wait_until_ready()
        begun = datetime.now(UTC)
        while True:
            try:
                await self._compare_all(begun)
            except (StoreError, AwayError) as error:
                _log.warning("ratings.not_reconciled", cause=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            except Exception:  # noqa: BLE001 - a loop of discord.py that raises never goes round again
                _log.exception("ratings.not_reconciled")
                return
            else:
                return

    async def _compare_all(self, begun: datetime) -> None:
        """Go on with the messages that were not compared since this began."""
        since = begun - timedelta(days=OPEN_DAYS)
        while messages := await asyncio.to_thread(
            self._messages.delivered_since, since, _BATCH, reconciled_before=begun
        ):
            for stored in messages:
                await compare(self._board, self._ratings, stored)

    def _value(self, event: discord.RawReactionActionEvent) -> int | None:
        is_own = self._client.user is not None and event.user_id == self._client.user.id
        return None if is_own else value_of(str(event.emoji))

    async def _store(self, deed: Callable[..., bool], *arguments: int) -> bool:
        """Store an event; where the database is away, once it is back.

        Returns:
            Whether something was stored: the reaction may stand under a message that is none of ours.
        """
        if self._waiting >= MOST_WAITING:
            _log.warning("rating.not_stored", cause="too many others wait")
            return False
        self._waiting += 1
        try:
            async with self._turn:  # the store goes by the order in which it is told
                while True:
                    try:
                        return await asyncio.to_thread(deed, *arguments)
                    except StoreError as error:
                        _log.warning("rating.not_stored", cause=str(error))
                    await asyncio.sleep(STORE_AGAIN_SECONDS)
        finally:
            self._waiting -= 1


async def compare(board: Board, ratings: Ratings, stored: StoredMessage) -> None:
    """Make the ratings of one message equal to what Discord says, unless an event comes meanwhile.

    Raises:
        AwayError: Discord does not answer.
        StoreError: the database fails.
    """
    standing = await board.standing(stored)
    if standing is None:
        await asyncio.to_thread(ratings.postpone, stored.id)
    else:
        await asyncio.to_thread(ratings.reconcile, stored, standing)
