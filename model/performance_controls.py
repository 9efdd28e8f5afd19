"""Etude's controls: how each is found in a performance.

Note density and pitch-class histogram are those of magenta's `performance_controls`, windows included; style,
key, loudness, time left, rendition, polyphony and register are ours.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.controls import Amount, Choice, Control, ControlSet, Features, Values
from model.errors import ControlError
from model.events import NOTE_OFF, NOTE_ON, STEPS_PER_SECOND, TIME_SHIFT
from model.keys import KEYS
from model.piece import Piece, Rendition


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
        return _means_ahead(piece, piece.velocities[piece.is_onset].astype(np.float64), self._window_steps)


class Polyphony(Amount):
    """Notes that sound at once, averaged over the next `window_seconds`."""

    def __init__(self, window_seconds: float = 5.0) -> None:
        super().__init__("polyphony", (0, 1, 2, 3, 4, 6, 9, 14), "notes at once", window_seconds)

    def extract(self, piece: Piece) -> Values:
        """The mean from each event on until the window ends; near the piece's end the window is shorter."""
        steps = np.append(piece.steps, piece.total_steps)
        is_release = (piece.events >= NOTE_OFF) & (piece.events < TIME_SHIFT)
        sounding = np.cumsum(piece.is_onset.astype(np.int64) - is_release)
        held = np.append(0, np.cumsum(sounding * np.diff(steps)))  # note steps before each event
        ends = np.minimum(steps + self._window_steps, np.maximum(steps + STEPS_PER_SECOND, piece.total_steps))
        means: Values = (np.interp(ends, steps, held) - held) / (ends - steps)
        return means


class Register(Amount):
    """Mean pitch of the notes of the next `window_seconds`."""

    def __init__(self, window_seconds: float = 5.0) -> None:
        super().__init__("register", (21, 36, 48, 55, 60, 65, 72, 84, 108), "as a MIDI pitch", window_seconds)

    def extract(self, piece: Piece) -> Values:
        """The mean at each event; open where no note follows within the window."""
        pitches = piece.events[piece.is_onset].astype(np.float64) - NOTE_ON
        return _means_ahead(piece, pitches, self._window_steps)


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
            Polyphony(),
            Register(),
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


def _means_ahead(piece: Piece, values: npt.NDArray[np.float64], window_steps: int) -> Values:
    """The mean of some values, one an onset, over each event's window; NaN where no onset lies in it."""
    first, last, _ = _onsets_ahead(piece, window_steps)
    sums = np.append(0, np.cumsum(values))
    return np.where(last > first, (sums[last] - sums[first]) / np.maximum(last - first, 1), np.nan)
