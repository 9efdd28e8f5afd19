from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import forms
from model.form.templates import (
    AUTO,
    FORMS,
    FREE,
    LONGEST_SECTION_SECONDS,
    PRELUDE,
    SHORTEST_SECTION_SECONDS,
    sections_of,
)

names = st.sampled_from(list(FORMS))


def test_what_can_be_asked_for_is_what_can_be_planned() -> None:
    assert (forms.AUTO, forms.FREE) == (AUTO, FREE)
    assert (AUTO, FREE, *FORMS) == forms.FORMS


def test_forms_are_different_and_name_their_sections_in_order() -> None:
    assert len(set(FORMS.values())) == len(FORMS)
    for letters in FORMS.values():
        firsts = "".join(dict.fromkeys(letters))
        assert firsts == "ABC"[: len(firsts)]


@pytest.mark.parametrize("form", [name for name in FORMS if name != PRELUDE])
def test_every_form_but_a_prelude_returns_to_something(form: str) -> None:
    assert len(set(FORMS[form])) < len(FORMS[form])


@pytest.mark.parametrize("form", FORMS)
def test_at_a_middling_length_a_form_is_as_it_stands(form: str) -> None:
    seconds = len(FORMS[form]) * (SHORTEST_SECTION_SECONDS + LONGEST_SECTION_SECONDS) / 2
    assert sections_of(form, seconds) == FORMS[form]


def test_a_short_piece_is_cut_down() -> None:
    three = 3 * SHORTEST_SECTION_SECONDS
    assert sections_of("rondo", 5 * SHORTEST_SECTION_SECONDS) == "ABACA"
    assert sections_of("rondo", 5 * SHORTEST_SECTION_SECONDS - 0.1) == "ABA"
    assert sections_of("rondo", three) == "ABA"
    assert sections_of("rondo", three - 0.1) == "A"
    assert sections_of("ternary", three - 0.1) == "A"


def test_a_long_piece_plays_its_sections_twice() -> None:
    assert sections_of("ternary", 3 * LONGEST_SECTION_SECONDS + 1) == "AABBAA"
    assert sections_of("ternary", 6 * LONGEST_SECTION_SECONDS + 1) == "AAAABBBBAAAA"


@given(names, st.floats(1, 600))
def test_sections_are_neither_too_short_nor_too_long(form: str, seconds: float) -> None:
    letters = sections_of(form, seconds)
    if letters == "A":
        assert form == PRELUDE or seconds < 3 * SHORTEST_SECTION_SECONDS
    else:
        assert SHORTEST_SECTION_SECONDS <= seconds / len(letters) <= LONGEST_SECTION_SECONDS
        kept = "".join(one for one, other in pairwise(f"{letters} ") if one != other)
        wanted = "".join(one for one, other in pairwise(f"{FORMS[form]} ") if one != other)
        assert kept in (wanted, "ABA")
