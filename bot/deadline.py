"""The time within which Discord wants the first answer to an interaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord

DISCORD_SECONDS = 3.0
"""Later answers are refused by Discord."""

DUE_SECONDS = 2.2
"""For how long an answer may be looked for; what is left is for the way there and back."""

_KEY = "deadline"


@asynccontextmanager
async def deadline(interaction: discord.Interaction) -> AsyncIterator[None]:
    """Ends its block if no answer is begun in time.

    Raises:
        TimeoutError: it was ended.
    """
    async with asyncio.timeout(DUE_SECONDS) as limit:
        interaction.extras[_KEY] = limit
        yield


def lift_deadline(interaction: discord.Interaction) -> None:
    """Say that the answer is on its way: to break it off now would leave it unknown whether it arrived."""
    limit: asyncio.Timeout | None = interaction.extras.get(_KEY)
    if limit is not None and not limit.expired():
        limit.reschedule(None)
