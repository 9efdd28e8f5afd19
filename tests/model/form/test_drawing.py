from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.form.drawing import NEAR_KEYS, PROPORTION, draw_plan
from model.form.shape import ARC, Shape
from model.form.templates import AUTO, FORMS, PRELUDE, sections_of

FEW = settings(max_examples=30)
Uniform = Callable[[int], float]

RISING = tuple(np.linspace(0.6, 1.4, ARC).tolist())
LOUDER = tuple(np.linspace(-10, 10, ARC).tolist())
DOMINANT, RELATIVE = 7, 21


def shape(form: str = PRELUDE, contrast: int | None = None, *, is_literal: bool = True) -> Shape:
    return Shape(form, is_literal, contrast, RISING, LOUDER)


shapes = st.lists(
    st.builds(
        Shape,
        st.sampled_from(list(FORMS)),
        st.booleans(),
        st.none() | st.integers(0, 23),
        st.tuples(*[st.floats(0.01, 5)] * ARC),
        st.tuples(*[st.floats(-60, 60)] * ARC),
    ),
    max_size=4,
)


@FEW
@given(
    form=st.sampled_from([AUTO, *FORMS]),
    begin=st.integers(0, 5000),
    seconds=st.floats(5, 300),
    key=st.none() | st.integers(0, 23),
    known=shapes,
    seed=st.integers(0, 1000),
)
def test_any_plan_holds_together(
    form: str,
    begin: int,
    seconds: float,
    key: int | None,
    known: list[Shape],
    seed: int,
    uniform: Callable[[int], Uniform],
) -> None:
    end = begin + round(100 * seconds)
    plan = draw_plan(form, begin, end, key, known, uniform(seed))
    assert plan == draw_plan(form, begin, end, key, known, uniform(seed))
    assert plan.form in FORMS
    assert (plan.sections[0].begin, plan.sections[-1].end) == (begin, end)
    assert all(one.end == other.begin for one, other in pairwise(plan.sections))
    assert plan.sections[0].key == plan.sections[-1].key == key
    places: dict[str, int] = {}
    for place, section in enumerate(plan.sections):
        assert section.end > section.begin
        first = places.setdefault(section.letter, place)
        assert section.source in (None, first)
        assert section.source != place
        if form != AUTO:
            assert (section.source is None) == (first == place)
        assert (section.key is None) == (key is None)
        if section.source is not None:
            assert section.key == plan.sections[section.source].key
    longest, shortest = (choice(one.end - one.begin for one in plan.sections) for choice in (max, min))
    assert shortest / longest > (1 - PROPORTION) / (1 + PROPORTION) - 0.01
    assert np.mean(plan.densities) == pytest.approx(1)
    assert np.mean(plan.loudness) == pytest.approx(0, abs=1e-9)
    assert begin <= plan.climax < end


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_is_asked_for_is_planned(form: str, uniform: Callable[[int], Uniform]) -> None:
    plan = draw_plan(form, 0, 10_000, 0, [shape("ternary")], uniform(1))
    assert plan.form == form
    assert "".join(section.letter for section in plan.sections) == sections_of(form, 100.0)


def test_a_form_that_is_left_open_is_one_that_real_pieces_have(uniform: Callable[[int], Uniform]) -> None:
    known = [shape("rondo"), shape("song"), shape(PRELUDE)]
    drawn = {draw_plan(AUTO, 0, 10_000, 0, known, uniform(seed)).form for seed in range(40)}
    assert drawn == {"rondo", "song"}
    assert draw_plan(AUTO, 0, 10_000, 0, [shape(PRELUDE)], uniform(1)).form == PRELUDE


def test_notes_come_again_where_they_do_in_the_real_piece_or_a_form_is_asked_for(
    uniform: Callable[[int], Uniform],
) -> None:
    for is_literal, form, returns in ((True, AUTO, 1), (False, AUTO, 0), (False, "ternary", 1)):
        known = [shape("ternary", DOMINANT, is_literal=is_literal)]
        plan = draw_plan(form, 0, 8000, 0, known, uniform(1))
        assert [section.key for section in plan.sections] == [0, DOMINANT, 0]
        assert sum(section.source is not None for section in plan.sections) == returns


def test_a_short_piece_is_a_prelude(uniform: Callable[[int], Uniform]) -> None:
    plan = draw_plan("rondo", 500, 1500, 3, [shape("rondo")], uniform(1))
    assert plan.form == PRELUDE
    assert [(one.name, one.begin, one.end, one.key) for one in plan.sections] == [("A", 500, 1500, 3)]


@pytest.mark.parametrize(
    ("home", "contrast", "expected"), [(0, DOMINANT, 7), (5, DOMINANT, 0), (0, RELATIVE, 21), (12, 15, 3)]
)
def test_a_contrasting_section_is_in_a_key_that_real_pieces_go_to(
    home: int, contrast: int, expected: int, uniform: Callable[[int], Uniform]
) -> None:
    for seed in range(10):
        plan = draw_plan("ternary", 0, 6000, home, [shape("ternary", contrast)], uniform(seed))
        assert [section.key for section in plan.sections] == [home, expected, home]


def test_a_key_far_away_or_unknown_is_not_gone_to(uniform: Callable[[int], Uniform]) -> None:
    far = next(contrast for contrast in range(24) if contrast not in NEAR_KEYS)
    for known in ([], [shape("ternary", far)], [shape("ternary", None)]):
        plan = draw_plan("ternary", 0, 6000, 2, known, uniform(1))
        assert {section.key for section in plan.sections} == {2}


@pytest.mark.parametrize("form", ["binary", "verse-chorus"])
def test_what_comes_last_is_at_home_whatever_its_letter(form: str, uniform: Callable[[int], Uniform]) -> None:
    plan = draw_plan(form, 0, 8000, 4, [shape(form, DOMINANT)], uniform(1))
    assert {section.key for section in plan.sections} == {4}


def test_every_contrasting_section_has_a_key_of_its_own(uniform: Callable[[int], Uniform]) -> None:
    known = [shape("rondo", DOMINANT), shape("rondo", 5)]
    drawn = set()
    for seed in range(40):
        sections = draw_plan("rondo", 0, 10_000, 0, known, uniform(seed)).sections
        drawn.add((sections[1].key, sections[3].key))
    assert drawn == {(5, 5), (5, 7), (7, 5), (7, 7)}


def test_a_plan_grows_as_a_real_piece_does_and_less_in_a_short_one(uniform: Callable[[int], Uniform]) -> None:
    long, short = (draw_plan("ternary", 0, end, 0, [shape()], uniform(1)) for end in (30_000, 3000))
    for arc in (long.densities, long.loudness, short.densities, short.loudness):
        assert list(arc) == sorted(arc)
    assert 0 < np.ptp(short.densities) < np.ptp(long.densities) <= np.ptp(RISING) + 1e-9
    assert 0 < np.ptp(short.loudness) < np.ptp(long.loudness) <= np.ptp(LOUDER) + 1e-9
    assert long.climax > 15_000


def test_without_real_pieces_a_plan_is_level(uniform: Callable[[int], Uniform]) -> None:
    plan = draw_plan("rondo", 0, 10_000, 0, [], uniform(1))
    assert set(plan.densities) == {1.0}
    assert set(plan.loudness) == {0.0}
