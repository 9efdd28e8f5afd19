"""The tables about obedience: key, density, mood, length, ending."""

from typing import Any

from model.evaluation.endings import EndingRow, ending_row
from model.evaluation.obedience import closing_row, density_row, length_row, mood_row
from model.evaluation.pieces import FEWEST, Music
from model.evaluation.plan import SECONDS, Part
from model.evaluation.section import ALL, Section
from model.evaluation.tonality import KeyFinding, key_row, pitch_row
from model.note_table import NoteTable


def keys(music: Music) -> Section:
    """Whether the key asked for is found, beside real openings in their known key."""
    sampled = {
        style: [KeyFinding.of(one.notes, one.planned.key) for one in music.main(style)]
        for style in music.styles
    }
    real = {
        style: [KeyFinding.of(notes, key) for notes, key in _known(music, style)] for style in music.styles
    }
    rows: dict[str, Any] = {}
    for style in (ALL, *music.styles):
        wanted = music.styles if style == ALL else [style]
        rows[style] = key_row([one for name in wanted for one in sampled[name]])
        if known := [one for name in wanted for one in real[name]]:
            rows[f"{style}, real"] = key_row(known)
    explanation = (
        "Share of pieces in which the key asked for is found (Krumhansl-Kessler), and its close neighbours; "
        "of real pieces, their openings in the key that the manifest knows. Second opinion: music21, with "
        "Temperley's profiles."
    )
    return Section("keys", "Key asked for", explanation, rows)


def pitches(music: Music) -> Section:
    """How freely pieces move in their key."""
    rows = {
        style: pitch_row(
            [(one.notes, one.planned.key) for one in music.main(style)],
            music.openings(style),
            _known(music, style),
            FEWEST,
        )
        for style in music.judged
        if music.main(style)
    }
    explanation = (
        "Entropy of pitch classes in bits, and share of notes outside the scale of the key asked for: "
        "medians of sampled pieces beside the middle half of real ones."
    )
    return Section("pitches", "Freedom within the key", explanation, rows)


def density(music: Music) -> Section:
    """Whether a note density is kept, and what is played where none is asked for."""
    rows = {
        style or ALL: density_row(music.main(style), music.openings(style)) for style in (None, *music.styles)
    }
    explanation = (
        "Notes a second: of pieces asked for a density, the distance from it as a share of it; of the "
        "others, the median beside that of real pieces."
    )
    return Section("density", "Note density asked for", explanation, rows)


def moods(music: Music) -> Section:
    """What moods do to density and loudness."""
    pieces = music.part(Part.MOODS)
    rows: dict[str, Any] = {}
    for style in (None, *dict.fromkeys(one.planned.style for one in pieces)):
        for mood in dict.fromkeys(one.planned.mood for one in pieces):
            own = [one for one in pieces if one.planned.mood == mood and style in (None, one.planned.style)]
            rows[f"{style or ALL}, {mood}"] = mood_row(own)
    explanation = "Medians over pieces that are alike but for the mood: notes a second and mean velocity."
    return Section("moods", "Moods", explanation, rows)


def lengths(music: Music) -> Section:
    """Whether pieces have the length asked for, and end by themselves."""
    rows: dict[str, Any] = {}
    for part in (Part.SHORT, Part.MAIN, Part.LONG):
        for style in (None, *music.styles):
            if pieces := music.part(part, style):
                rows[f"{style or ALL}, {SECONDS[part]:g} s"] = length_row(pieces)
    explanation = (
        "From the start to the last release, beside the length asked for. By itself: END was drawn before "
        "the latest moment that the sampler allows."
    )
    return Section("lengths", "Length asked for", explanation, rows)


def endings(music: Music) -> Section:
    """Whether pieces end on the tonic, and thin out."""

    def sampled(style: str | None) -> EndingRow:
        return ending_row([(one.notes, one.planned.key) for one in music.main(style)], SECONDS[Part.MAIN])

    def real(style: str | None) -> EndingRow | None:
        pieces = [(one.notes, one.key) for one in music.real if style in (None, one.style)]
        return ending_row(pieces, SECONDS[Part.MAIN]) if pieces else None

    explanation = (
        "Whether the last chord, with what still sounds, contains the tonic; whether the last 4 s have at "
        "most three quarters of the onsets a second of what comes before. Of real pieces, their last minute."
    )
    return Section("endings", "Endings", explanation, music.beside_real(sampled, real))


def closing(music: Music) -> Section:
    """Whether notes had to be closed by a rule."""
    rows = {
        f"{style or ALL}, {SECONDS[part]:g} s": closing_row(pieces)
        for part in (Part.MAIN, Part.LONG)
        for style in (None, *music.styles)
        if (pieces := music.part(part, style))
    }
    explanation = (
        "Share of pieces in which a note was held for as long as the sampler allows, or as many notes "
        "sounded at once as it allows: there a rule closes a note. Untouched: neither."
    )
    return Section("closing", "Notes closed by a rule", explanation, rows)


def _known(music: Music, style: str) -> list[tuple[NoteTable, int]]:
    """Openings of a style's real pieces whose key is known, however they were rendered."""
    return [
        (one.notes.window(0.0, SECONDS[Part.MAIN]), one.key)
        for one in music.real
        if one.style == style and one.key is not None
    ]
