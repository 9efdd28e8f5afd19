"""Pieces in the making that have a plan, by networks of any liking."""

import numpy as np
import pytest

from model.corpus import STYLES
from model.events import STEPS_PER_SECOND, TIME_SHIFT, VELOCITY, VOCABULARY_SIZE
from model.form.templates import FORMS, FREE
from model.performance_controls import standard_controls
from model.sampling.draft import Draft
from model.sampling.order import Order

CONTROLS = standard_controls(STYLES)
SECONDS = 44.0


def played(order: Order, patience: float = 3.0) -> Draft:
    """A piece by a moody network with some liking to wait."""
    draft = Draft(order, CONTROLS)
    random = np.random.Generator(np.random.PCG64(order.seed))
    wish = np.zeros(VOCABULARY_SIZE)
    wish[TIME_SHIFT:VELOCITY] = patience
    for _ in range(20_000):
        if draft.is_finished:
            return draft
        draft.take((wish + random.normal(0, 1, VOCABULARY_SIZE))[None])
    raise AssertionError("the piece did not end")


@pytest.mark.parametrize("form", FORMS)
def test_a_planned_piece_ends_in_time(form: str) -> None:
    draft = played(Order(3, SECONDS, {"key": "A minor"}, form=form))
    assert draft.wishes.plan is not None
    assert draft.wishes.plan.form == form
    assert draft.wishes.plan.sections[-1].end == SECONDS * STEPS_PER_SECOND
    assert abs(max(note.end for note in draft.notes()) - SECONDS) <= 2.0


def test_a_planned_piece_is_a_function_of_its_order() -> None:
    order = Order(3, SECONDS, form="ternary")
    assert played(order).events == played(order).events


def test_a_prelude_is_played_as_without_a_plan() -> None:
    """A plan of one section, without exemplars to take arcs from, changes nothing."""
    asked = {"key": "A minor"}
    free, prelude = (played(Order(3, 12.0, asked, form=form)) for form in (FREE, "prelude"))
    assert free.wishes.plan is None
    assert free.events == prelude.events


def test_a_plan_begins_where_the_primer_ends() -> None:
    opening = np.array(played(Order(4, 10.0)).events, dtype=np.uint16)
    for is_heard in (True, False):
        draft = Draft(Order(3, 60.0, primer=opening, is_primer_heard=is_heard, form="ternary"), CONTROLS)
        plan = draft.wishes.plan
        assert plan is not None
        assert 9 < plan.sections[0].begin / STEPS_PER_SECOND < 13
        heard = 0 if is_heard else plan.sections[0].begin
        assert plan.sections[-1].end == heard + 60 * STEPS_PER_SECOND
