import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.sampling.nucleus import draw, exponentials, log_likelihoods

TENTHS = np.log([0.4, 0.1, 0.3, 0.2])  # in order of probability: 0, 2, 3, 1
GRID = (np.arange(1000) + 0.5) / 1000


def draw_each(
    logits: np.ndarray, allowed: np.ndarray, temperature: float, top_p: float, uniforms: np.ndarray
) -> np.ndarray:
    """An event for each random number, all rows with the same temperature and top-p."""
    temperatures, top_ps = (np.full(len(uniforms), value) for value in (temperature, top_p))
    return draw(logits, allowed, temperatures=temperatures, top_ps=top_ps, uniforms=uniforms)


def shares(
    allowed: list[int], *, temperature: float = 1.0, top_p: float = 1.0, logits: np.ndarray = TENTHS
) -> list[float]:
    """How often each event is drawn over an even grid of random numbers."""
    mask = np.isin(np.arange(logits.size), allowed)
    drawn = draw_each(
        np.tile(logits, (GRID.size, 1)), np.tile(mask, (GRID.size, 1)), temperature, top_p, GRID
    )
    return (np.bincount(drawn, minlength=logits.size) / GRID.size).tolist()


def test_events_come_as_often_as_the_network_thinks() -> None:
    assert shares([0, 1, 2, 3]) == pytest.approx([0.4, 0.1, 0.3, 0.2])


def test_what_is_forbidden_leaves_its_share_to_the_rest() -> None:
    assert shares([0, 1]) == pytest.approx([0.8, 0.2, 0, 0])
    assert shares([1]) == [0, 1, 0, 0]


def test_temperature_raises_probabilities_to_a_power() -> None:
    # At 0.5 they are squared: 16, 1, 9, 4 of 30; at 2 their roots are taken.
    assert shares([0, 1, 2, 3], temperature=0.5) == pytest.approx([16 / 30, 1 / 30, 9 / 30, 4 / 30], abs=2e-3)
    roots = np.sqrt([0.4, 0.1, 0.3, 0.2])
    assert shares([0, 1, 2, 3], temperature=2.0) == pytest.approx(roots / roots.sum(), abs=2e-3)


@pytest.mark.parametrize(
    ("top_p", "expected"),
    [
        (0.39, [1, 0, 0, 0]),
        (0.41, [4 / 7, 0, 3 / 7, 0]),
        (0.69, [4 / 7, 0, 3 / 7, 0]),
        (0.71, [4 / 9, 0, 3 / 9, 2 / 9]),
        (0.91, [0.4, 0.1, 0.3, 0.2]),
        (1e-9, [1, 0, 0, 0]),
    ],
)
def test_the_fewest_events_that_hold_the_share_are_kept(top_p: float, expected: list[float]) -> None:
    assert shares([0, 1, 2, 3], top_p=top_p) == pytest.approx(expected, abs=2e-3)


def test_the_share_is_one_of_what_is_allowed_at_that_temperature() -> None:
    # Of 0.1, 0.3, 0.2 the likeliest is half.
    assert shares([1, 2, 3], top_p=0.49) == [0, 0, 1, 0]
    # Squared they are 1, 9, 4 of 14: 9 of 14 is 0.64.
    assert shares([1, 2, 3], top_p=0.63, temperature=0.5) == [0, 0, 1, 0]
    assert shares([1, 2, 3], top_p=0.63) == pytest.approx([0, 0, 0.6, 0.4], abs=2e-3)


def test_equals_keep_their_order() -> None:
    rows = 3
    drawn = draw_each(
        np.zeros((rows, 3)), np.ones((rows, 3), dtype=np.bool_), 1, 1, np.array([0.1, 0.5, 0.9])
    )
    assert drawn.tolist() == [0, 1, 2]


@given(st.data())
def test_what_is_drawn_was_allowed(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 12))
    numbers = st.floats(-1e4, 1e4, width=32)
    logits = np.array(data.draw(st.lists(numbers, min_size=size, max_size=size)), dtype=np.float32)
    allowed = data.draw(st.sets(st.integers(0, size - 1), min_size=1))
    (event,) = draw_each(
        logits[None],
        np.isin(np.arange(size), list(allowed))[None],
        temperature=data.draw(st.floats(0.1, 2)),
        top_p=data.draw(st.floats(0, 1, exclude_min=True)),
        uniforms=np.array([data.draw(st.floats(0, 1, exclude_max=True))]),
    )
    assert event in allowed


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 40), st.floats(0.2, 1))
def test_a_row_does_not_depend_on_the_others(seed: int, rows: int, top_p: float) -> None:
    random = np.random.default_rng(seed)
    logits = random.normal(0, 4, (rows, 390)).astype(np.float32)
    allowed = random.random((rows, 390)) < 0.5
    uniforms = random.random(rows)
    together = draw_each(logits, allowed, 0.9, top_p, uniforms)
    alone = [
        draw_each(logits[row : row + 1], allowed[row : row + 1], 0.9, top_p, uniforms[row : row + 1])[0]
        for row in range(rows)
    ]
    assert together.tolist() == alone


def test_the_exponential_is_right() -> None:
    values = -np.concatenate([np.zeros(1), np.logspace(-12, np.log10(600), 2000)])
    assert exponentials(values.copy()) == pytest.approx(np.exp(values), rel=1e-11)
    assert exponentials(np.array([-np.inf, -1e300]))[0] < 1e-300
    assert exponentials(np.zeros(1)) == 1


def test_log_likelihoods() -> None:
    logits = np.stack([TENTHS, TENTHS + 1000])
    assert log_likelihoods(logits, np.array([0, 3])) == pytest.approx(np.log([0.4, 0.2]))
