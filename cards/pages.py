"""Pages to read: help, about, ping, invite and privacy."""

from collections.abc import Mapping
from types import MappingProxyType

from cards.buttons import Button, ButtonStyle
from cards.catalogue import text
from cards.commands import COMMANDS, command_key, mention
from cards.figures import number
from cards.foreign import escaped, plain
from cards.message import Embed, Field, Message
from cards.piece import CHECKPOINT_CHARACTERS
from cards.styles import ANY_STYLE_COLOUR, style_name
from jobs.capabilities import Capabilities

_NO_IDS: Mapping[str, int] = MappingProxyType({})


def help_page(locale: str, command_ids: Mapping[str, int] = _NO_IDS) -> Message:
    """Returns how to use Etude; commands can be clicked whose ids Discord has told."""
    commands = [
        f"{mention(name, command_ids)} {text(command_key(name), locale)}"
        for name in COMMANDS
        if name != "help"
    ]
    introduction = text("help.introduction", locale, compose=mention("compose", command_ids))
    # The list goes into the description, which has room for it in every language; a field may not have.
    description = f"{introduction}\n\n**{text('help.commands', locale)}**\n" + "\n".join(commands)
    return _page(
        "help", locale, description, _sections(("help.buttons", "help.rating", "help.listening"), locale)
    )


def about(capabilities: Capabilities | None, workers: int, pieces: int, locale: str) -> Message:
    """Returns what composes here.

    Args:
        capabilities: what workers offer, or offered last; None where none was ever heard.
        workers: how many there are.
        pieces: how many have been composed.
        locale: of the reader.
    """
    lines, values = [text("about.description", locale)], {"pieces": number(pieces, locale)}
    if not workers:
        lines.append(text("about.no_worker", locale))
    if capabilities is not None:
        low, high = capabilities.min_length_seconds, capabilities.max_length_seconds
        styles = [escaped(style_name(style, locale)) for style in capabilities.styles]
        values = {
            "styles": ", ".join(styles) or text("piece.none", locale),
            "length": text("about.length.span", locale, low=number(low, locale), high=number(high, locale)),
            "formats": ", ".join(each.value for each in capabilities.audio_formats),
            "checkpoint": f"`{capabilities.checkpoint[:CHECKPOINT_CHARACTERS]}`",
            "sampler": capabilities.sampler.value,
        } | values
    fields = tuple(
        Field(text(f"about.{name}", locale), value, is_inline=name != "styles")
        for name, value in values.items()
    )
    return _page("about", locale, "\n".join(lines), fields, footer=text("about.footer", locale))


def ping(gateway_seconds: float | None, redis_seconds: float | None, workers: int, locale: str) -> Message:
    """Returns who is awake, and how long Discord and Redis took to answer, None where they do not."""

    def answered(seconds: float | None) -> str:
        if seconds is None:
            return text("ping.away", locale)
        return text("ping.milliseconds", locale, number=number(seconds * 1000, locale))

    values = {
        "gateway": answered(gateway_seconds),
        "redis": answered(redis_seconds),
        "workers": number(workers, locale),
    }
    fields = tuple(
        Field(text(f"ping.{name}", locale), value, is_inline=True) for name, value in values.items()
    )
    return _page("ping", locale, "", fields)


def invite(url: str, locale: str) -> Message:
    """Returns the link that adds Etude to a server."""
    button = Button(text("invite.button", locale), style=ButtonStyle.LINK, url=plain(url, 512))
    return Message(content=text("invite.text", locale), rows=((button,),))


def privacy(locale: str, command_ids: Mapping[str, int] = _NO_IDS) -> Message:
    """Returns what is stored, what is not, why, and for how long; `PRIVACY.md` says it at length."""
    commands = {name: mention(f"mydata {name}", command_ids) for name in ("get", "delete")}
    keys = ("privacy.stored", "privacy.not_stored", "privacy.purpose", "privacy.duration")
    return _page("privacy", locale, "", _sections(keys, locale, **commands))


def _page(name: str, locale: str, description: str, fields: tuple[Field, ...], footer: str = "") -> Message:
    embed = Embed(
        title=text(f"{name}.title", locale),
        description=description,
        colour=ANY_STYLE_COLOUR,
        fields=fields,
        footer=footer,
    )
    return Message(embed=embed)


def _sections(keys: tuple[str, ...], locale: str, **values: str) -> tuple[Field, ...]:
    return tuple(Field(text(key, locale), text(f"{key}.text", locale, **values)) for key in keys)
