"""Windows of performances for training and evaluation.

A batch is a row of performances read side by side, one window after another, so that the LSTM's state is
carried from each window to the next. A row whose performance has ended begins a new one with the next
window; what is left of the old window is padding.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.controls import ControlSet, Features
from model.events import END, PITCHES, START, VELOCITY
from model.keyboard import Keyboards
from model.piece import Piece


@dataclass(frozen=True)
class Window:
    """One window of a batch.

    Attributes:
        inputs: the events heard so far, (batch, steps).
        targets: the events to come, (batch, steps).
        ages: the keyboard after each input, see `Keyboards.ages`, (batch, steps, 128).
        controls: control features of each target, (batch, steps, width).
        weights: 1 where a target counts, else 0, (batch, steps).
        is_flat: in which rows nothing is to be learnt of velocities, (batch,).
        is_new: which rows begin a performance, (batch,).
        rows: which performance each row plays, as counted by the caller, -1 for none, (batch,).
    """

    inputs: npt.NDArray[np.int64]
    targets: npt.NDArray[np.int64]
    ages: npt.NDArray[np.int16]
    controls: Features
    weights: npt.NDArray[np.float32]
    is_flat: npt.NDArray[np.bool_]
    is_new: npt.NDArray[np.bool_]
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reading:
    """A performance made ready.

    Attributes:
        targets: its events and END, (events + 1,).
        controls: the control features of each, (events + 1, width).
        weights: 1 where a target counts, else 0, (events + 1,).
        is_flat: whether nothing is to be learnt of velocities from it, neither that they come nor that they
            do not.
    """

    targets: npt.NDArray[np.int64]
    controls: Features
    weights: npt.NDArray[np.float32]
    is_flat: bool


def make_reading(
    piece: Piece, controls: ControlSet, wanted: frozenset[str] | None, *, mask_flat: bool
) -> Reading:
    """Make a piece ready.

    Args:
        piece: the performance.
        controls: the checkpoint's controls.
        wanted: which of them are told; all where None.
        mask_flat: whether velocities of a piece with flat dynamics do not count.
    """
    targets = np.append(piece.events.astype(np.int64), END)
    is_velocity = (targets >= VELOCITY) & (targets < START)
    is_flat = piece.is_flat and mask_flat
    weights = np.where(is_velocity & is_flat, 0, 1).astype(np.float32)
    return Reading(targets, controls.extract(piece, wanted), weights, is_flat)


def windows(draw: Callable[[], tuple[int, Reading] | None], batch: int, steps: int) -> Iterator[Window]:
    """Read performances side by side.

    Args:
        draw: gives the next performance and its number, or None when there are no more.
        batch: how many are read at once.
        steps: length of a window.

    Yields:
        Windows until every row has run out.
    """
    keyboards = Keyboards(batch)
    readings: list[Reading | None] = [None] * batch
    places = np.zeros(batch, dtype=np.int64)
    rows = np.full(batch, -1, dtype=np.int64)
    while True:
        is_new = np.zeros(batch, dtype=np.bool_)
        for row in range(batch):
            reading = readings[row]
            if reading is not None and places[row] < reading.targets.size:
                continue
            drawn = draw()
            rows[row], readings[row] = drawn or (-1, None)
            places[row] = 0
            keyboards.reset(row)
            is_new[row] = drawn is not None
        if all(reading is None for reading in readings):
            return
        yield _window(readings, places, keyboards, steps, is_new, rows)


def _window(
    readings: list[Reading | None],
    places: npt.NDArray[np.int64],
    keyboards: Keyboards,
    steps: int,
    is_new: npt.NDArray[np.bool_],
    rows: npt.NDArray[np.int64],
) -> Window:
    """Cut the next window and move `places` and `keyboards` to its end."""
    batch = len(readings)
    width = next(reading.controls.shape[1] for reading in readings if reading is not None)
    inputs = np.full((batch, steps), START, dtype=np.int64)
    targets = np.full((batch, steps), END, dtype=np.int64)
    controls = np.zeros((batch, steps, width), dtype=np.float32)
    weights = np.zeros((batch, steps), dtype=np.float32)
    is_flat = np.array([reading is not None and reading.is_flat for reading in readings])
    for row, reading in enumerate(readings):
        if reading is None:
            continue
        place = places[row]
        count = min(steps, reading.targets.size - place)
        heard = reading.targets[max(place - 1, 0) : place + count - 1]
        inputs[row, count - heard.size : count] = heard
        targets[row, :count] = reading.targets[place : place + count]
        controls[row, :count] = reading.controls[place : place + count]
        weights[row, :count] = reading.weights[place : place + count]
        places[row] += count
    ages = np.empty((batch, steps, PITCHES), dtype=np.int16)
    for step in range(steps):
        keyboards.advance(inputs[:, step])
        ages[:, step] = np.minimum(keyboards.ages(), np.iinfo(np.int16).max)
    return Window(inputs, targets, ages, controls, weights, is_flat, is_new, rows.copy())
