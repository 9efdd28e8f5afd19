import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.controls import Amount, Choice
from model.errors import ControlError
from model.keys import KEYS
from model.performance import Events
from model.performance_controls import (
    Loudness,
    NoteDensity,
    PitchClassHistogram,
    Polyphony,
    Register,
    TimeLeft,
    standard_controls,
)
from model.piece import Piece, Rendition

Play = Callable[[str], Events]

CONTROLS = standard_controls(("baroque", "ragtime"))
OPEN = math.nan


@pytest.fixture
def piece(play: Play) -> Piece:
    """C at 0 s, E at 2 s, G at 3 s; the end at 3.5 s. Velocities 41, 81, 81."""
    words = "loud11 on60 wait100 wait100 loud21 on64 wait100 on67 wait50 off60 off64 off67"
    return Piece(play(words), style=1, key=12, rendition=Rendition.SCORE)


def test_density_counts_the_onsets_of_three_seconds(piece: Piece) -> None:
    # The G begins just when the first window ends; near the end the window is what is left, 1 s at least.
    expected = [2 / 3, 2 / 3, 1 / 3, 2 / 2.5, 2 / 1.5, 2 / 1.5, 1 / 1.5, 1 / 1, 0, 0, 0, 0, 0]
    assert NoteDensity().extract(piece) == pytest.approx(expected)


def test_loudness_is_the_mean_velocity_of_three_seconds(piece: Piece) -> None:
    values = Loudness().extract(piece)
    expected = [61, 61, 81, 81, 81, 81, 81, 81, OPEN, OPEN, OPEN, OPEN, OPEN]
    assert values == pytest.approx(expected, nan_ok=True)


def test_loudness_of_flat_dynamics_is_unknown(play: Play) -> None:
    assert Loudness().extract(Piece(play("on60 wait9 off60"), is_flat=True)) is None


def test_the_histogram_shares_out_the_onsets_of_five_seconds(piece: Piece) -> None:
    values = PitchClassHistogram().extract(piece)
    assert values.shape == (13, 12)
    assert values[0, [0, 4, 7]] == pytest.approx(1 / 3)
    assert values[2, [0, 4, 7]] == pytest.approx([0, 1 / 2, 1 / 2])
    assert values[6, [0, 4, 7]] == pytest.approx([0, 0, 1])
    assert values[:8].sum(axis=1) == pytest.approx(1)
    assert np.isnan(values[8:]).all()


def test_polyphony_is_the_mean_number_of_notes_held_over_five_seconds(piece: Piece) -> None:
    # One note for 2 s, two for 1 s, three for half a second; near the end the window is 1 s at least.
    expected = [5.5 / 3.5] * 2 + [4.5 / 2.5, 3.5 / 1.5, 3.5 / 1.5, 3.5 / 1.5, 1.5, 1.5, *[0] * 4]
    assert Polyphony().extract(piece) == pytest.approx([5.5 / 3.5, *expected])


def test_register_is_the_mean_pitch_of_five_seconds(piece: Piece) -> None:
    values = Register().extract(piece)
    expected = [191 / 3, 191 / 3, *[131 / 2] * 4, 67, 67, *[OPEN] * 5]
    assert values == pytest.approx(expected, nan_ok=True)


def test_an_amount_beyond_what_may_be_asked_for_is_clipped() -> None:
    assert [Polyphony().clipped(value) for value in (-1, 3.5, 99)] == [0, 3.5, 14]


def test_time_left_runs_down_to_nothing(piece: Piece) -> None:
    expected = [3.5, 3.5, 3.5, 2.5, 1.5, 1.5, 1.5, 0.5, 0.5, 0, 0, 0, 0]
    assert TimeLeft().extract(piece) == pytest.approx(expected)


def test_a_piece_without_any_event_has_one_moment_its_end(play: Play) -> None:
    features = CONTROLS.extract(Piece(play("")))
    assert features.shape == (1, CONTROLS.width)
    assert np.isfinite(features).all()


KNOTS = np.array([0, 1, 2, 4, 6, 9, 13, 19, 30])


@given(st.floats(0, 30))
def test_two_neighbouring_knots_share_the_weight_so_that_they_give_the_amount_back(amount: float) -> None:
    (row,) = NoteDensity().features(np.array([amount]))
    assert row.sum() == pytest.approx(1)
    assert row.min() >= 0
    assert row @ KNOTS == pytest.approx(amount, abs=1e-5)
    places = np.flatnonzero(row)
    assert places[-1] - places[0] <= 1


def test_knots_are_told_one_hot_and_what_lies_beyond_as_the_outermost() -> None:
    assert NoteDensity().features(KNOTS.astype(float)).tolist() == np.eye(9).tolist()
    (below, above, unknown) = NoteDensity().features(np.array([-1.0, 99.0, OPEN]))
    assert below.tolist() == np.eye(9)[0].tolist()
    assert above.tolist() == np.eye(9)[8].tolist()
    assert not unknown.any()


def test_choices_are_told_one_hot() -> None:
    style = Choice("style", ("a", "b", "c"), "style")
    assert style.features(np.array([2.0, 0.0, OPEN])).tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]


def parts(features: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """The columns of each control."""
    ends = np.cumsum([control.width for control in CONTROLS.controls])
    columns = np.split(features, ends[:-1], axis=1)
    return dict(zip((control.name for control in CONTROLS.controls), columns, strict=True))


def test_only_what_is_wanted_is_told(piece: Piece) -> None:
    told = parts(CONTROLS.extract(piece))
    assert {name for name, columns in told.items() if columns.any()} == set(told)
    assert told["style"].tolist() == [[0, 1]] * 13
    assert told["key"].argmax(axis=1).tolist() == [12] * 13
    assert told["rendition"].tolist() == [[0, 1]] * 13
    some = parts(CONTROLS.extract(piece, frozenset({"key", "time_left"})))
    assert {name for name, columns in some.items() if columns.any()} == {"key", "time_left"}
    assert some["time_left"].tolist() == told["time_left"].tolist()
    assert not CONTROLS.extract(piece, frozenset()).any()


def test_what_is_unknown_of_a_piece_is_left_open(play: Play) -> None:
    told = parts(CONTROLS.extract(Piece(play("loud9 on60 wait50 off60"), is_flat=True)))
    assert {name for name, columns in told.items() if columns.any()} == {
        "density",
        "pitch_class_histogram",
        "polyphony",
        "register",
        "time_left",
    }


def test_what_is_asked_for_becomes_a_row_of_features() -> None:
    asked = {"style": "ragtime", "density": 3, "key": None, "pitch_class_histogram": [2] + [0] * 10 + [6]}
    values = CONTROLS.constant(asked)
    assert values.keys() == {"style", "density", "pitch_class_histogram"}
    told = parts(CONTROLS.features(values, 1))
    assert told["style"].tolist() == [[0, 1]]
    assert told["density"].tolist() == [[0, 0, 0.5, 0.5, 0, 0, 0, 0, 0]]
    assert told["pitch_class_histogram"].tolist() == [[0.25] + [0] * 10 + [0.75]]
    assert not told["key"].any()


HISTOGRAM = "A pitch-class histogram is 12 numbers, none negative, not all zero."


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("style", "polka", 'There is no style "polka"; known are: baroque, ragtime.'),
        ("key", "H minor", f'There is no key "H minor"; known are: {", ".join(KEYS)}.'),
        ("rendition", 3, 'There is no rendition "3"; known are: performed, score.'),
        ("density", 31, "The density must lie between 0 and 30 notes a second, not 31."),
        ("density", OPEN, "The density must lie between 0 and 30 notes a second, not nan."),
        ("density", "6", "The density must lie between 0 and 30 notes a second, not 6."),
        ("loudness", 0, "The loudness must lie between 1 and 127 of MIDI velocity, not 0."),
        ("time_left", -0.5, "The time_left must lie between 0 and 320 s, not -0.5."),
        ("pitch_class_histogram", [1] * 11, HISTOGRAM),
        ("pitch_class_histogram", [0] * 12, HISTOGRAM),
        ("pitch_class_histogram", [-1] + [1] * 11, HISTOGRAM),
        ("pitch_class_histogram", [math.inf] + [1] * 11, HISTOGRAM),
        ("pitch_class_histogram", "2,0,1", HISTOGRAM),
        ("pitch_class_histogram", [[1], [2, 3]], HISTOGRAM),
        ("pitch_class_histogram", {}, HISTOGRAM),
        ("mood", 1, "There is no control mood."),
    ],
)
def test_what_is_not_allowed_is_refused_with_a_sentence(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(ControlError) as refusal:
        CONTROLS.constant({name: value})
    assert str(refusal.value) == sentence


def test_a_histogram_of_huge_counts_is_still_shared_out() -> None:
    assert PitchClassHistogram().validate([1e308] * 12) == pytest.approx([1 / 12] * 12)


def test_the_description_that_checkpoints_record_is_what_it_was() -> None:
    """A change here means that every checkpoint trained before is refused."""
    by_name = {description["name"]: description for description in CONTROLS.describe()}
    assert list(by_name) == [
        "style", "key", "density", "pitch_class_histogram", "loudness", "time_left", "rendition",
        "polyphony", "register",
    ]  # fmt: skip
    assert by_name["style"] == {"name": "style", "choices": ["baroque", "ragtime"]}
    assert by_name["rendition"] == {"name": "rendition", "choices": ["performed", "score"]}
    assert by_name["density"] == {"name": "density", "knots": KNOTS.tolist(), "window_steps": 300}
    assert by_name["pitch_class_histogram"] == {"name": "pitch_class_histogram", "window_steps": 500}
    assert by_name["loudness"]["window_steps"] == 300
    assert by_name["time_left"]["knots"] == [0, 0.5, 1, 2, 4, 7, 12, 20, 40, 80, 160, 320]
    assert by_name["polyphony"]["knots"] == [0, 1, 2, 3, 4, 6, 9, 14]
    assert by_name["register"]["knots"] == [21, 36, 48, 55, 60, 65, 72, 84, 108]
    assert by_name["polyphony"]["window_steps"] == by_name["register"]["window_steps"] == 500
    assert CONTROLS.width == 2 + 24 + 9 + 12 + 8 + 12 + 2 + 8 + 9
    assert all(isinstance(control, Amount | Choice | PitchClassHistogram) for control in CONTROLS.controls)
