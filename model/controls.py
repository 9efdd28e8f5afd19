"""Controls: what a listener may ask of a piece, and the network is told at every step.

Performance RNN knows note density and pitch-class histogram (magenta's `performance_controls`); style,
key, loudness, time left and rendition are ours. A control that is left open is a row of zeros, so one
checkpoint serves every combination of controls.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import ControlError
from model.events import NOTE_ON, STEPS_PER_SECOND
from model.keys import KEYS
from model.piece import Piece, Rendition

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

    def features(self, values: Values) -> Features:
        """Two neighbouring knots share the weight 1; zeros where open."""
        clipped = np.clip(values, self._knots[0], self._knots[-1])
        right = np.clip(np.searchsorted(self._knots, clipped), 1, self.width - 1)
        share = (clipped - self._knots[right - 1]) / (self._knots[right] - self._knots[right - 1])
        features = np.zeros((values.size, self.width), dtype=np.float32)
        rows = np.arange(values.size)
        features[rows, right - 1] = 1 - share
        features[rows, right] = share
        features[np.isnan(values)] = 0
        return features

    def describe(self) -> dict[str, Any]:
        """Name, knots and window."""
        return {"name": self.name, "knots": self._knots.tolist(), "window_steps": self._window_steps}


class NoteDensity(Amount):
    """Notes a second over the next `window_seconds`."""

    def __init__(self, window_seconds: float = 3.0) -> None:
        super().__init__("density", (0, 1, 2, 4, 6, 9, 13, 19, 30), "notes a second", window_seconds)

    def extract(self, piece: Piece) -> Values:
        """Onsets from each event on until the window ends; near the piece's end the window is shorter."""
        first, last, steps = _onsets_ahead(piece, self._window_steps)
        window = np.clip(piece.total_steps - steps, STEPS_PER_SECOND, self._window_steps)
        return (last - first) * STEPS_PER_SECOND / window


class Loudness(Amount):
    """Mean velocity of the notes of the next `window_seconds`; unknown where dynamics are flat."""

    def __init__(self, window_seconds: float = 3.0) -> None:
        super().__init__("loudness", (1, 20, 35, 50, 65, 80, 100, 127), "of MIDI velocity", window_seconds)

    def extract(self, piece: Piece) -> Values | None:
        """The mean at each event; open where no note follows within the window."""
        if piece.is_flat:
            return None
        first, last, _ = _onsets_ahead(piece, self._window_steps)
        sums = np.append(0, np.cumsum(piece.velocities[piece.is_onset]))
        return np.where(last > first, (sums[last] - sums[first]) / np.maximum(last - first, 1), np.nan)


class PitchClassHistogram(Control):
    """The share of each of the 12 pitch classes among the notes of the next `window_seconds`."""

    name = "pitch_class_histogram"
    width = 12

    def __init__(self, window_seconds: float = 5.0) -> None:
        self._window_steps = round(window_seconds * STEPS_PER_SECOND)

    def validate(self, value: Any) -> Sequence[float]:
        """Twelve shares that sum to one."""
        try:
            shares = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            shares = np.zeros(0)
        if shares.shape != (12,) or not np.isfinite(shares).all() or shares.min() < 0 or shares.max() == 0:
            raise ControlError("A pitch-class histogram is 12 numbers, none negative, not all zero.")
        shares = shares / shares.max()  # so that no sum is too large for a float
        normalised: list[float] = (shares / shares.sum()).tolist()
        return normalised

    def extract(self, piece: Piece) -> Values:
        """The histogram at each event; open where no note follows within the window."""
        first, last, _ = _onsets_ahead(piece, self._window_steps)
        pitches = piece.events[piece.is_onset].astype(np.int64) - NOTE_ON
        counts = np.zeros((pitches.size + 1, 12))
        counts[1:] = np.cumsum(np.eye(12)[pitches % 12], axis=0)
        inside = counts[last] - counts[first]
        total = inside.sum(axis=1, keepdims=True)
        return np.where(total > 0, inside / np.maximum(total, 1), np.nan)

    def features(self, values: Values) -> Features:
        """The shares themselves; zeros where open."""
        return np.nan_to_num(values).astype(np.float32)

    def describe(self) -> dict[str, Any]:
        """Name and window."""
        return {"name": self.name, "window_steps": self._window_steps}


class TimeLeft(Amount):
    """Seconds until the piece ends, so that a requested length comes to an end."""

    def __init__(self) -> None:
        super().__init__("time_left", (0, 0.5, 1, 2, 4, 7, 12, 20, 40, 80, 160, 320), "s")

    def extract(self, piece: Piece) -> Values:
        """The time from each event to the last."""
        return (piece.total_steps - np.append(piece.steps, piece.total_steps)) / STEPS_PER_SECOND


@dataclass(frozen=True)
class ControlSet:
    """The controls of a checkpoint, in the order in which the network is told of them."""

    controls: tuple[Control, ...]

    @property
    def width(self) -> int:
        """How many numbers tell the network of all controls."""
        return sum(control.width for control in self.controls)

    def describe(self) -> list[dict[str, Any]]:
        """The descriptions of all controls, in order."""
        return [control.describe() for control in self.controls]

    def features(self, values: Mapping[str, Values | None], moments: int) -> Features:
        """The features of all controls, shape (moments, width); what is missing or None is left open."""
        parts = []
        for control in self.controls:
            own = values.get(control.name)
            if own is None:
                parts.append(np.zeros((moments, control.width), dtype=np.float32))
            else:
                parts.append(control.features(own))
        return np.concatenate(parts, axis=1)

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


def standard_controls(styles: Sequence[str]) -> ControlSet:
    """Etude's controls for a checkpoint of these styles."""
    return ControlSet(
        (
            Choice("style", styles, "style"),
            Choice("key", KEYS, "key"),
            NoteDensity(),
            PitchClassHistogram(),
            Loudness(),
            TimeLeft(),
            Choice("rendition", [rendition.value for rendition in Rendition], "rendition"),
        )
    )


def _onsets_ahead(
    piece: Piece, window_steps: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each event and END: the first onset not yet played, the first beyond the window, the time.

    All of shape (events + 1,); the first two are places in the list of onsets, the third is in steps.
    """
    first = np.append(0, np.cumsum(piece.is_onset))
    steps = np.append(piece.steps, piece.total_steps)
    last = np.searchsorted(piece.steps[piece.is_onset], steps + window_steps)
    return first, np.maximum(last, first), steps
