from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.audio import AudioFormat
from jobs.capabilities import Capabilities, Sampler, SamplingDefaults
from jobs.errors import RequestError
from jobs.options import (
    MOODS,
    ComposeOptions,
    parse_candidates,
    parse_density,
    parse_form,
    parse_format,
    parse_guidance,
    parse_length,
    parse_level,
    parse_mood,
    parse_pitches,
    parse_rendition,
    parse_seed,
    parse_style,
    parse_temperature,
    parse_top_p,
    resolve,
)
from jobs.request import MAX_SEED, GenerationRequest, Rendition

STYLES = ("baroque", "classical", "romantic", "impressionist", "ragtime")
SHA256 = "ab" * 32


def capabilities(**changes: Any) -> Capabilities:
    fields = {"checkpoint": "0123abcd", "sampler": Sampler.CPU_FP32, "styles": STYLES} | changes
    return Capabilities(**fields)


def resolved(offered: Capabilities | None = None, **options: Any) -> GenerationRequest:
    return resolve(
        ComposeOptions(**options),
        offered or capabilities(),
        next_number=lambda: 1041,
        draw_seed=lambda: 99,
        new_id=lambda: "abcdefghjk23",
    )


def refusal_of(parse: Callable[[str], object], typed: str) -> str:
    with pytest.raises(RequestError) as refusal:
        parse(typed)
    return str(refusal.value)


@pytest.mark.parametrize("typed", ["baroque", " Baroque ", "BAR-OQUE"])
def test_styles_are_known_in_any_case(typed: str) -> None:
    assert parse_style(typed, STYLES) == "baroque"


def test_an_unknown_style_is_told_the_known_ones() -> None:
    with pytest.raises(RequestError) as refusal:
        parse_style("techno", STYLES)
    sentence = (
        'Style "techno" is not known: choose one of baroque, classical, romantic, impressionist, ragtime.'
    )
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("60", 60),
        ("60s", 60),
        ("90 s", 90),
        ("90 seconds", 90),
        ("1:30", 90),
        ("1.5 min", 90),
        ("2 MIN", 120),
        ("10", 10),
        ("300", 300),
        ("12.5", 12.5),
    ],
)
def test_lengths(typed: str, seconds: float) -> None:
    assert parse_length(typed) == seconds


@pytest.mark.parametrize(
    "typed",
    ["abc", "0", "-5", "100000", "nan", "inf", "", "9.99", "300.1", "1:75", "5:01", "1e999", "٦٠", "60 h"],
)
def test_a_length_that_is_refused_is_named_with_the_bounds(typed: str) -> None:
    sentence = refusal_of(parse_length, typed)
    assert sentence.startswith(f'Length "{typed}"')
    assert "10 to 300 seconds" in sentence


@pytest.mark.parametrize(
    ("typed", "density"),
    [("sparse", 3), ("Medium", 6), ("dense", 10), ("0.5", 0.5), ("30", 30), ("4.5", 4.5)],
)
def test_densities(typed: str, density: float) -> None:
    assert parse_density(typed) == density


@pytest.mark.parametrize(
    ("parse", "option", "typed"),
    [
        (parse_density, "Density", "0.4"),
        (parse_density, "Density", "31"),
        (parse_density, "Density", "many"),
        (parse_density, "Density", "nan"),
        (parse_mood, "Mood", "angry"),
        (parse_temperature, "Temperature", "nan"),
        (parse_temperature, "Temperature", "0"),
        (parse_temperature, "Temperature", "2.1"),
        (parse_temperature, "Temperature", "hot"),
        (parse_top_p, "Top-p", "0"),
        (parse_top_p, "Top-p", "1.01"),
        (parse_top_p, "Top-p", "-inf"),
        (parse_guidance, "Guidance", "-0.1"),
        (parse_guidance, "Guidance", "5.1"),
        (parse_form, "Form", "sonata"),
        (parse_level, "Level", "hard"),
        (parse_candidates, "Candidates", "0"),
        (parse_candidates, "Candidates", "9"),
        (parse_candidates, "Candidates", "two"),
        (parse_seed, "Seed", "-1"),
        (parse_seed, "Seed", "1.5"),
        (parse_seed, "Seed", "seven"),
        (parse_seed, "Seed", "1_000"),
        (parse_seed, "Seed", str(MAX_SEED + 1)),
        (parse_pitches, "Pitches", "1,2,3"),
        (parse_pitches, "Pitches", ",".join("0" * 12)),
        (parse_pitches, "Pitches", "-1,1,1,1,1,1,1,1,1,1,1,1"),
        (parse_pitches, "Pitches", "nan,1,1,1,1,1,1,1,1,1,1,1"),
        (parse_pitches, "Pitches", "1e999,1,1,1,1,1,1,1,1,1,1,1"),
        (parse_pitches, "Pitches", ",".join("1" * 13)),
        (parse_pitches, "Pitches", "1,,1,1,1,1,1,1,1,1,1,1,1"),
        (parse_rendition, "Rendition", "loud"),
        (parse_format, "Format", "ogg"),
    ],
)
def test_what_is_not_allowed_is_named(parse: Callable[[str], object], option: str, typed: str) -> None:
    assert refusal_of(parse, typed).startswith(f'{option} "{typed}" is not allowed: give ')


def test_values_in_range_are_taken() -> None:
    assert parse_temperature("0.1") == 0.1
    assert parse_temperature(" 2 ") == 2
    assert parse_top_p("1") == 1
    assert parse_top_p("0.001") == 0.001
    assert parse_guidance("0") == 0
    assert parse_form("Verse Chorus") == "verse-chorus"
    assert parse_candidates(" 8 ") == 8
    assert parse_level(" Easy ") == "easy"
    assert parse_guidance("5") == 5
    assert parse_seed("0") == 0
    assert parse_seed(str(MAX_SEED)) == MAX_SEED
    assert parse_rendition("Score") is Rendition.SCORE
    assert parse_format(".MP3") is AudioFormat.MP3


def test_pitches_become_shares() -> None:
    assert parse_pitches("2,0,1,0,1,0,0,0,0,0,0,0") == (0.5, 0, 0.25, 0, 0.25, 0, 0, 0, 0, 0, 0, 0)
    assert parse_pitches("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]") == pytest.approx((1 / 12,) * 12)


PARSERS: tuple[Callable[[str], object], ...] = (
    lambda text: parse_style(text, STYLES),
    parse_length,
    parse_density,
    parse_mood,
    parse_temperature,
    parse_top_p,
    parse_guidance,
    parse_form,
    parse_candidates,
    parse_seed,
    parse_pitches,
    parse_rendition,
    parse_format,
)
NUMERIC = st.text("0123456789.:,+-eE sminf[]", max_size=30)


@given(st.text() | NUMERIC)
@example("9" * 5000)
@example("1e999")
@example("\ud800\n\u202e")
def test_any_text_is_parsed_or_refused_in_one_line(typed: str) -> None:
    sentences = []
    for parse in PARSERS:
        try:
            parse(typed)
        except RequestError as refusal:
            sentences.append(str(refusal))
    assert all(sentence.isprintable() and len(sentence) < 300 for sentence in sentences)


@given(st.lists(st.floats(min_value=0, allow_infinity=False), min_size=12, max_size=12).filter(any))
def test_any_weights_make_a_histogram_that_a_request_takes(weights: list[float]) -> None:
    request = resolved(pitches=",".join(map(repr, weights)))
    assert request.pitch_class_histogram is not None
    assert GenerationRequest.model_validate_json(request.model_dump_json()) == request


def test_nothing_typed_gives_the_defaults() -> None:
    request = resolved(
        capabilities(
            defaults=SamplingDefaults(temperature=0.95, top_p=0.97, guidance=1.25, form="song", candidates=2)
        )
    )
    assert request == GenerationRequest(
        id="abcdefghjk23",
        number=1041,
        seed=99,
        is_seed_given=False,
        style=None,
        key=None,
        length_seconds=60,
        density=None,
        pitch_class_histogram=None,
        loudness=None,
        rendition=Rendition.PERFORMED,
        temperature=0.95,
        top_p=0.97,
        guidance=1.25,
        form="song",
        candidates=2,
        level=None,
        primer_sha256=None,
        primer_echo=False,
        audio_format=AudioFormat.MP3,
        locale="en",
    )


def test_everything_typed_is_in_the_request() -> None:
    request = resolved(
        style="Baroque",
        key="c min",
        length="1:30",
        density=6,
        mood="calm",
        temperature=0.9,
        top_p="0.95",
        guidance="2",
        form="Verse Chorus",
        candidates=3,
        level="Medium",
        seed=7,
        rendition="score",
        format="flac",
        primer_sha256=SHA256,
        primer_echo=False,
    )
    assert request.recipe() == {
        "version": 1,
        "seed": 7,
        "style": "baroque",
        "key": "C minor",
        "length_seconds": 90,
        "density": 6,
        "pitch_class_histogram": None,
        "loudness": 45,
        "rendition": "score",
        "temperature": 0.9,
        "top_p": 0.95,
        "guidance": 2,
        "form": "verse-chorus",
        "candidates": 3,
        "level": "medium",
        "primer_sha256": SHA256,
        "primer_echo": False,
        "primer_opening_seconds": None,
    }
    assert request.audio_format is AudioFormat.FLAC


@pytest.mark.parametrize("mood", MOODS)
def test_an_explicit_density_goes_before_a_mood(mood: str) -> None:
    assert resolved(mood=mood, density="sparse").density == 3
    assert resolved(mood=mood, density="sparse").loudness == MOODS[mood].loudness
    assert resolved(mood=mood).density == MOODS[mood].density


def test_key_and_pitches_exclude_each_other() -> None:
    with pytest.raises(RequestError, match=r"^Key and pitches were both given: choose one"):
        resolved(key="C", pitches=",".join("1" * 12))


def test_limits_of_the_worker_hold() -> None:
    narrow = capabilities(min_length_seconds=10, max_length_seconds=45, audio_formats=(AudioFormat.OPUS,))
    with pytest.raises(RequestError, match="10 to 45 seconds"):
        resolved(narrow, length="60", format="opus")
    with pytest.raises(RequestError, match="give opus"):
        resolved(narrow, format="mp3")
    assert resolved(narrow, format="opus").length_seconds == 45


def test_a_piece_begins_with_its_primer_if_it_has_one_and_nothing_else_is_said() -> None:
    assert resolved(primer_sha256=SHA256).primer_echo
    assert not resolved(primer_sha256=SHA256, primer_echo=False).primer_echo
    assert not resolved(primer_echo=True).primer_echo


def test_a_refused_option_draws_neither_seed_nor_id() -> None:
    def never() -> Any:
        raise AssertionError("drawn")

    with pytest.raises(RequestError):
        resolve(
            ComposeOptions(format="ogg"), capabilities(), next_number=never, draw_seed=never, new_id=never
        )
