"""What a person typed, and how it becomes a complete request."""

import re
from collections.abc import Callable, Iterable, Sequence
from math import fsum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from jobs.audio import AudioFormat
from jobs.capabilities import Capabilities
from jobs.errors import RequestError, quote
from jobs.forms import FORMS
from jobs.keys import parse_key
from jobs.levels import LEVELS
from jobs.request import (
    CANDIDATES,
    GUIDANCE,
    LENGTH_SECONDS,
    MAX_SEED,
    NOTES_PER_SECOND,
    TEMPERATURE,
    GenerationRequest,
    Range,
    Rendition,
)

DEFAULT_LENGTH_SECONDS = 60.0


class Mood(NamedTuple):
    """A preset over two controls; None leaves a control unspecified."""

    density: float | None  # note onsets a second
    loudness: float | None  # mean MIDI velocity, 1..127


DENSITIES = {"sparse": 3.0, "medium": 6.0, "dense": 10.0}
MOODS = {"calm": Mood(3.5, 45.0), "neutral": Mood(None, None), "lively": Mood(10.0, 85.0)}

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"  # one way to read each: in linear time
_DURATION = re.compile(rf"({_NUMBER})\s*(?:(s|secs?|seconds?)|(m|mins?|minutes?))?", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9])", re.ASCII)


class ComposeOptions(BaseModel):
    """The options of one `compose`, as they were typed; None is an option that was not given.

    Numbers are taken as their text. Of a primer only the SHA-256 of its file stands here, and whether the
    piece is to begin with it: no front looks into the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    style: str | None = None
    key: str | None = None
    length: str | None = None
    density: str | None = None
    mood: str | None = None
    temperature: str | None = None
    top_p: str | None = None
    guidance: str | None = None
    form: str | None = None
    candidates: str | None = None
    level: str | None = None
    seed: str | None = None
    pitches: str | None = None
    rendition: str | None = None
    format: str | None = None
    primer_sha256: str | None = None
    primer_echo: bool = True


def resolve(
    options: ComposeOptions,
    capabilities: Capabilities,
    *,
    next_number: Callable[[], int],
    draw_seed: Callable[[], int],
    new_id: Callable[[], str],
    default_format: AudioFormat = AudioFormat.MP3,
    locale: str = "en",
) -> GenerationRequest:
    """Returns the complete request for what was typed, as far as `capabilities` allow it.

    `draw_seed` is called only where no seed was given, and it, `next_number` and `new_id` only once nothing
    is refused any more. Style, key, density, pitches and loudness stay None where nothing says otherwise:
    the model composes freely in what is unspecified.

    Raises:
        RequestError: naming the first option that is not understood or not allowed.
    """
    if options.key is not None and options.pitches is not None:
        raise RequestError("Key and pitches were both given: choose one, since either decides the pitches.")
    mood = MOODS["neutral"] if options.mood is None else parse_mood(options.mood)
    limits = Range(capabilities.min_length_seconds, capabilities.max_length_seconds)
    length = (
        min(max(DEFAULT_LENGTH_SECONDS, limits.low), limits.high)
        if options.length is None
        else parse_length(options.length, limits)
    )
    defaults, formats = capabilities.defaults, capabilities.audio_formats
    return GenerationRequest(
        style=None if options.style is None else parse_style(options.style, capabilities.styles),
        key=None if options.key is None else parse_key(options.key),
        length_seconds=length,
        density=mood.density if options.density is None else parse_density(options.density),
        loudness=mood.loudness,
        pitch_class_histogram=None if options.pitches is None else parse_pitches(options.pitches),
        rendition=Rendition.PERFORMED if options.rendition is None else parse_rendition(options.rendition),
        temperature=(
            defaults.temperature if options.temperature is None else parse_temperature(options.temperature)
        ),
        top_p=defaults.top_p if options.top_p is None else parse_top_p(options.top_p),
        guidance=defaults.guidance if options.guidance is None else parse_guidance(options.guidance),
        form=defaults.form if options.form is None else parse_form(options.form),
        candidates=(
            defaults.candidates if options.candidates is None else parse_candidates(options.candidates)
        ),
        level=None if options.level is None else parse_level(options.level),
        primer_sha256=options.primer_sha256,
        primer_echo=options.primer_echo and options.primer_sha256 is not None,
        audio_format=parse_format(default_format if options.format is None else options.format, formats),
        seed=draw_seed() if options.seed is None else parse_seed(options.seed),
        is_seed_given=options.seed is not None,
        id=new_id(),
        number=next_number(),
        locale=locale,
    )


def parse_style(text: str, styles: Sequence[str]) -> str:
    """Returns the one of `styles` that `text` names, whatever its case and spaces."""
    named = {_folded(style): style for style in styles}
    style = named.get(_folded(text))
    if style is None:
        raise RequestError(f"Style {quote(text)} is not known: choose one of {', '.join(styles)}.")
    return style


def parse_length(text: str, limits: Range = LENGTH_SECONDS) -> float:
    """Returns a length in seconds from "60", "60 s", "1.5 min" or "1:30"."""
    seconds = None
    if clock := _CLOCK.fullmatch(text.strip()):
        seconds = 60.0 * int(clock[1]) + int(clock[2])
    elif duration := _DURATION.fullmatch(text.strip()):
        seconds = float(duration[1]) * (60 if duration[3] else 1)
    if seconds is None or not limits.low <= seconds <= limits.high:
        raise _refusal("Length", text, f'{limits.low:g} to {limits.high:g} seconds, such as "60" or "1:30"')
    return seconds


def parse_density(text: str) -> float:
    """Returns a note density in onsets a second from a number or from sparse, medium or dense."""
    named = DENSITIES.get(_folded(text))
    allowed = f"sparse, medium, dense, or {_span(NOTES_PER_SECOND)} notes per second"
    return _bounded("Density", text, NOTES_PER_SECOND, allowed) if named is None else named


def parse_mood(text: str) -> Mood:
    """Returns the preset that `text` names."""
    mood = MOODS.get(_folded(text))
    if mood is None:
        raise _refusal("Mood", text, _one_of(MOODS))
    return mood


def parse_temperature(text: str) -> float:
    """Returns a sampling temperature."""
    return _bounded("Temperature", text, TEMPERATURE, f"a number from {_span(TEMPERATURE)}, such as 0.9")


def parse_top_p(text: str) -> float:
    """Returns the share of probability that sampling keeps, above 0."""
    allowed = "a number above 0 and up to 1, such as 0.95"
    top_p = _bounded("Top-p", text, Range(0, 1), allowed)
    if top_p == 0:
        raise _refusal("Top-p", text, allowed)
    return top_p


def parse_guidance(text: str) -> float:
    """Returns how far sampling is led by what is asked for."""
    return _bounded("Guidance", text, GUIDANCE, f"a number from {_span(GUIDANCE)}, such as 1.5")


def parse_form(text: str) -> str:
    """Returns the form that `text` names."""
    named = {_folded(form): form for form in FORMS}
    form = named.get(_folded(text))
    if form is None:
        raise _refusal("Form", text, _one_of(FORMS))
    return form


def parse_candidates(text: str) -> int:
    """Returns how many candidates are sampled."""
    digits = text.strip()
    if re.fullmatch("[0-9]{1,3}", digits, re.ASCII) and CANDIDATES.low <= int(digits) <= CANDIDATES.high:
        return int(digits)
    raise _refusal("Candidates", text, f"a whole number from {_span(CANDIDATES)}")


def parse_level(text: str) -> str:
    """Returns the level that `text` names."""
    if _folded(text) not in LEVELS:
        raise _refusal("Level", text, _one_of(LEVELS))
    return _folded(text)


def parse_seed(text: str) -> int:
    """Returns a seed, 0..2**63-1."""
    digits = text.strip()
    # Counted before it is read: Python refuses to convert texts of thousands of digits.
    if re.fullmatch(r"[0-9]{1,19}", digits, re.ASCII) and int(digits) <= MAX_SEED:
        return int(digits)
    raise _refusal("Seed", text, f"a whole number from 0 to {MAX_SEED}")


def parse_pitches(text: str) -> tuple[float, ...]:
    """Returns a pitch-class histogram, 12 shares from C to B that sum to 1, from 12 comma-separated weights.

    This is the form of Performance RNN's `pitch_class_histogram`; brackets around the numbers are allowed.
    """
    numbers = [_number(part) for part in text.strip().removeprefix("[").removesuffix("]").split(",")]
    weights = [number for number in numbers if number is not None and 0 <= number < float("inf")]
    if len(weights) != 12 or len(numbers) != 12 or not any(weights):
        allowed = "12 numbers from C to B, separated by commas, none negative and not all 0"
        raise _refusal("Pitches", text, f'{allowed}, such as "2,0,1,0,1,1,0,1,0,1,0,1"')
    heaviest = max(weights)  # dividing by it first keeps the sum of huge weights finite
    total = fsum(weight / heaviest for weight in weights)
    return tuple(weight / heaviest / total for weight in weights)


def parse_rendition(text: str) -> Rendition:
    """Returns the rendition that `text` names."""
    if _folded(text) not in set(Rendition):
        raise _refusal("Rendition", text, _one_of(Rendition))
    return Rendition(_folded(text))


def parse_format(text: str, formats: Sequence[AudioFormat] = tuple(AudioFormat)) -> AudioFormat:
    """Returns the one of `formats` that `text` names; a leading dot is allowed."""
    name = _folded(text).removeprefix(".")
    if name not in set(formats):
        raise _refusal("Format", text, _one_of(formats))
    return AudioFormat(name)


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text).casefold()


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(_NUMBER, text.strip(), re.ASCII) else None


def _bounded(option: str, text: str, limits: Range, allowed: str) -> float:
    number = _number(text)
    if number is None or not limits.low <= number <= limits.high:
        raise _refusal(option, text, allowed)
    return number


def _span(limits: Range) -> str:
    return f"{limits.low:g} to {limits.high:g}"


def _one_of(names: Iterable[str]) -> str:
    *others, last = (str(name) for name in names)
    return f"{', '.join(others)} or {last}" if others else last


def _refusal(option: str, text: str, allowed: str) -> RequestError:
    return RequestError(f"{option} {quote(text)} is not allowed: give {allowed}.")
