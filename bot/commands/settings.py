"""`/settings`, for those who may manage the server."""

import asyncio
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands.choices import is_any_style, styles_like, suggested
from bot.commands.told import options_of, told
from bot.errors import RefusedError
from bot.place import locale_of, place_of
from bot.wire import respond
from cards.replies import Refusal, refused, reply
from cards.settings import ServerSettings, settings
from jobs.errors import RequestError
from jobs.options import parse_length, parse_style
from jobs.request import LENGTH_SECONDS
from listening.store.errors import GuildError
from listening.store.guilds import GuildChanges, GuildSettings

if TYPE_CHECKING:
    from bot.client import EtudeBot


def settings_command(bot: "EtudeBot") -> app_commands.Command[Any, ..., None]:
    """The command, bound to a bot."""

    @app_commands.command(name="settings", description=told("settings"))
    @app_commands.describe(**options_of("settings"))
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.checks.has_permissions(manage_guild=True)
    async def change(
        interaction: discord.Interaction,
        default_style: str | None = None,
        default_length: str | None = None,
        add_channel: discord.TextChannel | None = None,
        remove_channel: discord.TextChannel | None = None,
        user_limit: app_commands.Range[int, 1, 100] | None = None,
        voting: bool | None = None,
    ) -> None:
        async def work() -> None:
            place = place_of(interaction)
            held = await asyncio.to_thread(bot.store.guilds.settings, place.guild_id)
            changes: GuildChanges = {}
            try:
                if default_style is not None:
                    changes["default_style"] = await _style(bot, default_style, place.locale)
                if default_length is not None:
                    changes["default_length_seconds"] = parse_length(default_length, LENGTH_SECONDS)
                if add_channel is not None or remove_channel is not None:
                    changes["channel_ids"] = _channels(held, interaction.guild, add_channel, remove_channel)
                if user_limit is not None:
                    changes["user_limit"] = user_limit
                if voting is not None:
                    changes["is_voting_on"] = voting
                if changes:
                    held = await asyncio.to_thread(lambda: bot.store.guilds.change(place.guild_id, **changes))
            except (RequestError, GuildError) as error:
                raise RefusedError(refused(str(error))) from error
            message = settings(_shown(held), place.locale, is_changed=bool(changes))
            await respond(interaction, message)

        await bot.answered(interaction, work())

    @change.autocomplete("default_style")
    async def suggest_styles(
        interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return await suggested(styles_like(bot, current, locale_of(interaction)))

    return change


async def _style(bot: "EtudeBot", typed: str, locale: str) -> str | None:
    """The style that was named; None where any is to do."""
    offered = await bot.offers.capabilities()
    if offered is None:
        raise RefusedError(reply(Refusal.NO_WORKER, locale))
    if is_any_style(typed, locale):
        return None
    return parse_style(typed, offered.styles)


def _channels(
    held: GuildSettings,
    guild: discord.Guild | None,
    added: discord.TextChannel | None,
    removed: discord.TextChannel | None,
) -> tuple[int, ...]:
    """The channels from now on; one that was deleted meanwhile could not be named to be removed."""
    kept = [each for each in held.channel_ids if guild is None or guild.get_channel(each) is not None]
    ids = [each for each in kept if removed is None or each != removed.id]
    if added is not None and added.id not in ids:
        ids.append(added.id)
    return tuple(ids)


def _shown(held: GuildSettings) -> ServerSettings:
    return ServerSettings(
        default_style=held.default_style,
        default_length_seconds=held.default_length_seconds,
        channel_ids=held.channel_ids,
        user_limit=held.user_limit,
        is_voting_on=held.is_voting_on,
    )
