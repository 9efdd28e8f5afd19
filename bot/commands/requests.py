"""`/show`, `/queue` and `/cancel`."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands.choices import MAX_CHARACTERS, MAX_CHOICES, suggested
from bot.commands.told import options_of, told
from bot.errors import RefusedError
from bot.pieces import render_again
from bot.place import locale_of, place_of
from bot.wire import respond
from cards.foreign import plain
from cards.queue import Entry, Load, queue
from cards.replies import Notice, Refusal, reply
from cards.titles import title_of
from cards.waiting import request_of
from jobs.street.connection import translated
from jobs.street.queue import open_queue
from listening.store.message import StoredMessage

if TYPE_CHECKING:
    from bot.client import EtudeBot


def request_commands(bot: "EtudeBot") -> list[app_commands.Command[Any, ..., None]]:
    """The commands, bound to a bot."""
    return [_show(bot), _queue(bot), _cancel(bot)]


def _show(bot: "EtudeBot") -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="show", description=told("show"))
    @app_commands.describe(**options_of("show"))
    async def show(interaction: discord.Interaction, id: str) -> None:  # noqa: A002 - the option's name
        async def work() -> None:
            stored = await bot.clicks.piece(interaction, id.strip().lower())
            await bot.requests.take(
                interaction,
                lambda fairness, _asking: render_again(
                    stored, locale=locale_of(interaction), address=bot.address, fairness=fairness
                ),
            )

        await bot.answered(interaction, work())

    return show


def _queue(bot: "EtudeBot") -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="queue", description=told("queue"))
    async def show_queue(interaction: discord.Interaction) -> None:
        async def work() -> None:
            place = place_of(interaction)
            here = await asyncio.to_thread(bot.store.messages.waiting_of_guild, place.guild_id)
            own = [each for each in here if each.user_id == place.user_id]
            others = [each for each in here if each.user_id != place.user_id]
            waiting = await asyncio.to_thread(_waiting, bot)
            workers = await bot.offers.workers()
            working = len(await asyncio.to_thread(bot.store.messages.unfinished)) - waiting
            load = Load(waiting=waiting, working=max(working, 0), workers=len(workers))
            message = queue(
                await asyncio.to_thread(_entries, bot, own),
                await asyncio.to_thread(_entries, bot, others),
                load,
                place.locale,
            )
            await respond(interaction, message)

        await bot.answered(interaction, work())

    return show_queue


def _cancel(bot: "EtudeBot") -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="cancel", description=told("cancel"))
    @app_commands.describe(**options_of("cancel"))
    async def cancel(
        interaction: discord.Interaction,
        id: str | None = None,  # noqa: A002 - the option's name
    ) -> None:
        async def work() -> None:
            if id is not None:
                await bot.clicks.cancel(interaction, id.strip().lower())
                return
            place = place_of(interaction)
            own = [each for each in await _own(bot, place.user_id) if each.guild_id == place.guild_id]
            if not own:
                raise RefusedError(reply(Refusal.NOTHING_TO_CANCEL, place.locale))
            for each in own:
                await bot.clicks.withdraw(each)
            message = reply(Notice.CANCELED_ALL, place.locale, count=len(own))
            await respond(interaction, message)

        await bot.answered(interaction, work())

    @cancel.autocomplete("id")
    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return await suggested(_cancelable(bot, interaction, current.strip().lower()))

    return cancel


async def _cancelable(
    bot: "EtudeBot", interaction: discord.Interaction, typed: str
) -> list[app_commands.Choice[str]]:
    """Own requests in this server, by their titles."""
    locale, guild_id = locale_of(interaction), interaction.guild_id
    own = [each for each in await _own(bot, interaction.user.id) if each.guild_id == guild_id]
    titles = [(title_of(request_of(each.task()), locale), each.id) for each in own[:MAX_CHOICES]]
    return [
        app_commands.Choice(name=plain(title, MAX_CHARACTERS), value=task_id)
        for title, task_id in titles
        if typed in title.casefold() or task_id.startswith(typed)
    ]


async def _own(bot: "EtudeBot", user_id: int) -> list[StoredMessage]:
    return await asyncio.to_thread(bot.store.messages.waiting_of_user, user_id)


def _entries(bot: "EtudeBot", stored: Sequence[StoredMessage]) -> list[Entry]:
    return [
        Entry(task=each.task(), tasks_before=bot.requests.front.position(each.id), user_id=each.user_id)
        for each in stored
    ]


def _waiting(bot: "EtudeBot") -> int:
    with translated(bot.redis):
        return len(open_queue(bot.redis).get_job_ids())
