from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from model.performance_controls import standard_controls
from model.sampling.steering import EARLIEST_STEPS, EVERY_STEPS, Steering
from model.sampling.wishes import Wishes

CONTROLS = standard_controls(("pop",))
KNOTS = {
    "density": np.array([0, 1, 2, 4, 6, 9, 13, 19, 30]),
    "loudness": np.array([1, 20, 35, 50, 65, 80, 100, 127]),
    "pitch_class_histogram": np.eye(12),
    "polyphony": np.array([0, 1, 2, 3, 4, 6, 9, 14]),
    "register": np.array([21, 36, 48, 55, 60, 65, 72, 84, 108]),
}
C_AND_G = np.array([0.5, 0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0])


def told(steering: Steering, name: str) -> Any:
    """A control's value, read from the features."""
    first = 0
    for control in CONTROLS.controls:
        if control.name == name:
            return steering.features[first : first + control.width] @ KNOTS[name]
        first += control.width
    raise KeyError(name)


def begun(asked: Mapping[str, Any], *closing: dict[str, Any], at: int = 10_000) -> Steering:
    return Steering(CONTROLS, Wishes(dict(asked), closing or ({},)), at)


def steered(
    asked: Mapping[str, Any], notes_a_second: int, pitch: int, velocity: int, seconds: int, held: int = 1
) -> Steering:
    steering = begun(asked)
    wait = 100 // notes_a_second
    for step in range(0, 100 * seconds, wait):
        steering.strike(step, pitch, velocity)
        steering.pass_time(step + wait, wait, held)
    return steering


def test_at_first_is_told_what_is_asked_for() -> None:
    steering = begun({"style": "pop", "density": 5.0, "loudness": 50})
    assert told(steering, "density") == pytest.approx(5)
    assert told(steering, "loudness") == pytest.approx(50)
    assert steering.features[0] == 1
    for step in range(0, EARLIEST_STEPS - 10, 10):
        steering.strike(step, 60, 90)
        steering.pass_time(step + 10, 10, 1)
    assert told(steering, "density") == pytest.approx(5)


@pytest.mark.parametrize(("plays", "expected"), [(5, 5), (4, 6), (10, 1.5), (2, 8)])
def test_of_what_is_lacking_more_is_told_and_of_too_much_less(plays: int, expected: float) -> None:
    # 5 + (5 - 10) were 0, but no less than 0.3 times what is asked for is told.
    steering = steered({"density": 5.0}, plays, 60, 64, 20)
    assert told(steering, "density") == pytest.approx(expected, abs=0.15)


@pytest.mark.parametrize(("velocity", "expected"), [(60, 60), (40, 80), (100, 20)])
def test_loudness_is_steered(velocity: int, expected: float) -> None:
    assert told(steered({"loudness": 60}, 4, 60, velocity, 20), "loudness") == pytest.approx(expected)


def test_a_pitch_class_that_is_missing_is_told_alone() -> None:
    steering = steered({"pitch_class_histogram": C_AND_G}, 4, 60, 64, 20)
    assert told(steering, "pitch_class_histogram") == pytest.approx(np.eye(12)[7])
    balanced = begun({"pitch_class_histogram": C_AND_G})
    for step in range(0, 2000, 25):
        balanced.strike(step, 60 if step % 2 else 67, 64)
        balanced.pass_time(step + 25, 25, 1)
    assert told(balanced, "pitch_class_histogram") == pytest.approx(C_AND_G, abs=0.1)


def test_what_is_not_asked_for_stays_open() -> None:
    assert not steered({}, 4, 60, 64, 20).features.any()


def test_what_is_told_changes_every_half_second() -> None:
    steering = steered({"density": 5.0}, 2, 60, 64, 10)
    before = steering.features.copy()
    steering.strike(1000, 60, 64)
    steering.pass_time(1000 + EVERY_STEPS - 1, EVERY_STEPS - 1, 1)
    assert np.array_equal(steering.features, before)
    for step in range(1000, 1800, 10):
        steering.strike(step, 60, 64)
        steering.pass_time(step + 10, 10, 1)
    assert told(steering, "density") < 5


@pytest.mark.parametrize(("held", "expected"), [(3, 3), (2, 4), (5, 1), (9, 0.9), (0, 6)])
def test_polyphony_is_steered(held: int, expected: float) -> None:
    # 3 + (3 - 9) were less than nothing, but no less than 0.3 times what is asked for is told.
    assert told(steered({"polyphony": 3.0}, 4, 60, 64, 20, held), "polyphony") == pytest.approx(expected)


@pytest.mark.parametrize(("pitch", "expected"), [(60, 60), (50, 70), (70, 50)])
def test_register_is_steered(pitch: int, expected: float) -> None:
    assert told(steered({"register": 60}, 4, pitch, 64, 20), "register") == pytest.approx(expected)


def test_towards_the_end_the_closing_is_told_and_nothing_steered() -> None:
    steering = begun({"density": 5.0}, {"density": 3.0}, {"density": 99.0}, at=1000)
    for step in range(0, 2000, 10):
        steering.strike(step, 60, 64)
        steering.pass_time(step + 10, 10, 1)
        now = told(steering, "density")
        if step + 10 < 1000:
            assert now not in (pytest.approx(3), pytest.approx(30))
        else:  # two moments share the closing; what is too much is clipped
            assert now == pytest.approx(3 if step + 10 < 1200 else 30)
