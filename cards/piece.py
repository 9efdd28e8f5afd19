"""The message of a finished piece: what was asked for beside what was measured, its files, its buttons."""

from cards.attachments import Filenames, attachments
from cards.buttons import piece_row
from cards.catalogue import text
from cards.figures import number, percent, seconds, size
from cards.foreign import escaped
from cards.message import Embed, Field, Message
from cards.styles import QUIET_COLOUR, style_colour, style_name
from cards.titles import title_of
from jobs.audio import AudioFormat
from jobs.request import Share
from jobs.result import GenerationResult

CHECKPOINT_CHARACTERS = 12
_NOTE_CHARACTERS = 300


def piece(
    result: GenerationResult, names: Filenames, *, originality: Share | None = None, note: str = ""
) -> Message:
    """Returns the message of a finished piece.

    Args:
        result: all about the piece.
        names: of the files that are sent along, in the order of the message's attachments.
        originality: the share of the piece that stands in no other, if it was looked for.
        note: a sentence about the files, such as `audio_left_out`.
    """
    request, locale = result.request, result.request.locale
    lines = [text("piece.primer", locale)] if request.primer_sha256 is not None else []
    if note:
        lines.append(escaped(note, _NOTE_CHARACTERS))
    embed = Embed(
        title=title_of(request),
        description="\n".join(lines),
        colour=style_colour(request.style),
        fields=(*_compared(result), *_told(result, originality)),
        footer=text(
            "piece.footer",
            locale,
            id=result.id,
            checkpoint=result.checkpoint[:CHECKPOINT_CHARACTERS],
            sampler=result.sampler.value,
        ),
        image=names.picture,
    )
    return Message(embed=embed, rows=(piece_row(result.id, locale),), attachments=attachments(result, names))


def deleted(locale: str) -> Message:
    """Returns what stands in place of a piece that was deleted; its files and buttons are gone."""
    return Message(embed=Embed(description=text("deleted", locale), colour=QUIET_COLOUR))


def audio_left_out(limit_bytes: int, locale: str) -> str:
    """Returns the note that no audio is attached, as it is larger than what the channel takes."""
    return text("piece.audio_left_out", locale, size=size(limit_bytes, locale))


def audio_smaller(limit_bytes: int, audio_format: AudioFormat, locale: str) -> str:
    """Returns the note that the audio is attached in a smaller format than was asked for."""
    allowed = size(limit_bytes, locale)
    return text("piece.audio_smaller", locale, size=allowed, format=audio_format.value.upper())


def _compared(result: GenerationResult) -> tuple[Field, ...]:
    """Key, length and density, each as it was asked for and as it was measured."""
    request, measured, locale = result.request, result.measured, result.request.locale

    def key(name: str | None, otherwise: str) -> str:
        return text(otherwise if name is None else f"key.{name}", locale)

    def density(value: float | None) -> str:
        return text("piece.any", locale) if value is None else number(value, locale, decimals=1)

    asked_and_measured = {
        "key": (key(request.key, "piece.any"), key(measured.key, "piece.none")),
        "length": (seconds(request.length_seconds, locale), seconds(measured.seconds, locale)),
        "density": (density(request.density), density(measured.notes_per_second)),
    }
    return tuple(
        Field(
            text(f"piece.{name}", locale),
            text("piece.compared", locale, asked=asked, measured=found),
            is_inline=True,
        )
        for name, (asked, found) in asked_and_measured.items()
    )


def _told(result: GenerationResult, originality: Share | None) -> tuple[Field, ...]:
    """What is one figure only: style, seed and, where it is known, originality."""
    request, locale = result.request, result.request.locale
    style = escaped(style_name(request.style, locale)) if request.style else text("piece.any", locale)
    values = {"style": style, "seed": f"`{request.seed}`"}
    if originality is not None:
        values["originality"] = percent(originality, locale)
    return tuple(
        Field(text(f"piece.{name}", locale), value, is_inline=True) for name, value in values.items()
    )
