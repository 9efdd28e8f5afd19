from collections.abc import Callable, Iterator

import numpy as np
import pytest

from model.events import END, START
from model.keyboard import Keyboards
from model.performance import Events
from model.performance_controls import standard_controls
from model.piece import Piece
from model.windows import Reading, Window, make_reading, windows

Play = Callable[[str], Events]

CONTROLS = standard_controls(("pop",))


@pytest.fixture
def pieces(play: Play) -> list[Piece]:
    """Performances of 6, 0, 3, 16 and 8 events; with END the last fills three windows of 3 to the brim."""
    words = ["loud3 on60 wait9 off60 on61 wait4", "", "on1 wait100 off1", "on9 wait5 " * 8, "on7 wait3 " * 4]
    return [Piece(play(each), style=0) for each in words]


def drawn(pieces: list[Piece]) -> Iterator[Window]:
    left = iter(enumerate(pieces))

    def draw() -> tuple[int, Reading] | None:
        index, piece = next(left, (-1, None))
        return None if piece is None else (index, make_reading(piece, CONTROLS, None, mask_flat=False))

    return windows(draw, batch=2, steps=3)


def test_every_target_comes_once_in_order_after_the_event_before_it(pieces: list[Piece]) -> None:
    targets: dict[int, list[int]] = {index: [] for index in range(len(pieces))}
    inputs: dict[int, list[int]] = {index: [] for index in range(len(pieces))}
    for window in drawn(pieces):
        for row, index in enumerate(window.rows.tolist()):
            counts = window.weights[row] > 0
            if index == -1:
                assert not counts.any()
                continue
            targets[index] += window.targets[row, counts].tolist()
            inputs[index] += window.inputs[row, counts].tolist()
    for index, piece in enumerate(pieces):
        assert targets[index] == [*piece.events.tolist(), END]
        assert inputs[index] == [START, *piece.events.tolist()]


def test_ages_are_those_of_each_piece_played_alone(pieces: list[Piece]) -> None:
    ages: dict[int, list[list[int]]] = {index: [] for index in range(len(pieces))}
    for window in drawn(pieces):
        for row, index in enumerate(window.rows.tolist()):
            if index >= 0:
                ages[index] += window.ages[row, window.weights[row] > 0].tolist()
    for index, piece in enumerate(pieces):
        keyboard = Keyboards(1)
        alone = []
        for event in [START, *piece.events.tolist()]:
            keyboard.advance(np.array([event]))
            alone.append(keyboard.ages()[0].tolist())
        assert ages[index] == alone


def test_a_row_begins_a_new_piece_with_the_window_after_its_last_ended(pieces: list[Piece]) -> None:
    told = [(window.rows.tolist(), window.is_new.tolist()) for window in drawn(pieces)]
    assert told == [
        ([0, 1], [True, True]),  # 7 targets beside the END of an empty piece
        ([0, 2], [False, True]),
        ([0, 2], [False, False]),  # 4 targets: the second window holds one
        ([3, 4], [True, True]),
        ([3, 4], [False, False]),
        ([3, 4], [False, False]),  # 9 targets end just here
        ([3, -1], [False, False]),
        ([3, -1], [False, False]),
        ([3, -1], [False, False]),
    ]


def test_controls_stand_beside_their_targets(pieces: list[Piece]) -> None:
    told: dict[int, list[list[float]]] = {index: [] for index in range(len(pieces))}
    for window in drawn(pieces):
        for row, index in enumerate(window.rows.tolist()):
            counts = window.weights[row] > 0
            assert not window.controls[row, ~counts].any()
            if index >= 0:
                told[index] += window.controls[row, counts].tolist()
    for index, piece in enumerate(pieces):
        assert told[index] == CONTROLS.extract(piece).tolist()


def test_what_pads_a_window_does_not_count(pieces: list[Piece]) -> None:
    first = next(drawn(pieces))
    assert first.weights.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert first.targets.shape == first.inputs.shape == (2, 3)
    assert first.ages.shape == (2, 3, 128)
    assert first.controls.shape == (2, 3, CONTROLS.width)
    assert first.inputs[1].tolist() == [START, START, START]


def test_a_held_note_of_many_minutes_stays_within_the_numbers(play: Play) -> None:
    piece = Piece(play("on60 " + "wait100 " * 400))
    *_, last = drawn([piece])
    assert last.ages[0, :, 60].max() == np.iinfo(np.int16).max
    assert last.ages.min() == -1


def test_no_pieces_no_windows() -> None:
    assert list(drawn([])) == []


@pytest.mark.parametrize(
    ("is_flat", "mask_flat", "weights"),
    [
        (True, True, [0, 1, 0, 1, 1, 1]),
        (True, False, [1] * 6),
        (False, True, [1] * 6),
        (False, False, [1] * 6),
    ],
)
def test_loudness_counts_unless_it_is_flat_and_masked(
    play: Play, is_flat: bool, mask_flat: bool, weights: list[int]
) -> None:
    piece = Piece(play("loud32 on60 loud1 wait100 off127"), is_flat=is_flat)
    reading = make_reading(piece, CONTROLS, None, mask_flat=mask_flat)
    assert reading.weights.tolist() == weights
    assert reading.targets.tolist() == [*piece.events.tolist(), END]


def test_only_wanted_controls_are_told(pieces: list[Piece]) -> None:
    reading = make_reading(pieces[0], CONTROLS, frozenset({"style"}), mask_flat=True)
    assert reading.controls.tolist() == CONTROLS.extract(pieces[0], frozenset({"style"})).tolist()
