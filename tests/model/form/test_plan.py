import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.form.plan import PRIMES, FormPlan, Section

FEW = settings(max_examples=30)
TERNARY = (
    Section("A", 0, 100, 1100, 0, None),
    Section("B", 0, 1100, 2300, 7, None),
    Section("A", 1, 2300, 3100, 0, 0),
)
FLAT = (1.0, 1.0, 1.0, 1.0)
SILENT = (0.0, 0.0, 0.0, 0.0)


def plan(densities: tuple[float, ...] = FLAT, loudness: tuple[float, ...] = SILENT) -> FormPlan:
    return FormPlan("ternary", TERNARY, densities, loudness)


def test_sections_are_named_by_letter_and_return() -> None:
    assert [section.name for section in TERNARY] == ["A", "B", "A′"]
    many = [Section("A", repeat, 0, 1, None, None).name for repeat in range(7)]
    assert many[: len(PRIMES)] == ["A", "A′", "A″", "A‴", "A⁗"]
    assert many[len(PRIMES) :] == ["A⁗", "A⁗"]


@pytest.mark.parametrize(
    ("step", "place"), [(0, 0), (100, 0), (1099, 0), (1100, 1), (2299, 1), (2300, 2), (3100, 2), (9999, 2)]
)
def test_every_step_lies_in_a_section(step: int, place: int) -> None:
    assert plan().place(step) == place


def test_arcs_go_straight_from_one_place_to_the_next() -> None:
    # 3000 steps in four quarters of 750, the middles of which are at 475, 1225, 1975 and 2725.
    rising = plan((0.5, 1.0, 1.5, 1.0), (-6.0, 0.0, 2.0, 4.0))
    assert [rising.density(step) for step in (475, 1225, 1975, 2725)] == [0.5, 1.0, 1.5, 1.0]
    assert [rising.velocity(step) for step in (475, 1225, 1975, 2725)] == [-6.0, 0.0, 2.0, 4.0]
    assert rising.density(850) == pytest.approx(0.75)
    assert rising.velocity(2350) == pytest.approx(3.0)
    assert (rising.density(0), rising.density(5000)) == (0.5, 1.0)


def test_the_climax_is_where_both_arcs_are_high() -> None:
    assert plan((0.5, 1.0, 1.5, 1.0), SILENT).climax == 1975
    assert plan(FLAT, (-6.0, 0.0, 2.0, 4.0)).climax == 2725
    assert plan((0.5, 1.0, 1.5, 1.0), (-6.0, 0.0, 2.0, 3.0)).climax == 1975


@FEW
@given(
    st.lists(st.floats(0.1, 3), min_size=1, max_size=20),
    st.lists(st.floats(-30, 30), min_size=1, max_size=20),
    st.integers(-100, 4000),
)
def test_levels_stay_within_their_arcs(densities: list[float], loudness: list[float], step: int) -> None:
    places = min(len(densities), len(loudness))
    made = plan(tuple(densities[:places]), tuple(loudness[:places]))
    assert min(made.densities) - 1e-9 <= made.density(step) <= max(made.densities) + 1e-9
    assert min(made.loudness) - 1e-9 <= made.velocity(step) <= max(made.loudness) + 1e-9
    assert TERNARY[0].begin <= made.climax < TERNARY[-1].end
