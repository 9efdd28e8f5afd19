"""Numbers as people of a language write them."""

import math

from cards.catalogue import language_of, text

_MINUTE = 60
_HOUR = 3600


def number(value: float, locale: str, decimals: int = 0) -> str:
    """Returns a number with at most so many decimals: "1,234.5" in English, "1.234,5" in German."""
    digits = f"{value:z,.{decimals}f}"  # z: what is rounded to nothing is not less than nothing
    if decimals:
        digits = digits.rstrip("0").removesuffix(".")
    marks = text("number.group", locale) + text("number.decimal", locale)
    return digits.translate(str.maketrans(",.", marks))


def percent(share: float, locale: str) -> str:
    """Returns a share of 0 to 1 in whole percent, rounded down: 100 is said of what is complete."""
    # 0.58 * 100 is 57.99… where numbers are binary; that little is given back before.
    return text("number.percent", locale, number=number(math.floor(share * 100 + 1e-9), locale))


def ordinal(place: int, locale: str) -> str:
    """Returns a place in a row, 1 being the first: "3rd"."""
    category = _english_category(place) if language_of(locale) == "en" else "other"
    return text(f"ordinal.{category}", locale, number=number(place, locale))


def duration(length: float, locale: str) -> str:
    """Returns a length of time, given in seconds, rounded up: "12 s", "3 min", "2 h"."""
    if length <= 1.5 * _MINUTE:
        return text("duration.seconds", locale, number=number(math.ceil(length), locale))
    if length <= 1.5 * _HOUR:
        return text("duration.minutes", locale, number=number(math.ceil(length / _MINUTE), locale))
    return text("duration.hours", locale, number=number(math.ceil(length / _HOUR), locale))


def seconds(length: float, locale: str) -> str:
    """Returns a length in seconds to a tenth, to be compared with another: "61.3 s"."""
    return text("duration.seconds", locale, number=number(length, locale, decimals=1))


def clock(moment: float) -> str:
    """Returns a moment of a piece, given in seconds, as players show it: "1:05"."""
    return f"{int(moment) // _MINUTE}:{int(moment) % _MINUTE:02d}"


def size(number_of_bytes: int, locale: str) -> str:
    """Returns the size of a file as Discord's clients say it: "10 MB" are 10 * 1024 * 1024 bytes."""
    return text("size.megabytes", locale, number=number(number_of_bytes / 1024**2, locale, decimals=1))


def _english_category(place: int) -> str:
    """The category of Unicode's plural rules (CLDR, ordinals of English) that a number falls into."""
    if place % 100 in (11, 12, 13):
        return "other"
    return {1: "one", 2: "two", 3: "few"}.get(place % 10, "other")
