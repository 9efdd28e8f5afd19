"""The 24 keys: their names, what people type for them, and what to offer while they type."""

import re
import unicodedata

from jobs.errors import RequestError, quote

KEYS = (
    *("C major", "Db major", "D major", "Eb major", "E major", "F major"),
    *("Gb major", "G major", "Ab major", "A major", "Bb major", "B major"),
    *("C minor", "C# minor", "D minor", "Eb minor", "E minor", "F minor"),
    *("F# minor", "G minor", "G# minor", "A minor", "Bb minor", "B minor"),
)
"""Canonical names, spelled as musicians spell them; index = tonic's pitch class + 12 if minor."""

_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS = {"": 0, "natural": 0, "#": 1, "sharp": 1, "b": -1, "flat": -1}
_GERMAN = {
    **{letter: pitch_class for letter, pitch_class in _LETTERS.items() if letter != "b"},
    **{letter + sharp: _LETTERS[letter] + 1 for letter in "cdefga" for sharp in ("is", "#")},
    **{letter + flat: _LETTERS[letter] - 1 for letter in "cdefga" for flat in ("es", "b")},
    "es": 3,
    "as": 8,
    "b": 10,
    "bb": 10,
    "h": 11,
    "his": 12,
}
"""German note names, where B is B flat and H is B natural."""

_ENGLISH_KEY = re.compile(
    r"([a-g]) ?(#|b|sharp|flat|natural)? ?(major|maj|ma|minor|min|mi|m)?", re.IGNORECASE | re.ASCII
)
_GERMAN_KEY = re.compile(r"([a-h](?: ?[#b]|[a-z]*)) ?(dur|moll)", re.IGNORECASE | re.ASCII)


def parse_key(text: str) -> str:
    """Returns the canonical name of the key that `text` names.

    Understands "c min", "Cm", "Bb", "f# minor", "F sharp minor", "B♭", "A# minor" (which is Bb minor),
    and German names before "dur" and "moll" ("fis-moll", "B-Dur"). A tonic alone is major. A single
    capital "M" is major, as in chord names; a small "m" is minor.

    Raises:
        RequestError: if `text` names no key.
    """
    words = _words(text)
    if german := _GERMAN_KEY.fullmatch(words):
        tonic = _GERMAN.get(german[1].lower().replace(" ", ""))
        if tonic is not None:
            return KEYS[tonic % 12 + 12 * (german[2].lower() == "moll")]
    elif english := _ENGLISH_KEY.fullmatch(words):
        tonic = _LETTERS[english[1].lower()] + _ACCIDENTALS[(english[2] or "").lower()]
        mode = english[3] or ""
        minor = mode != "M" and mode.lower() in {"m", "mi", "min", "minor"}
        return KEYS[tonic % 12 + 12 * minor]
    raise RequestError(
        f"Key {quote(text)} is not understood: give one of the 24 major and minor keys, "
        'such as "C minor", "Bb" or "F# minor".'
    )


def suggest_keys(prefix: str, limit: int = 25) -> list[str]:
    """Returns up to `limit` canonical names that match what has been typed so far, likeliest first.

    Every usual spelling counts ("C# maj" suggests "Db major"), a rare one such as "Cb major" only once it
    is complete. An empty prefix matches all keys, and one that begins no key gives an empty list.
    """
    typed = _words(prefix).lower().replace(" ", "")
    matches = [name for name in KEYS if any(spelling.startswith(typed) for spelling in _spellings(name))]
    matches.sort(key=lambda name: not name.lower().replace(" ", "").startswith(typed))
    try:
        meant = parse_key(prefix)
    except RequestError:
        return matches[:limit]
    return [meant, *(name for name in matches if name != meant)][:limit]


def _words(text: str) -> str:
    """Returns `text` with plain accidentals, and with one space for whatever separates words."""
    plain = unicodedata.normalize("NFKC", text).replace("♭", "b").replace("♯", "#").replace("♮", "natural")
    return re.sub(r"[\s_\-\u2010-\u2014]+", " ", plain).strip()


def _spellings(name: str) -> list[str]:
    """Returns the usual ways to write a canonical key, without spaces and in small letters."""
    pitch_class, mode = KEYS.index(name) % 12, name.split()[1]
    return [
        letter + accidental + mode
        for letter, natural in _LETTERS.items()
        for accidental, shift in _ACCIDENTALS.items()
        if (natural + shift) % 12 == pitch_class and (shift == 0 or pitch_class not in _LETTERS.values())
    ]
