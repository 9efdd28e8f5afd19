import pytest

from cards.catalogue import LANGUAGES, text
from cards.figures import duration, number, ordinal, percent, seconds, size


def test_numbers_are_written_as_the_language_does() -> None:
    assert number(1234.56, "en", decimals=1) == "1,234.6"
    assert number(1234.56, "de", decimals=1) == "1.234,6"
    assert number(6.0, "en", decimals=1) == "6"
    assert number(300.0, "en") == "300"
    assert number(-0.4, "en") == number(-0.004, "en", decimals=2) == "0"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_marks_in_numbers_are_single_characters(language: str) -> None:
    assert [len(text(f"number.{mark}", language)) for mark in ("group", "decimal")] == [1, 1]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        *((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th")),
        *((21, "21st"), (101, "101st"), (112, "112th"), (1003, "1,003rd")),
    ],
)
def test_english_ordinals(place: int, said: str) -> None:
    assert ordinal(place, "en-GB") == said


def test_german_ordinals() -> None:
    assert [ordinal(place, "de") for place in (1, 3, 11)] == ["1.", "3.", "11."]


def test_shares_are_told_in_percent_and_never_too_early() -> None:
    assert percent(0.58, "en") == "58%"
    assert percent(0.58, "de") == "58 %"
    assert percent(0.999, "en") == "99%"
    assert percent(1, "en") == "100%"


@pytest.mark.parametrize(
    ("length", "said"),
    [(0.2, "1 s"), (12, "12 s"), (90, "90 s"), (91, "2 min"), (600, "10 min"), (7200, "2 h"), (7201, "3 h")],
)
def test_durations_are_rounded_up(length: float, said: str) -> None:
    assert duration(length, "en") == said


def test_lengths_and_sizes() -> None:
    assert seconds(61.26, "de") == "61,3 s"
    assert size(10 * 1024 * 1024, "en") == "10 MB"
    assert size(1_500_000, "de") == "1,4 MB"
