from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from model.performance_controls import standard_controls
from model.sampling.completion import Wishes
from model.sampling.steering import EARLIEST_STEPS, EVERY_STEPS, Steering

CONTROLS = standard_controls(("pop",))
KNOTS = {
    "density": np.array([0, 1, 2, 4, 6, 9, 13, 19, 30]),
    "loudness": np.array([1, 20, 35, 50, 65, 80, 100, 127]),
    "pitch_class_histogram": np.eye(12),
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


def begun(asked: Mapping[str, Any], closing: Mapping[str, Any] | None = None, at: int = 10_000) -> Steering:
    return Steering(CONTROLS, Wishes(dict(asked), dict(closing or asked)), at)


def steered(
    asked: Mapping[str, Any], notes_a_second: int, pitch: int, velocity: int, seconds: int
) -> Steering:
    steering = begun(asked)
    for step in range(0, 100 * seconds, 100 // notes_a_second):
        steering.strike(step, pitch, velocity)
        steering.pass_time(step + 100 // notes_a_second)
    return steering


def test_at_first_is_told_what_is_asked_for() -> None:
    steering = begun({"style": "pop", "density": 5.0, "loudness": 50})
    assert told(steering, "density") == pytest.approx(5)
    assert told(steering, "loudness") == pytest.approx(50)
    assert steering.features[0] == 1
    for step in range(0, EARLIEST_STEPS - 10, 10):
        steering.strike(step, 60, 90)
        steering.pass_time(step + 10)
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
        balanced.pass_time(step + 25)
    assert told(balanced, "pitch_class_histogram") == pytest.approx(C_AND_G, abs=0.1)


def test_what_is_not_asked_for_stays_open() -> None:
    assert not steered({}, 4, 60, 64, 20).features.any()


def test_what_is_told_changes_every_half_second() -> None:
    steering = steered({"density": 5.0}, 2, 60, 64, 10)
    before = steering.features.copy()
    steering.strike(1000, 60, 64)
    steering.pass_time(1000 + EVERY_STEPS - 1)
    assert np.array_equal(steering.features, before)
    for step in range(1000, 1800, 10):
        steering.strike(step, 60, 64)
        steering.pass_time(step + 10)
    assert told(steering, "density") < 5


def test_towards_the_end_the_closing_is_told_and_nothing_steered() -> None:
    steering = begun({"density": 5.0}, {"density": 2.0}, at=1000)
    for step in range(0, 2000, 10):
        steering.strike(step, 60, 64)
        steering.pass_time(step + 10)
        if step + 10 >= 1000:
            assert told(steering, "density") == pytest.approx(2)
        else:
            assert told(steering, "density") != pytest.approx(2)
