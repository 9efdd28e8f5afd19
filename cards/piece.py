"""The message of a finished piece: what was asked for beside what was measured, its files, its buttons."""

from cards.attachments import Filenames, attachments
from cards.buttons import piece_row
from cards.catalogue import text
from cards.figures import clock, number, percent, seconds, size
from cards.foreign import escaped
from cards.message import Embed, Field, Message
from cards.styles import QUIET_COLOUR, style_colour, style_name
from cards.titles import title_of
from jobs.audio import AudioFormat
from jobs.result import GenerationResult, Measured, Originality, Plan

CHECKPOINT_CHARACTERS = 12
_NOTE_CHARACTERS = 300


def piece(result: GenerationResult, names: Filenames, *, note: str = "") -> Message:
    """Returns the message of a finished piece.

    Args:
        result: all about the piece.
        names: of the files that are sent along, in the order of the message's attachments.
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
        fields=(*_compared(result), *_told(result)),
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


def _planned(plan: Plan, locale: str) -> str:
    """A plan in one line, such as "A B A′ in C major, B in G major, climax at 0:41"."""
    names, home = " ".join(section.name for section in plan.sections), plan.sections[0].key
    parts = [names if home is None else text("piece.sections", locale, names=names, key=_key(home, locale))]
    keys = {section.name[:1]: section.key for section in plan.sections if section.key not in (None, home)}
    parts += [
        text("piece.section", locale, letter=letter, key=_key(key, locale))
        for letter, key in keys.items()
        if key is not None
    ]
    return ", ".join((*parts, text("piece.climax", locale, time=clock(plan.climax))))


def _played(level: str, measured: Measured, locale: str) -> str:
    """A level, and what was measured of the hands."""
    name = text(f"choice.level.{level}", locale)
    if measured.hand_span is None or measured.hand_strokes_per_second is None:
        return name
    span, strokes = (number(one, locale) for one in (measured.hand_span, measured.hand_strokes_per_second))
    return text("piece.played", locale, level=name, span=span, strokes=strokes)


def _original(found: Originality, locale: str) -> str:
    """The share of the notes that are met nowhere else, and the longest match."""
    share = percent(1 - found.matched_share, locale)
    if not found.longest_match:
        return share
    return text("piece.original", locale, share=share, notes=number(found.longest_match, locale, decimals=0))


def _key(name: str, locale: str) -> str:
    return text(f"key.{name}", locale)


def _told(result: GenerationResult) -> tuple[Field, ...]:
    """Style, seed and, where they are known, level, form and originality."""
    request, locale = result.request, result.request.locale
    style = escaped(style_name(request.style, locale)) if request.style else text("piece.any", locale)
    values = {"style": style, "seed": f"`{request.seed}`"}
    if request.level is not None:
        values["level"] = _played(request.level, result.measured, locale)
    if result.plan is not None:
        values["form"] = _planned(result.plan, locale)
    if result.originality is not None:
        values["originality"] = _original(result.originality, locale)
    return tuple(
        Field(text(f"piece.{name}", locale), value, is_inline=True) for name, value in values.items()
    )
