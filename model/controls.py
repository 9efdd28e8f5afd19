"""Controls: what a listener may ask of a piece, and the network is told at every step.

A control that is left open is a row of zeros, so one checkpoint serves every combination of controls: those
of Performance RNN's configurations, and all others.
"""

import math
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import ControlError
from model.events import STEPS_PER_SECOND
from model.piece import Piece

Values = npt.NDArray[np.float64]
"""A control's values: shape (moments,), or (moments, 12) for a histogram; NaN where left open."""

Features = npt.NDArray[np.float32]
"""What the network is told: shape (moments, width)."""


class Control(ABC):
    """One thing that may be asked for.

    Attributes:
        name: as it stands in requests and checkpoints.
        width: how many numbers tell the network of it.
    """

    name: str
    width: int

    @abstractmethod
    def validate(self, value: Any) -> float | Sequence[float]:
        """The value as a number, or as 12.

        Raises:
            ControlError: it is not one of those allowed.
        """

    @abstractmethod
    def extract(self, piece: Piece) -> Values | None:
        """The values a piece had: before each event and before its END; None where unknown.

        The first axis has one entry an event and one more for END.
        """

    @abstractmethod
    def features(self, values: Values) -> Features:
        """Values as features, shape (moments, width)."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What a checkpoint must record of it: another description means another meaning of the weights."""


class Choice(Control):
    """One of several names that stands for the whole piece, told one-hot."""

    def __init__(self, name: str, choices: Sequence[str], label: str) -> None:
        self.name = name
        self.width = len(choices)
        self.choices = tuple(choices)
        self._label = label  # the attribute of a piece that holds it

    def validate(self, value: Any) -> float:
        """The index of a name."""
        if value not in self.choices:
            known = ", ".join(self.choices)
            raise ControlError(f'There is no {self.name} "{value}"; known are: {known}.')
        return float(self.choices.index(value))

    def extract(self, piece: Piece) -> Values | None:
        """The piece's label at every moment."""
        label = getattr(piece, self._label)
        if label is None:
            return None
        index = label if isinstance(label, int) else self.choices.index(label)
        return np.full(piece.events.size + 1, float(index))

    def features(self, values: Values) -> Features:
        """One-hot rows; zeros where open."""
        features: Features = (values[:, None] == np.arange(self.width)).astype(np.float32)
        return features

    def describe(self) -> dict[str, Any]:
        """Name and choices."""
        return {"name": self.name, "choices": list(self.choices)}


class Amount(Control):
    """A number, told by how near it lies to each of a row of knots (linear interpolation)."""

    def __init__(self, name: str, knots: Sequence[float], unit: str, window_seconds: float = 0.0) -> None:
        self.name = name
        self.width = len(knots)
        self._knots = np.array(knots, dtype=np.float64)
        self._one_knots: list[float] = self._knots.tolist()
        self._unit = unit
        self._window_steps = round(window_seconds * STEPS_PER_SECOND)

    def validate(self, value: Any) -> float:
        """The value as a float between the outermost knots."""
        least, most = self._knots[0], self._knots[-1]
        if not (isinstance(value, int | float) and least <= value <= most):
            raise ControlError(
                f"The {self.name} must lie between {least:g} and {most:g} {self._unit}, not {value}."
            )
        return float(value)

    @property
    def largest(self) -> float:
        """The outermost knot: what is more is told like it."""
        return self._one_knots[-1]

    def clipped(self, value: float) -> float:
        """The nearest value that may be asked for."""
        return float(np.clip(value, self._knots[0], self._knots[-1]))

    def features(self, values: Values) -> Features:
        """Two neighbouring knots share the weight 1; zeros where open."""
        if values.size == 1:
            features = np.zeros((1, self.width), dtype=np.float32)
            self.tell(float(values[0]), features[0])
            return features
        clipped = np.clip(values, self._knots[0], self._knots[-1])
        right = np.clip(np.searchsorted(self._knots, clipped), 1, self.width - 1)
        share = (clipped - self._knots[right - 1]) / (self._knots[right] - self._knots[right - 1])
        features = np.zeros((values.size, self.width), dtype=np.float32)
        rows = np.arange(values.size)
        features[rows, right - 1] = 1 - share
        features[rows, right] = share
        features[np.isnan(values)] = 0
        return features

    def tell(self, value: float, out: Features) -> None:
        """The same of one value, at a tenth of the cost: sampling asks for it all the time.

        Args:
            value: NaN leaves it open.
            out: where to write it, (width,).
        """
        out[:] = 0
        if not math.isnan(value):
            knots = self._one_knots
            value = min(max(value, knots[0]), knots[-1])
            right = min(max(bisect_left(knots, value), 1), self.width - 1)
            share = (value - knots[right - 1]) / (knots[right] - knots[right - 1])
            out[right - 1] = 1 - share
            out[right] = share

    def describe(self) -> dict[str, Any]:
        """Name, knots and window."""
        return {"name": self.name, "knots": self._knots.tolist(), "window_steps": self._window_steps}


@dataclass(frozen=True)
class TimeLeftTable:
    """What the network is told by how many steps are left.

    Attributes:
        first: the first of the control features that tell of it.
        features: theirs, (steps, width); more steps than there are rows are told like the last one.
    """

    first: int
    features: Features

    def at(self, steps: int) -> Features:
        """What is told of so many steps, (width,); of less than none like of none."""
        told: Features = self.features[min(max(steps, 0), len(self.features) - 1)]
        return told


@dataclass(frozen=True)
class ControlSet:
    """The controls of a checkpoint, in the order in which the network is told of them."""

    controls: tuple[Control, ...]

    @property
    def width(self) -> int:
        """How many numbers tell the network of all controls."""
        return sum(control.width for control in self.controls)

    @cached_property
    def time_left(self) -> "TimeLeftTable":
        """How the network is told of the time left, which follows from the requested length."""
        control, columns = self._columns.get("time_left", (None, slice(0)))
        if not isinstance(control, Amount):
            return TimeLeftTable(0, np.zeros((1, 0), dtype=np.float32))
        steps = np.arange(math.ceil(control.largest * STEPS_PER_SECOND) + 1)
        return TimeLeftTable(columns.start, control.features(steps / STEPS_PER_SECOND))

    def describe(self) -> list[dict[str, Any]]:
        """The descriptions of all controls, in order."""
        return [control.describe() for control in self.controls]

    def features(self, values: Mapping[str, Values | None], moments: int) -> Features:
        """The features of all controls, shape (moments, width); what is missing or None is left open."""
        features = np.zeros((moments, self.width), dtype=np.float32)
        first = 0
        for control in self.controls:
            if (own := values.get(control.name)) is not None:
                features[:, first : first + control.width] = control.features(own)
            first += control.width
        return features

    def tell(self, name: str, value: Any, out: Features) -> None:
        """Write what one control tells of one value over what all of them tell, (width,)."""
        control, columns = self._columns[name]
        if isinstance(control, Amount):
            control.tell(value, out[columns])
        else:
            out[columns] = control.features(np.array([value]))[0]

    @cached_property
    def _columns(self) -> dict[str, tuple[Control, slice]]:
        """Each control, and where among all features its own stand."""
        columns, first = {}, 0
        for control in self.controls:
            columns[control.name] = control, slice(first, first + control.width)
            first += control.width
        return columns

    def extract(self, piece: Piece, wanted: frozenset[str] | None = None) -> Features:
        """What a piece of a corpus was like, shape (events + 1, width).

        Args:
            piece: the piece.
            wanted: names of the controls to tell; the others are left open. All by default.
        """
        return self.features(
            {
                control.name: control.extract(piece)
                for control in self.controls
                if wanted is None or control.name in wanted
            },
            piece.events.size + 1,
        )

    def constant(self, asked: Mapping[str, Any]) -> dict[str, Values]:
        """Validated values of what is asked for, each as the values of one moment.

        Raises:
            ControlError: a value is not allowed, or there is no such control.
        """
        known = {control.name: control for control in self.controls}
        if unknown := asked.keys() - known.keys():
            raise ControlError(f"There is no control {', '.join(sorted(unknown))}.")
        return {
            name: np.array([known[name].validate(value)])
            for name, value in asked.items()
            if value is not None
        }
