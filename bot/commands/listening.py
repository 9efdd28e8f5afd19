"""`/duel`, `/guess` and `/listen`."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands.told import options_of, told
from bot.listening import MAX_STEPS
from listening.study.question import Kind

if TYPE_CHECKING:
    from bot.client import EtudeBot


def listening_commands(bot: "EtudeBot") -> list[app_commands.Command[Any, ..., None]]:
    """The commands, bound to a bot."""
    return [_one(bot, Kind.DUEL), _one(bot, Kind.GUESS), _listen(bot)]


def _one(bot: "EtudeBot", kind: Kind) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=kind.value, description=told(kind.value))
    async def ask(interaction: discord.Interaction) -> None:
        await bot.answered(interaction, bot.listening.ask(interaction, kind))

    return ask


def _listen(bot: "EtudeBot") -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="listen", description=told("listen"))
    @app_commands.describe(**options_of("listen"))
    async def listen(
        interaction: discord.Interaction, count: app_commands.Range[int, 1, MAX_STEPS] | None = None
    ) -> None:
        await bot.answered(interaction, bot.listening.ask(interaction, Kind.LISTEN, count))

    return listen
