"""`/mydata get` and `/mydata delete`."""

import asyncio
import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.commands.told import told
from bot.errors import RefusedError
from bot.place import locale_of
from bot.wire import defer, resolve, respond
from cards.figures import size
from cards.message import Message
from cards.mydata import FILENAME, my_data, my_data_deleted
from cards.replies import Refusal, reply

if TYPE_CHECKING:
    from bot.client import EtudeBot


def mydata_group(bot: "EtudeBot") -> app_commands.Group:
    """The group of the two, bound to a bot."""
    group = app_commands.Group(name="mydata", description=told("mydata"), guild_only=True)

    @group.command(name="get", description=told("mydata get"))
    async def get(interaction: discord.Interaction) -> None:
        async def work() -> None:
            await defer(interaction)  # to collect and to send much may take longer than Discord waits
            message, files = await asyncio.to_thread(_collected, bot, interaction)
            await resolve(interaction, message, files)

        await bot.answered(interaction, work())

    @group.command(name="delete", description=told("mydata delete"))
    async def delete(interaction: discord.Interaction) -> None:
        async def work() -> None:
            erased = await asyncio.to_thread(bot.store.people.erase, interaction.user.id)
            message = my_data_deleted(erased.requests, erased.reactions, erased.votes, locale_of(interaction))
            await respond(interaction, message)

        await bot.answered(interaction, work())

    return group


def _collected(bot: "EtudeBot", interaction: discord.Interaction) -> tuple[Message, dict[str, bytes]]:
    """What is answered, and its file: as JSON, compressed where the server does not take files so large.

    Raises:
        RefusedError: it does not even take that: some hundred thousand requests of one person.
    """
    data, locale = bot.store.people.data_of(interaction.user.id), locale_of(interaction)
    message = my_data(len(data["requests"]), len(data["reactions"]), len(data["votes"]), locale)
    name, content = FILENAME, json.dumps(data, indent=1, ensure_ascii=False).encode()
    if len(content) > interaction.filesize_limit:
        name, content = f"{FILENAME}.gz", gzip.compress(content)
    if len(content) > interaction.filesize_limit:
        raise RefusedError(reply(Refusal.DATA_TOO_LARGE, locale, size=size(len(content), locale)))
    attachments = tuple(replace(each, filename=name) for each in message.attachments)
    return replace(message, attachments=attachments), {name: content}
