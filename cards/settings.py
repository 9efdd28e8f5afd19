"""What `/settings` shows: what holds for a server."""

from dataclasses import dataclass

from cards.catalogue import text
from cards.figures import number, seconds
from cards.foreign import escaped
from cards.message import Embed, Field, Message
from cards.styles import ANY_STYLE_COLOUR, style_name

_SHOWN_CHANNELS = 20


@dataclass(frozen=True)
class ServerSettings:
    """What holds for a server.

    Attributes:
        default_style: of pieces that ask for none; None leaves it open.
        default_length_seconds: of pieces that ask for none.
        channel_ids: Discord's ids of the channels to compose in; none allow all.
        user_limit: how many pieces a member may have waiting at once.
        is_voting_on: whether pieces get the reactions to be rated with.
    """

    default_style: str | None
    default_length_seconds: float
    channel_ids: tuple[int, ...]
    user_limit: int
    is_voting_on: bool


def settings(server: ServerSettings, locale: str, *, is_changed: bool = False) -> Message:
    """Returns what holds for a server, and that it was just changed if it was."""
    style = server.default_style
    values = {
        "style": text("piece.any", locale) if style is None else escaped(style_name(style, locale)),
        "length": seconds(server.default_length_seconds, locale),
        "user_limit": number(server.user_limit, locale),
        "channels": channels(server.channel_ids, locale) or text("settings.channels.all", locale),
        "voting": text("settings.on" if server.is_voting_on else "settings.off", locale),
    }
    embed = Embed(
        title=text("settings.title", locale),
        description=text("settings.changed", locale) if is_changed else "",
        colour=ANY_STYLE_COLOUR,
        fields=tuple(
            Field(text(f"settings.{name}", locale), value, is_inline=name != "channels")
            for name, value in values.items()
        ),
    )
    return Message(embed=embed)


def channels(channel_ids: tuple[int, ...], locale: str) -> str:
    """Returns channels as they can be clicked; of many only the first, and how many more."""
    shown = ", ".join(f"<#{channel_id}>" for channel_id in channel_ids[:_SHOWN_CHANNELS])
    more = len(channel_ids) - _SHOWN_CHANNELS
    if more <= 0:
        return shown
    return text("settings.channels.more", locale, channels=shown, count=number(more, locale))
