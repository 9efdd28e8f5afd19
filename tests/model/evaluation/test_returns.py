import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.evaluation.returns import AWAY_SECONDS, GRAM_NOTES, new_as_planned, returning_share
from model.events import STEPS_PER_SECOND
from model.exemplars import CLOSING_SECONDS
from model.form.plan import FormPlan, Section
from model.performance import Note
from tests.model.random_music import changed, moved, music


def test_what_comes_again_is_counted_note_by_note() -> None:
    theme = music(10, 1)
    assert returning_share([*theme, *moved(music(10, 2), 10), *moved(theme, 20)]) == pytest.approx(2 / 3)
    assert returning_share([*theme, *moved(music(20, 2), 10)]) == 0.0


@pytest.mark.parametrize("changes", [{"semitones": 5}, {"tempo": 1.3}, {"tempo": 0.8, "semitones": -7}])
def test_material_returns_in_other_keys_and_tempi(changes: dict[str, float]) -> None:
    theme = music(12, 1)
    assert returning_share([*theme, *moved(theme, 30, **changes)]) == 1.0  # type: ignore[arg-type]


def test_a_figure_that_is_repeated_at_once_does_not_return() -> None:
    figure = music(4, 1)
    assert returning_share([*figure, *moved(figure, 4)]) == 0.0
    assert returning_share([*figure, *moved(figure, AWAY_SECONDS)]) == 1.0


def test_the_notes_of_a_chord_have_no_order() -> None:
    theme = music(12, 1)
    hasty = [note._replace(start=note.start + 0.02 * (note.pitch % 2)) for note in theme]
    assert returning_share([*theme, *moved(hasty, 30)]) == 1.0


def test_too_few_notes_do_not_return() -> None:
    few = [Note(60 + place, 64, 0.2 * place, 0.2 * place + 0.1) for place in range(GRAM_NOTES - 1)]
    assert returning_share([]) == returning_share(few) == 0.0
    assert returning_share([*few, *moved(few, 20)]) == 0.0


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(58, 62), st.integers(0, 300)), max_size=60))
def test_a_share_is_a_share(struck: list[tuple[int, int]]) -> None:
    notes = [Note(pitch, 64, step / 10, step / 10 + 0.1) for pitch, step in struck]
    assert 0 <= returning_share(notes) <= 1
    assert returning_share(notes) == returning_share(notes[::-1])


def ternary(seconds: int) -> FormPlan:
    edges = [place * seconds * STEPS_PER_SECOND for place in range(4)]
    sections = (
        Section("A", 0, edges[0], edges[1], None, None),
        Section("B", 0, edges[1], edges[2], None, None),
        Section("A", 1, edges[2], edges[3], None, 0),
    )
    return FormPlan("ternary", sections, (1.0,), (0.0,))


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_a_planned_return_is_as_new_as_it_is(share: float) -> None:
    theme = music(20, 1)
    piece = [*theme, *moved(music(20, 2), 20), *moved(changed(theme, share), 40)]
    assert new_as_planned(piece, ternary(20)) == [pytest.approx(share, abs=0.05)]


def test_the_closing_of_a_piece_does_not_have_to_return() -> None:
    theme = music(20, 1)
    last = 60 - CLOSING_SECONDS
    returned = [note for note in moved(theme, 40) if note.start < last]
    closing = moved(music(CLOSING_SECONDS, 3), last)
    piece = [*theme, *moved(music(20, 2), 20), *returned, *closing]
    assert new_as_planned(piece, ternary(20)) == [0.0]


def test_a_plan_without_notes_where_it_returns_has_no_new_ones() -> None:
    assert new_as_planned(music(20, 1), ternary(20)) == []
