"""`/compose`."""

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, Literal

import aiohttp
import discord
from discord import app_commands

from bot.commands.choices import MAX_CHOICES, is_any_style, styles_like, suggested
from bot.commands.told import options_of, told
from bot.errors import RefusedError
from bot.place import locale_of, place_of
from cards.figures import size
from cards.replies import Refusal, reply
from jobs.capabilities import Capabilities, PrimerLimits
from jobs.keys import suggest_keys
from jobs.options import ComposeOptions, resolve
from jobs.request import new_piece_id, new_seed
from jobs.task import ComposeTask, Fairness
from listening.store.asking import Asking
from listening.store.guilds import GuildSettings

if TYPE_CHECKING:
    from bot.client import EtudeBot

MIDI_HEADER = b"MThd"
DOWNLOAD_SECONDS = 1.5
"""For how long a primer may take to arrive; `bot.deadline` says what is left of it."""


def compose_command(bot: "EtudeBot") -> app_commands.Command[Any, ..., None]:
    """The command, bound to a bot."""

    @app_commands.command(name="compose", description=told("compose"))
    @app_commands.describe(**options_of("compose"))
    async def compose(
        interaction: discord.Interaction,
        style: str | None = None,
        key: str | None = None,
        length: str | None = None,
        density: str | None = None,
        mood: Literal["calm", "neutral", "lively"] | None = None,
        temperature: app_commands.Range[float, 0.1, 2.0] | None = None,
        seed: str | None = None,
        primer: discord.Attachment | None = None,
        primer_echo: bool = True,
        rendition: Literal["performed", "score"] | None = None,
        pitches: str | None = None,
        top_p: app_commands.Range[float, 0.0, 1.0] | None = None,
        guidance: app_commands.Range[float, 0.0, 5.0] | None = None,
        form: Literal[
            "auto", "free", "prelude", "ternary", "song", "binary", "rondo", "variations", "verse-chorus"
        ]
        | None = None,
        candidates: app_commands.Range[int, 1, 8] | None = None,
        level: Literal["easy", "medium", "advanced"] | None = None,
        format: Literal["mp3", "opus", "flac", "wav"] | None = None,  # noqa: A002 - the option's name
    ) -> None:
        async def work() -> None:
            data = None if primer is None else await _download(interaction, primer, await _limits(bot))
            options = ComposeOptions(
                style=style,
                key=key,
                length=length,
                density=density,
                mood=mood,
                temperature=None if temperature is None else str(temperature),
                top_p=None if top_p is None else str(top_p),
                guidance=None if guidance is None else str(guidance),
                form=form,
                candidates=None if candidates is None else str(candidates),
                level=level,
                seed=seed,
                pitches=pitches,
                rendition=rendition,
                format=format,
                primer_sha256=None if data is None else hashlib.sha256(data).hexdigest(),
                primer_echo=primer_echo,
            )
            await take(bot, interaction, options, data)

        await bot.answered(interaction, work())

    @compose.autocomplete("style")
    async def suggest_styles(
        interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return await suggested(styles_like(bot, current, locale_of(interaction)))

    @compose.autocomplete("key")
    async def suggest_keys_like(
        _interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=name, value=name) for name in suggest_keys(current, MAX_CHOICES)]

    return compose


async def take(
    bot: "EtudeBot", interaction: discord.Interaction, options: ComposeOptions, primer: bytes | None
) -> None:
    """Take a request for a piece.

    Raises:
        RefusedError: something in it is not allowed, or it is not to be had now.
    """
    place = place_of(interaction)
    offered = await bot.offers.capabilities()
    if offered is None:
        raise RefusedError(reply(Refusal.NO_WORKER, place.locale))

    def make(fairness: Fairness, asking: Asking) -> tuple[ComposeTask, bytes | None]:
        request = resolve(
            _filled(options, asking.settings, offered, place.locale),
            offered,
            next_number=asking.next_number,
            draw_seed=new_seed,
            new_id=new_piece_id,
            default_format=bot.settings.etude_audio_format,
            locale=place.locale,
        )
        return ComposeTask(request=request, reply_to=bot.address, fairness=fairness), primer

    await bot.requests.take(interaction, make)


def _filled(
    options: ComposeOptions, server: GuildSettings, offered: Capabilities, locale: str
) -> ComposeOptions:
    """What was typed, and where nothing was, what the server has set, as far as it is still to be had."""
    length = max(server.default_length_seconds, offered.min_length_seconds)
    defaults = {
        "style": server.default_style if server.default_style in offered.styles else None,
        "length": f"{min(length, offered.max_length_seconds):g}",
    }
    changes = {name: value for name, value in defaults.items() if getattr(options, name) is None}
    if options.style is not None and is_any_style(options.style, locale):
        changes["style"] = None
    return options.model_copy(update=changes)


async def _limits(bot: "EtudeBot") -> PrimerLimits:
    offered: Capabilities | None = await bot.offers.capabilities()
    return PrimerLimits() if offered is None else offered.primer


async def _download(
    interaction: discord.Interaction, primer: discord.Attachment, limits: PrimerLimits
) -> bytes:
    """A primer's bytes; no more of them is looked at here than size and header.

    Raises:
        RefusedError: it is too large, no MIDI file, or does not arrive.
    """
    locale = locale_of(interaction)
    if primer.size > limits.max_bytes:
        raise RefusedError(reply(Refusal.PRIMER_TOO_LARGE, locale, size=size(limits.max_bytes, locale)))
    try:
        async with asyncio.timeout(DOWNLOAD_SECONDS):
            data = await primer.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
        raise RefusedError(reply(Refusal.PRIMER_UNREADABLE, locale)) from error
    if not data.startswith(MIDI_HEADER) or len(data) > limits.max_bytes:
        raise RefusedError(reply(Refusal.NOT_MIDI, locale))
    return data
