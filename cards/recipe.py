"""The recipe of a piece: everything that determines it, to be copied."""

import json

from cards.catalogue import text
from cards.foreign import plain, shortened
from cards.message import Message
from cards.titles import title_of
from jobs.options import MOODS
from jobs.request import GenerationRequest
from jobs.result import GenerationResult

# Room for every recipe that a person can ask for, and together for a message's content.
_LINE_CHARACTERS = 580
_JSON_CHARACTERS = 1_160


def recipe(result: GenerationResult, locale: str) -> Message:
    """Returns a piece's recipe: the line that asks for it again, and JSON with all that made it.

    It stands in the content, as Discord's mobile clients copy nothing out of an embed.
    """
    about = {
        "id": result.id,
        "checkpoint": result.checkpoint,
        "sampler": result.sampler.value,
        "soundfont": plain(result.soundfont),
        "midi_sha256": result.midi_sha256,
        "requested": result.request.recipe(),
    }
    advice = [text("recipe.advice", locale)]
    if result.request.primer_sha256 is not None:
        advice.append(text("recipe.primer", locale))
    parts = [
        f"**{title_of(result.request, locale)}**",
        _block("", compose_line(result.request), _LINE_CHARACTERS),
        _block("json", json.dumps(about, indent=1), _JSON_CHARACTERS),
        " ".join(advice),
    ]
    return Message(content="\n".join(parts))


def compose_line(request: GenerationRequest) -> str:
    """Returns the command that asks for a piece again, as it can be pasted into Discord.

    What a command cannot say is left out: a primer's file, how much of it is heard, and a loudness that is
    of no mood.
    """
    options = {
        "style": request.style,
        "key": request.key,
        "length": _exact(request.length_seconds),
        "density": _exact(request.density),
        "mood": _mood(request),
        "temperature": _exact(request.temperature),
        "seed": str(request.seed),
        "primer_echo": "False" if request.primer_sha256 is not None and not request.primer_echo else None,
        "rendition": request.rendition.value,
        "pitches": ",".join(_exact(share) for share in request.pitch_class_histogram or ()),
        "top_p": _exact(request.top_p),
        "guidance": _exact(request.guidance),
        "form": request.form,
        "candidates": str(request.candidates),
        "level": request.level,
        "format": request.audio_format.value,
    }
    return " ".join(
        ["/compose", *(f"{name}:{plain(value, 400)}" for name, value in options.items() if value)]
    )


def _exact(value: float | None) -> str:
    """The shortest text that is read as the same number; none for none."""
    if value is None:
        return ""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _mood(request: GenerationRequest) -> str:
    """The mood of this loudness; none where naming it would bring a density that was not asked for."""
    if request.loudness is None or request.density is None:
        return ""
    return next((name for name, mood in MOODS.items() if mood.loudness == request.loudness), "")


def _block(language: str, code: str, limit: int) -> str:
    """A block of code that no backtick inside ends; JSON has an escape for them."""
    written = code.replace("`", "\\u0060" if language == "json" else "'")
    return f"```{language}\n{shortened(written, limit)}\n```"
