import re
import string

import pytest

from cards.catalogue import FALLBACK, LANGUAGES, language_of, text, translation
from cards.commands import COMMANDS, command_key, option_key
from cards.replies import Notice, Refusal
from jobs.keys import KEYS, parse_key
from jobs.options import DENSITIES, MOODS
from jobs.progress import Stage
from jobs.request import Rendition

DISCORD_LOCALES = (
    *("id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl"),
    *("pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja"),
    *("zh-TW", "ko"),
)
"""What Discord's clients may be set to (Reference: Locales)."""

ENGLISH = LANGUAGES[FALLBACK]
GROUPS = ("mydata", "results")


def places(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_texts_and_places_of_english(language: str) -> None:
    texts = LANGUAGES[language]
    assert texts.keys() == ENGLISH.keys()
    assert {key for key in ENGLISH if places(texts[key]) != places(ENGLISH[key])} == set()
    assert all(template.strip() == template for key, template in texts.items() if key != "subtitle.style")
    assert all(texts.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_are_told_as_musicians_of_the_language_write_them(language: str) -> None:
    assert [parse_key(text(f"key.{key}", language)) for key in KEYS] == list(KEYS)


def test_german_keys() -> None:
    assert text("key.B major", "de") == "H-Dur"
    assert text("key.Bb minor", "de") == "b-Moll"
    assert text("key.F# minor", "de") == "fis-Moll"


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("de-Latn-AT", "de"),
        ("en-GB", "en"),
        ("pt-BR", "en"),
        ("den", "en"),
        ("", "en"),
    ],
)
def test_a_locale_is_served_by_the_nearest_language(locale: str, language: str) -> None:
    assert language_of(locale) == language


def test_what_nobody_translated_is_told_in_english() -> None:
    assert text("form.waltz", "xx-YY") == text("form.waltz", "en-GB") == text("form.waltz") == "Waltz"
    assert text("form.waltz", "de") == "Walzer"
    with pytest.raises(KeyError):
        text("no.such.text", "de")


def test_values_are_put_into_their_places_as_they_are() -> None:
    assert text("notice.canceled", title="{style} %s") == "Withdrawn: {style} %s."
    with pytest.raises(KeyError, match="title"):
        text("notice.canceled")


def test_discord_is_told_what_differs_from_english() -> None:
    key = command_key("ping")
    told = {locale: translation(key, locale) for locale in DISCORD_LOCALES}
    assert {locale: words for locale, words in told.items() if words} == {
        "de": "Nachsehen, ob alles wach ist"
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_fit_what_discord_takes(language: str) -> None:
    option_names = {option for options in COMMANDS.values() for option in options}
    for name in [*COMMANDS, *GROUPS, *option_names]:
        assert all(re.fullmatch("[a-z_]{1,32}", word) for word in name.split())
    keys = {command_key(name) for name in [*COMMANDS, *GROUPS]} | {option_key(name) for name in option_names}
    assert keys == {key for key in ENGLISH if key.startswith(("command.", "option."))}
    assert all(1 <= len(text(key, language)) <= 100 for key in keys)
    assert all(len(options) <= 25 for options in COMMANDS.values())


def test_names_in_the_contract_have_texts() -> None:
    assert {f"choice.mood.{name}" for name in MOODS} <= ENGLISH.keys()
    assert {f"choice.density.{name}" for name in DENSITIES} <= ENGLISH.keys()
    assert {f"choice.rendition.{name}" for name in Rendition} <= ENGLISH.keys()
    assert {f"stage.{stage}" for stage in Stage} <= ENGLISH.keys()


def test_every_private_sentence_can_be_said() -> None:
    known = {*Refusal, *Notice, "refusal.wrong_channel"}
    assert known == {key for key in ENGLISH if key.startswith(("refusal.", "notice."))}
    assert all(sentence.endswith(".") for key, sentence in ENGLISH.items() if key in known)
