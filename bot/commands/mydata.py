"""`/mydata get` and `/mydata delete`."""

import asyncio
import json
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.commands.told import told
from bot.wire import respond
from cards.message import Message
from cards.mydata import FILENAME, my_data, my_data_deleted

if TYPE_CHECKING:
    from bot.client import EtudeBot


def mydata_group(bot: "EtudeBot") -> app_commands.Group:
    """The group of the two, bound to a bot."""
    group = app_commands.Group(name="mydata", description=told("mydata"), guild_only=True)

    @group.command(name="get", description=told("mydata get"))
    async def get(interaction: discord.Interaction) -> None:
        async def work() -> None:
            message, content = await asyncio.to_thread(_collected, bot, interaction)
            await respond(interaction, message, {FILENAME: content})

        await bot.answered(interaction, work())

    @group.command(name="delete", description=told("mydata delete"))
    async def delete(interaction: discord.Interaction) -> None:
        async def work() -> None:
            erased = await asyncio.to_thread(bot.store.people.erase, interaction.user.id)
            message = my_data_deleted(erased.requests, erased.reactions, str(interaction.locale))
            await respond(interaction, message)

        await bot.answered(interaction, work())

    return group


def _collected(bot: "EtudeBot", interaction: discord.Interaction) -> tuple[Message, bytes]:
    data = bot.store.people.data_of(interaction.user.id)
    message = my_data(len(data["requests"]), len(data["reactions"]), str(interaction.locale))
    return message, json.dumps(data, indent=1, ensure_ascii=False).encode()
