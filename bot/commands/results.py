"""`/results show`, `/results export` and `/top`."""

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from bot.commands.told import told
from bot.errors import RefusedError, ReportError
from bot.place import Place, place_of
from bot.wire import defer, resolve
from cards.figures import size
from cards.message import Message
from cards.replies import Refusal, reply
from cards.report import Estimate
from cards.results import VOTES, exported, results, top
from cards.titles import title_of
from listening.store.study import StudyState

if TYPE_CHECKING:
    from bot.client import EtudeBot

TOP_PIECES = 10
_log = structlog.get_logger(__name__)


def results_group(bot: "EtudeBot") -> app_commands.Group:
    """The group of the two, bound to a bot."""
    group = app_commands.Group(name="results", description=told("results"), guild_only=True)

    @group.command(name="show", description=told("results show"))
    async def show(interaction: discord.Interaction) -> None:
        async def work() -> None:
            place = _checked(interaction)
            study = await asyncio.to_thread(bot.store.studies.latest)
            # While it is open, whoever sees how others judge is not blind any more: nobody else is shown it.
            is_open = study is not None and study.state is StudyState.OPEN
            await defer(interaction, is_private=is_open)
            try:
                report, charts = await bot.reports.of(place.guild_id)
            except ReportError as error:
                raise _refusal(error, place) from error
            await resolve(interaction, results(report, [*charts], place.locale), charts)

        await bot.answered(interaction, work())

    @group.command(name="export", description=told("results export"))
    @app_commands.checks.has_permissions(manage_guild=True)
    async def export(interaction: discord.Interaction) -> None:
        async def work() -> None:
            place = _checked(interaction)
            if await asyncio.to_thread(bot.store.studies.latest) is None:
                raise RefusedError(reply(Refusal.NO_VOTES, place.locale))
            await defer(interaction)
            await resolve(interaction, *await _exported(bot, interaction, place))

        await bot.answered(interaction, work())

    return group


def top_command(bot: "EtudeBot") -> app_commands.Command[Any, ..., None]:
    """The command, bound to a bot."""

    @app_commands.command(name="top", description=told("top"))
    async def show_top(interaction: discord.Interaction) -> None:
        async def work() -> None:
            place = _checked(interaction)
            await defer(interaction, is_private=False)
            try:
                report, _ = await bot.reports.of(place.guild_id)
            except ReportError as error:
                raise _refusal(error, place) from error
            best: list[tuple[str, str, Estimate]] = []
            for one in report.reactions.pieces:
                stored = await asyncio.to_thread(bot.store.piece, one.piece_id)
                if stored is not None:  # else it was deleted since the report
                    best.append((one.piece_id, title_of(stored.result.request, place.locale), one))
                if len(best) == TOP_PIECES:
                    break
            await resolve(interaction, top(best, place.locale))

        await bot.answered(interaction, work())

    return show_top


async def _exported(
    bot: "EtudeBot", interaction: discord.Interaction, place: Place
) -> tuple[Message, dict[str, bytes]]:
    """The table, compressed where the server does not take files so large."""
    try:
        report, content = await bot.reports.votes(place.guild_id)
    except ReportError as error:
        raise _refusal(error, place) from error
    name = VOTES
    if len(content) > interaction.filesize_limit:
        name, content = f"{VOTES}.gz", await asyncio.to_thread(gzip.compress, content)
    if len(content) > interaction.filesize_limit:
        told_size = size(len(content), place.locale)
        raise RefusedError(reply(Refusal.DATA_TOO_LARGE, place.locale, size=told_size))
    study = "" if report.study is None else report.study.name
    return exported(study, size(len(content), place.locale), place.locale, name), {name: content}


def _checked(interaction: discord.Interaction) -> Place:
    """Where somebody acts, if a card can be shown there.

    Raises:
        RefusedError: it cannot.
    """
    place = place_of(interaction)
    if place.missing:
        permission = ", ".join(place.missing)
        raise RefusedError(reply(Refusal.BOT_PERMISSION, place.locale, permission=permission))
    return place


def _refusal(error: ReportError, place: Place) -> RefusedError:
    _log.warning("report.not_made", cause=str(error))
    return RefusedError(reply(Refusal.NO_REPORT, place.locale))
