"""`/help`, `/about`, `/ping`, `/invite` and `/privacy`: pages to read, shown in private."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from redis.exceptions import RedisError

from bot.commands.told import told
from bot.offers import PATIENCE_SECONDS
from bot.place import locale_of
from bot.wire import respond
from cards.message import Message
from cards.pages import about, help_page, invite, ping, privacy

if TYPE_CHECKING:
    from bot.client import EtudeBot

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    add_reactions=True,
    read_message_history=True,
)
"""What the bot needs in a server, and no more."""


def page_commands(bot: "EtudeBot") -> list[app_commands.Command[Any, ..., None]]:
    """The commands, bound to a bot."""

    async def about_page(locale: str) -> Message:
        workers, pieces = await bot.offers.workers(), await asyncio.to_thread(bot.store.count)
        return about(await bot.offers.capabilities(), len(workers), pieces, locale)

    async def ping_page(locale: str) -> Message:
        gateway = bot.latency if math.isfinite(bot.latency) else None
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.to_thread(bot.redis.ping)
        except (RedisError, TimeoutError):
            return ping(gateway, None, 0, locale)
        redis_seconds = time.perf_counter() - begun
        return ping(gateway, redis_seconds, len(await bot.offers.workers()), locale)

    async def help_text(locale: str) -> Message:
        return help_page(locale, bot.command_ids)

    async def invite_page(locale: str) -> Message:
        scopes = ("bot", "applications.commands")
        url = discord.utils.oauth_url(bot.application_id or 0, permissions=PERMISSIONS, scopes=scopes)
        return invite(url, locale)

    async def privacy_page(locale: str) -> Message:
        return privacy(locale, bot.command_ids)

    pages = {
        "help": help_text,
        "about": about_page,
        "ping": ping_page,
        "invite": invite_page,
        "privacy": privacy_page,
    }
    return [_page(bot, name, page) for name, page in pages.items()]


def _page(
    bot: "EtudeBot", name: str, page: Callable[[str], Awaitable[Message]]
) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=name, description=told(name))
    async def show(interaction: discord.Interaction) -> None:
        async def work() -> None:
            await respond(interaction, await page(locale_of(interaction)))

        await bot.answered(interaction, work())

    return show
