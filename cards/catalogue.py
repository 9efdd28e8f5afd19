"""The catalogue of all texts that users read, in the language that a locale asks for."""

from collections.abc import Mapping
from types import MappingProxyType

from cards.texts import de, en

FALLBACK = "en"
"""The language that is complete; it tells what others lack."""

LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType({FALLBACK: en.TEXTS, "de": de.TEXTS})
"""The texts of each language by their keys; a language may be as narrow as "pt-BR"."""


def language_of(locale: str) -> str:
    """Returns which of `LANGUAGES` serves a locale: "pt-BR" itself, else "pt", else English."""
    while locale and locale not in LANGUAGES:
        locale = locale.rpartition("-")[0]
    return locale or FALLBACK


def text(key: str, locale: str = FALLBACK, /, **values: str | int) -> str:
    """Returns the text `key` in the language of `locale`, with `values` put into its places.

    What a language lacks is told in English.

    Raises:
        KeyError: if English has no such text, or `values` lacks one of its places.
    """
    return LANGUAGES[language_of(locale)].get(key, LANGUAGES[FALLBACK][key]).format_map(values)


def translation(key: str, locale: str) -> str | None:
    """Returns what Discord is to show in `locale` instead of the English text; None where that is English.

    Raises:
        KeyError: as `text`.
    """
    return None if language_of(locale) == FALLBACK else text(key, locale)
