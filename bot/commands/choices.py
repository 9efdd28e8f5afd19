"""What is offered while somebody types: a hint only, which must come at once or not at all."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

import structlog
from discord.app_commands import Choice

from bot.deadline import DUE_SECONDS
from cards.catalogue import text
from cards.foreign import plain
from cards.styles import style_name
from jobs.errors import JobsError
from listening.store.errors import StoreError

if TYPE_CHECKING:
    from bot.client import EtudeBot

ANY_STYLE = "any"
"""What is typed where no particular style is asked for; what it is called may be typed as well."""

MAX_CHOICES = 25
MAX_CHARACTERS = 100
_log = structlog.get_logger(__name__)


async def suggested(choices: Awaitable[list[Choice[str]]]) -> list[Choice[str]]:
    """The first choices; none where they cannot be had in time."""
    try:
        async with asyncio.timeout(DUE_SECONDS):
            return (await choices)[:MAX_CHOICES]
    except (JobsError, StoreError, TimeoutError) as error:
        _log.warning("choices.not_found", cause=str(error))
        return []


async def styles_like(bot: "EtudeBot", typed: str, locale: str) -> list[Choice[str]]:
    """Any style, then those on offer, whose name, in itself or as it is shown, holds what was typed."""
    offered = await bot.offers.capabilities()
    wanted = typed.strip().casefold()
    names = [(ANY_STYLE, _any_name(locale))]
    names += [(style, style_name(style, locale)) for style in (offered.styles if offered else ())]
    return [
        Choice(name=plain(shown, MAX_CHARACTERS), value=style)
        for style, shown in names
        if (wanted in style.casefold() or wanted in shown.casefold()) and 0 < len(style) <= MAX_CHARACTERS
    ]


def is_any_style(typed: str, locale: str) -> bool:
    """Whether no particular style is asked for, in so many words."""
    return typed.strip().casefold() in (ANY_STYLE, _any_name(locale).casefold())


def _any_name(locale: str) -> str:
    return text("piece.any", locale)
