"""The files beside a piece's message: their names and their alt texts."""

from dataclasses import dataclass

from cards.catalogue import text
from cards.figures import number
from cards.message import Attachment
from cards.titles import FAST_NOTES_PER_SECOND, SLOW_NOTES_PER_SECOND, title_of
from jobs.audio import AudioFormat
from jobs.request import PieceId
from jobs.result import GenerationResult, Measured

SOFT_VELOCITY = 50.0
LOUD_VELOCITY = 80.0


@dataclass(frozen=True)
class Filenames:
    """The names of a piece's files; `audio` is None where none is sent."""

    midi: str
    audio: str | None
    picture: str


def filenames(piece_id: PieceId, audio_format: AudioFormat | None) -> Filenames:
    """Returns the names of a piece's files, with its audio in a format, or without any."""
    audio = None if audio_format is None else f"{piece_id}{audio_format.suffix}"
    return Filenames(midi=f"{piece_id}.mid", audio=audio, picture=f"{piece_id}.png")


def attachments(result: GenerationResult, names: Filenames) -> tuple[Attachment, ...]:
    """Returns a piece's files with their alt texts: the audio, if any, then MIDI, then picture."""
    request, measured = result.request, result.measured
    locale = request.locale
    words = {
        "title": title_of(request),
        "seconds": number(measured.seconds, locale),
        "notes": number(measured.notes, locale),
        "notes_per_second": number(measured.notes_per_second, locale, decimals=1),
        "density": text(f"alt.density.{_density(measured)}", locale),
        "loudness": text(f"alt.loudness.{_loudness(measured)}", locale),
        "mean": number(measured.mean_polyphony, locale, decimals=1),
        "most": number(measured.largest_polyphony, locale),
        "key": text(f"key.{measured.key}" if measured.key else "piece.none", locale),
    }
    picture = "alt.picture" if measured.notes else "alt.picture.empty"
    keys = {names.audio: "alt.audio", names.midi: "alt.midi", names.picture: picture}
    return tuple(Attachment(name, text(key, locale, **words)) for name, key in keys.items() if name)


def _density(measured: Measured) -> str:
    if measured.notes_per_second < SLOW_NOTES_PER_SECOND:
        return "sparse"
    return "dense" if measured.notes_per_second > FAST_NOTES_PER_SECOND else "medium"


def _loudness(measured: Measured) -> str:
    if measured.mean_velocity < SOFT_VELOCITY:
        return "soft"
    return "loud" if measured.mean_velocity > LOUD_VELOCITY else "medium"
