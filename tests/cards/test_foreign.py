import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.foreign import escaped, plain, shortened, width
from tests.cards.discord_rules import length
from tests.cards.hostile import texts


@given(st.text(), st.integers(0, 30))
def test_what_is_too_long_is_cut_with_an_ellipsis(text: str, limit: int) -> None:
    cut = shortened(text, limit)
    assert width(cut) <= limit
    if width(text) <= limit:
        assert cut == text
    elif limit:
        assert cut.endswith("…")


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_the_width_is_counted_as_discord_does(text: str) -> None:
    assert width(text) == length(text)


def test_emoji_are_not_torn() -> None:
    assert shortened("🎹🎹🎹", 4) == "🎹…"


@given(texts)
def test_a_plain_text_is_one_line_that_prints(text: str) -> None:
    assert plain(text).isprintable()
    assert width(plain(text)) <= 80


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("slow_drag", r"slow\_drag"),
        ("@everyone <@1>", r"\@everyone \<\@1\>"),
        ("# not a heading", r"\# not a heading"),
        ("# not # a heading", r"\# not # a heading"),
        ("-# small", r"\-# small"),
        ("[here](https://example.org)", r"\[here\](https:\//example.org)"),
        ("`code` **loud**", r"\`code\` \*\*loud\*\*"),
        ("a\nb\u2028c\td", "a b c d"),
        ("\u202etxt.exe", "?txt.exe"),
        ("half a pair: \ud83c", "half a pair: ?"),
        ("a well-known style, e.g. C# minor: (fine)", "a well-known style, e.g. C# minor: (fine)"),
    ],
)
def test_markdown_of_others_is_shown_as_it_is(text: str, shown: str) -> None:
    assert escaped(text) == shown
