"""Where somebody acts."""

from dataclasses import dataclass

import discord

from bot.errors import RefusedError
from cards.replies import Refusal, reply

_LOCALES = frozenset(map(str, discord.Locale))


@dataclass(frozen=True)
class Place:
    """Where somebody acts: their server and channel, and they themselves, by Discord's ids.

    Attributes:
        guild_id: of the server.
        channel_id: of the channel, or of the thread.
        parent_id: of the channel that a thread belongs to; None where it is no thread.
        user_id: of the person.
        locale: of the person.
        missing: names of the permissions without which the bot cannot show a piece here, and which it lacks.
    """

    guild_id: int
    channel_id: int
    parent_id: int | None
    user_id: int
    locale: str
    missing: tuple[str, ...] = ()


def locale_of(interaction: discord.Interaction) -> str:
    """The locale of whoever acted; American English for one that Discord's documentation does not know."""
    locale = str(interaction.locale)
    return locale if locale in _LOCALES else "en-US"  # requests and tasks refuse one of another form


def place_of(interaction: discord.Interaction) -> Place:
    """Where an interaction comes from.

    Raises:
        RefusedError: from no server.
    """
    locale = locale_of(interaction)
    if interaction.guild_id is None or interaction.channel_id is None:
        raise RefusedError(reply(Refusal.GUILD_ONLY, locale))
    granted = interaction.app_permissions
    needed = {"Embed Links": granted.embed_links, "Attach Files": granted.attach_files}
    return Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        parent_id=getattr(interaction.channel, "parent_id", None),
        user_id=interaction.user.id,
        locale=locale,
        missing=tuple(name for name, is_granted in needed.items() if not is_granted),
    )
