from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.attachments import attachments, filenames
from cards.catalogue import LANGUAGES
from cards.message import Embed
from cards.piece import audio_left_out, audio_smaller, deleted, piece
from cards.styles import style_colour, style_name
from jobs.audio import AudioFormat
from jobs.forms import FORMS
from jobs.keys import KEYS
from jobs.result import GenerationResult, Originality, Plan, Section
from tests.cards.discord_rules import assert_sendable
from tests.cards.hostile import FEW, results, texts
from tests.jobs.pieces import RESULT

STYLES = (
    *("baroque", "classical", "romantic", "impressionist", "modern", "ragtime"),
    *("pop", "salon", "latin", "klezmer", "minimalist"),
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    letters = draw(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=24))
    sections = tuple(
        Section(
            name=letter + "′" * min(letters[:place].count(letter), 3),
            key=draw(st.none() | st.sampled_from(KEYS)),
            begin=10.0 * place,
        )
        for place, letter in enumerate(letters)
    )
    return Plan(form=draw(st.sampled_from(FORMS)), sections=sections, climax=draw(st.floats(0, 600)))


def result(**changes: Any) -> GenerationResult:
    return RESULT.model_copy(update={"request": RESULT.request.model_copy(update=changes)})


def card(made: GenerationResult, **options: Any) -> Embed:
    embed = piece(made, filenames(made.id, AudioFormat.MP3), **options).embed
    assert embed is not None
    return embed


def fields(embed: Embed) -> dict[str, str]:
    return {field.name: field.value for field in embed.fields}


def test_what_was_asked_for_stands_beside_what_was_measured() -> None:
    embed = card(result(key="G minor", density=8.0, length_seconds=12))
    assert embed.title.endswith(" in G minor, No. 1")
    assert fields(embed) == {
        "Key": "asked: G minor\nmeasured: **C minor**",
        "Length": "asked: 12 s\nmeasured: **10 s**",
        "Notes a second": "asked: 8\nmeasured: **6**",
        "Style": "baroque",
        "Seed": "`7`",
    }
    assert embed.footer == "23456789ab · checkpoint 0123456789ab · cpu-fp32"
    assert embed.description == ""


def test_what_was_left_open_is_told_as_such() -> None:
    told = fields(card(result(style=None)))
    assert told["Key"] == "asked: any\nmeasured: **C minor**"
    assert told["Style"] == "any"


def test_a_level_is_told_with_what_the_hands_do() -> None:
    easy = result(level="easy")
    assert fields(card(easy))["Level"] == "easy"  # of a piece that was made before hands were measured
    hands = {"hand_span": 11, "hand_notes": 3, "hand_leap": 12.0, "hand_strokes_per_second": 6.0}
    measured = easy.measured.model_copy(update=hands)
    told = fields(card(easy.model_copy(update={"measured": measured})))
    assert told["Level"] == "easy; hands reach 11 semitones, at most 6 strokes a second each"


RONDO = Plan(
    form="rondo",
    sections=tuple(
        Section(name=name, key=key, begin=20.0 * place)
        for place, (name, key) in enumerate(
            [("A", "Bb major"), ("B", "F major"), ("A′", "Bb major"), ("C", "G minor"), ("A″", "Bb major")]
        )
    ),
    climax=71.4,
)


def planned(plan: Plan, locale: str = "en") -> str:
    made = result(locale=locale).model_copy(update={"plan": plan})
    return fields(card(made))["Form"]


def test_a_plan_is_told_in_one_line() -> None:
    assert planned(RONDO) == "A B A′ C A″ in B-flat major, B in F major, C in G minor, climax at 1:11"
    assert planned(RONDO, "de") == "A B A′ C A″ in B-Dur, B in F-Dur, C in g-Moll, Höhepunkt bei 1:11"


def test_a_section_at_home_is_not_told_apart() -> None:
    at_home = tuple(section.model_copy(update={"key": "Bb major"}) for section in RONDO.sections)
    told = planned(RONDO.model_copy(update={"sections": at_home, "climax": 5.0}))
    assert told == "A B A′ C A″ in B-flat major, climax at 0:05"
    alone = Plan(form="prelude", sections=RONDO.sections[:1], climax=8.0)
    assert planned(alone, "de") == "A in B-Dur, Höhepunkt bei 0:08"


def test_a_plan_without_keys_tells_none() -> None:
    without = tuple(section.model_copy(update={"key": None}) for section in RONDO.sections)
    assert planned(RONDO.model_copy(update={"sections": without})) == "A B A′ C A″, climax at 1:11"


@FEW
@given(results(), plans(), st.sampled_from(("en", "de", "de-AT", "xx")))
def test_whatever_was_planned_can_be_sent(made: GenerationResult, plan: Plan, locale: str) -> None:
    request = made.request.model_copy(update={"locale": locale})
    message = piece(made.model_copy(update={"plan": plan, "request": request}), filenames(made.id, None))
    assert_sendable(message.to_payload())
    assert message.embed is not None
    assert all("\n" not in field.value for field in message.embed.fields if field.name == "Form")


def test_originality_is_told_where_it_is_known() -> None:
    found = Originality(
        longest_match=12, matched_share=0.027, most_notes=19, most_share=0.12, index="0123456789ab"
    )
    made = RESULT.model_copy(update={"originality": found})
    assert fields(card(made))["Originality"] == "97%, longest match: 12 notes"
    nothing = found.model_copy(update={"longest_match": 0, "matched_share": 0.0})
    assert fields(card(RESULT.model_copy(update={"originality": nothing})))["Originality"] == "100%"


def test_a_piece_is_told_in_its_language() -> None:
    told = fields(card(result(locale="de", key="Bb major", density=8.5)))
    assert told["Tonart"] == "gewünscht: B-Dur\ngemessen: **c-Moll**"
    assert told["Noten pro Sekunde"] == "gewünscht: 8,5\ngemessen: **6**"
    assert told["Stil"] == "Barock"


def test_a_style_of_ones_own_keeps_its_name_and_cannot_format_the_card() -> None:
    told = fields(card(result(style="# my_own *style* @everyone")))
    assert told["Style"] == r"\# my\_own \*style\* \@everyone"


def test_files_are_named_by_the_id_and_described() -> None:
    message = piece(RESULT, filenames(RESULT.id, AudioFormat.OPUS))
    title = card(RESULT).title
    assert [(file.filename, file.alt_text) for file in message.attachments] == [
        (
            "23456789ab.ogg",
            f"Recording of “{title}” for piano: 10 s, neither sparse nor dense, moderately loud.",
        ),
        ("23456789ab.mid", f"MIDI file of “{title}” for piano; number of notes: 60."),
        (
            "23456789ab.png",
            f"Piano roll of “{title}”. Length: 10 s. Notes: 60, 6 a second (neither sparse nor dense). "
            "Sounding at once: 2 on average, 4 at most. Loudness: moderately loud. "
            "Best-fitting key: C minor.",
        ),
    ]
    assert message.embed is not None
    assert message.embed.image == "23456789ab.png"


@pytest.mark.parametrize(
    ("density", "velocity", "words"),
    [
        (2, 30, "sparse, soft."),
        (12, 100, "dense, loud."),
        (6, 64, "neither sparse nor dense, moderately loud."),
    ],
)
def test_alt_texts_say_in_words_how_a_piece_sounds(density: float, velocity: float, words: str) -> None:
    measured = RESULT.measured.model_copy(update={"notes_per_second": density, "mean_velocity": velocity})
    audio, *_ = attachments(
        RESULT.model_copy(update={"measured": measured}), filenames(RESULT.id, AudioFormat.MP3)
    )
    assert audio.alt_text.endswith(words)


def test_a_piece_without_notes_has_an_empty_roll() -> None:
    measured = RESULT.measured.model_copy(update={"notes": 0, "key": None})
    silent = RESULT.model_copy(update={"measured": measured})
    assert attachments(silent, filenames(RESULT.id, None))[-1].alt_text.startswith("An empty piano roll")
    assert fields(card(silent))["Key"].endswith("**none**")


def test_audio_that_is_too_large_is_left_out_with_a_sentence() -> None:
    note = audio_left_out(10 * 1024 * 1024, "en")
    message = piece(RESULT, filenames(RESULT.id, None), note=note)
    assert [file.filename for file in message.attachments] == ["23456789ab.mid", "23456789ab.png"]
    assert message.embed is not None
    assert message.embed.description == note
    assert note.startswith("The audio is larger than the 10 MB that are allowed here")


def test_a_smaller_encoding_is_told_of_below_where_the_opening_comes_from() -> None:
    note = audio_smaller(1536 * 1024, AudioFormat.OPUS, "de")
    made = result(locale="de", primer_sha256="0" * 64)
    assert card(made, note=note).description == (
        "Setzt einen gegebenen Anfang fort.\n"
        "Die Aufnahme war größer als die hier erlaubten 1,5 MB, deshalb kommt sie als OPUS."
    )


def test_a_deleted_piece_leaves_a_sentence_without_files_and_buttons() -> None:
    payload = deleted("en").to_payload()
    assert payload["embeds"][0]["description"] == "This piece was deleted."
    assert payload["components"] == payload["attachments"] == []


@FEW
@given(results(), texts, st.none() | st.sampled_from(AudioFormat))
def test_whatever_came_of_a_request_can_be_sent(
    made: GenerationResult, note: str, audio_format: AudioFormat | None
) -> None:
    message = piece(made, filenames(made.id, audio_format), note=note)
    assert_sendable(message.to_payload())


def luminance(colour: int) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    channels = ((colour >> shift & 0xFF) / 255 for shift in (16, 8, 0))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("style", [*STYLES, None])
def test_every_style_has_a_colour_of_its_own_that_is_seen_on_dark_and_on_light(style: str | None) -> None:
    dark, light, own = luminance(0x2B2D31), luminance(0xF2F3F5), luminance(style_colour(style))
    assert (own + 0.05) / (dark + 0.05) >= 3
    assert (light + 0.05) / (own + 0.05) >= 3
    assert len({style_colour(each) for each in (*STYLES, None)}) == len(STYLES) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_style_has_a_name(language: str) -> None:
    names = [style_name(style, language) for style in STYLES]
    assert len(set(names)) == len(STYLES)
    assert language == "en" or names != list(STYLES)
