"""The client: what it hears, what it offers, and how each interaction gets its answer."""

import asyncio
from collections.abc import Awaitable

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.ext import commands
from redis import Redis

from bot.answers import Answers
from bot.background import kept_up
from bot.board import Board
from bot.buttons import Clicks, EtudeButton
from bot.command_form import fits
from bot.commands import add_commands
from bot.deadline import deadline
from bot.errors import AwayError, RefusedError, sentence_of
from bot.known_pieces import KnownPieces
from bot.listening import Listening
from bot.meters import BotMeters
from bot.offers import Offers
from bot.place import locale_of
from bot.ratings import RatingsCog
from bot.reports import Reports
from bot.requests import Requests
from bot.translator import CatalogueTranslator
from bot.unfinished import Unfinished
from bot.vote_buttons import AnotherButton, VoteButton
from bot.waiting import Waiting
from bot.wire import fields
from cards.message import Message
from cards.replies import Refusal, refused, reply
from jobs.errors import JobsError
from jobs.settings import Settings
from listening.store.errors import StoreError
from listening.store.store import Store

INVALID_WEBHOOK_TOKEN = 50027
"""Discord's code for an interaction that is too old to be answered."""

_log = structlog.get_logger(__name__)


class EtudeBot(commands.AutoShardedBot):
    """Etude in Discord.

    Attributes:
        store: the memory.
        requests: takes what is asked for.
        offers: what workers offer.
        board: edits messages in chats.
        clicks: does what buttons say.
        listening: asks listeners of the open study, and takes their votes.
        reports: counts how listeners judged.
        known_pieces: what workers are told of stored pieces.
        address: where answers to the bot go.
        command_ids: Discord's ids of the commands, by name.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        prompt: Redis,
        reading: Redis,
        meters: BotMeters | None = None,
    ) -> None:
        """Build everything; nothing is connected yet.

        Args:
            settings: of this process.
            store: the open memory.
            prompt: a connection to Redis that fails at once, for what people wait for.
            reading: another for reading answers, which blocks it.
            meters: count what befalls, if anybody wants to know.
        """
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True, guild_reactions=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self.settings = settings
        self.store = store
        self.redis = prompt
        memory = store.name()
        self.address = f"{memory}:bot"
        self.requests = Requests(settings, store, prompt)
        self.offers = Offers(prompt)
        self.board = Board(self)
        front = self.requests.front
        self.known_pieces = KnownPieces(store, front, memory)
        self.clicks = Clicks(self)
        self.listening = Listening(store)
        self.reports = Reports(settings)
        self._meters = meters or BotMeters()
        self._answers = Answers(reading, store, front, self.board, self.address, self._meters)
        self._unfinished = Unfinished(prompt, store, front, self.board, self.requests.fairness)
        self._waiting = Waiting(prompt, store, front, self.board)
        self._background: list[asyncio.Task[None]] = []
        self.command_ids: dict[str, int] = {}
        self.tree.error(self._on_command_error)

    async def setup_hook(self) -> None:
        """Tell Discord what there is, and begin to work."""
        self.add_dynamic_items(EtudeButton, VoteButton, AnotherButton)
        await self.add_cog(RatingsCog(self, self.store, self.board, self._meters))
        await self.tree.set_translator(CatalogueTranslator())
        add_commands(self)
        for command in self.tree.walk_commands():
            if isinstance(command, app_commands.Command):
                command.add_check(fits)
        self.command_ids = {command.name: command.id for command in await self.tree.sync()}
        for work in (
            self._answers.read_on,
            self._unfinished.submit_on,
            self._waiting.tell_on,
            self.known_pieces.fill_on,
        ):
            self._background.append(asyncio.create_task(kept_up(work)))

    async def close(self) -> None:
        """End: nothing is lost, as everything stands in SQL and Redis."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await super().close()

    async def answered(self, interaction: discord.Interaction, work: Awaitable[None]) -> None:
        """Do some work for an interaction; why it is not done is said in private."""
        locale = locale_of(interaction)
        try:
            async with deadline(interaction):
                await work
        except RefusedError as refusal:
            await self.whisper(interaction, refusal.message)
        except TimeoutError:
            _log.warning("interaction.late")
            await self.whisper(interaction, reply(Refusal.LATE, locale))
        except (StoreError, JobsError) as error:
            _log.warning("interaction.not_served", cause=str(error))
            await self.whisper(interaction, refused(sentence_of(error, locale)))
        except discord.NotFound as error:
            _log.warning("interaction.expired", cause=str(error))
        except (AwayError, aiohttp.ClientError, ConnectionError, discord.DiscordServerError) as error:
            # Discord itself is away; what remains to be done is done by another click.
            _log.warning("discord.away", cause=str(error))
            await self.whisper(interaction, reply(Refusal.UNEXPECTED, locale))
        except Exception as error:  # noqa: BLE001 - whoever clicked is owed an answer, whatever went wrong
            if isinstance(error, discord.HTTPException) and error.code == INVALID_WEBHOOK_TOKEN:
                _log.warning("interaction.expired", cause=str(error))  # it took a quarter of an hour
                return
            _log.exception("interaction.fault")
            await self.whisper(interaction, reply(Refusal.UNEXPECTED, locale))

    async def whisper(self, interaction: discord.Interaction, message: Message) -> None:
        """Tell somebody something in private, as the first answer or after it."""
        try:
            if interaction.response.is_done():
                await interaction.followup.send(**fields(message), ephemeral=True)
            else:
                await interaction.response.send_message(**fields(message), ephemeral=True)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            _log.warning("interaction.not_answered", cause=str(error))

    async def _on_command_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        """What discord.py itself refuses: a permission that is lacking, a command that was changed."""
        if isinstance(error, app_commands.MissingPermissions):
            permission = ", ".join(error.missing_permissions).replace("_", " ")
            message = reply(Refusal.NO_PERMISSION, locale_of(interaction), permission=permission)
        elif isinstance(error, app_commands.CommandSignatureMismatch):
            _log.warning("command.changed", command=error.command.qualified_name)
            message = reply(Refusal.UNEXPECTED, locale_of(interaction))
        else:
            _log.error("command.fault", exc_info=error)
            message = reply(Refusal.UNEXPECTED, locale_of(interaction))
        await self.whisper(interaction, message)
