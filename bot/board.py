"""The messages of the bot in a chat: edited through their channel, at any time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import aiohttp
import discord
import structlog

from bot.errors import AwayError
from bot.wire import edited, fields
from cards.message import Message
from listening.store.message import StoredMessage

RATINGS = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣")
"""The reactions of a rating, 1 to 5."""

_SEARCHED_MESSAGES = 200
_SEARCHED_BEFORE = timedelta(minutes=1)
"""By as much the clock of this machine may be ahead of Discord's."""

_PASSING = (401, 429)
_SERVER_FAILS = 500
_log = structlog.get_logger(__name__)


class Board:
    """Edits what stands in chats; interactions and their tokens are not needed.

    What Discord refuses for good is logged and let be. Every method but `attachment_bytes` raises `AwayError`
    where Discord does not answer; to do the same again later does no harm.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def show(
        self, stored: StoredMessage, message: Message, files: Mapping[str, bytes] | None = None
    ) -> int | None:
        """Make a request's message say something else; one that is gone is posted anew.

        Returns:
            The id of the message; None where neither can be done: the channel is gone, or closed to the bot.
        """
        if stored.message_id is not None:
            try:
                with asking():
                    await self._message(stored).edit(**edited(message, files))
            except discord.NotFound:
                _log.info("message.gone", piece=stored.id)
            except discord.HTTPException as error:
                _log.warning("message.not_edited", piece=stored.id, cause=str(error))
                return None
            else:
                return stored.message_id
        try:
            # The nonce: Discord posts it once, though a crash may have us send it twice.
            with asking():
                posted = await self._channel(stored).send(**fields(message, files), nonce=stored.id)
        except discord.HTTPException as error:
            _log.warning("message.not_sent", piece=stored.id, cause=str(error))
            return None
        return posted.id

    async def change_card(self, stored: StoredMessage, message: Message) -> None:
        """Make the card of a request's message say something else; one that is gone stays gone."""
        arguments = fields(message)
        card = {name: arguments[name] for name in ("embeds", "allowed_mentions")}
        try:
            with asking():
                await self._message(stored).edit(**card)
        except discord.HTTPException as error:
            _log.info("message.not_changed", piece=stored.id, cause=str(error))

    async def take_down(self, stored: StoredMessage, message: Message) -> None:
        """Make a request's message say that there is nothing any more; one that is gone stays gone."""
        try:
            with asking():
                await self._message(stored).edit(**edited(message))
        except discord.HTTPException as error:
            _log.warning("message.not_taken_down", piece=stored.id, cause=str(error))

    def attachment_bytes(self, stored: StoredMessage) -> int:
        """The largest file that the server of a request takes."""
        guild = self._client.get_guild(stored.guild_id)
        return discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else guild.filesize_limit

    async def invite_ratings(self, stored: StoredMessage) -> None:
        """Set the five reactions that listeners click on; again changes nothing."""
        for emoji in RATINGS:
            try:
                with asking():
                    await self._message(stored).add_reaction(emoji)
            except discord.HTTPException as error:
                _log.warning("message.no_reaction", piece=stored.id, cause=str(error))
                return

    async def standing(self, stored: StoredMessage) -> dict[int, set[int]] | None:
        """Who has set which rating, by Discord's own account, bots aside.

        Returns:
            Listeners by rating; None where the message is gone, or closed to the bot.
        """
        found: dict[int, set[int]] = {value: set() for value in range(1, len(RATINGS) + 1)}
        try:
            with asking():
                message = await self._message(stored).fetch()
                for reaction in message.reactions:
                    value = value_of(str(reaction.emoji))
                    if value is not None and reaction.count > reaction.me:  # that of the bot itself aside
                        found[value] = {user.id async for user in reaction.users() if not user.bot}
        except discord.HTTPException as error:
            _log.info("message.not_seen", piece=stored.id, cause=str(error))
            return None
        return found

    async def find(self, stored: StoredMessage) -> int | None:
        """The message of a request whose id was not noted: it is known by the button that withdraws it."""
        since = stored.created_at - _SEARCHED_BEFORE
        try:
            with asking():
                async for message in self._channel(stored).history(limit=_SEARCHED_MESSAGES, after=since):
                    for row in message.components:
                        for child in getattr(row, "children", ()):
                            if (getattr(child, "custom_id", "") or "").endswith(f":{stored.id}"):
                                return message.id
        except discord.HTTPException as error:
            _log.warning("message.not_searched", piece=stored.id, cause=str(error))
        return None

    def _message(self, stored: StoredMessage) -> discord.PartialMessage:
        assert stored.message_id is not None  # noqa: S101 - for the type checker: callers have seen to it
        return self._channel(stored).get_partial_message(stored.message_id)

    def _channel(self, stored: StoredMessage) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(stored.channel_id, guild_id=stored.guild_id)


@contextmanager
def asking() -> Iterator[None]:
    """Tells what passes by from what Discord refuses for good.

    Raises:
        AwayError: the first.
        discord.HTTPException: the second.
    """
    try:
        yield
    except discord.HTTPException as error:
        if error.status in _PASSING or error.status >= _SERVER_FAILS:
            raise AwayError(f"Discord cannot do that just now: {error}") from error
        raise
    except (aiohttp.ClientError, OSError) as error:
        raise AwayError(f"Discord does not answer: {error}") from error


def value_of(emoji: str) -> int | None:
    """The rating that a reaction stands for; None where it stands for none."""
    return RATINGS.index(emoji) + 1 if emoji in RATINGS else None
