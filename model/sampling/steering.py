"""Steering: a piece in the making is told what it still lacks of what was asked for.

A control tells the network what the next seconds of a real piece would be like, but a network that is told
the same all the time drifts off nevertheless. So it is told a little more where the piece has too little, and
less where it has too much: of each pitch class, of notes a second, and of loudness. No event is forbidden for
it. Towards the end steering stops: a piece that has to thin out is not to be told that it lacks notes.
"""

import numpy as np
import numpy.typing as npt

from model.controls import ControlSet, Features
from model.events import STEPS_PER_SECOND
from model.sampling.completion import Wishes

EVERY_STEPS = 50
"""How often what is told is set anew."""

WINDOW_STEPS = 800
"""Over how long density and loudness are measured; they are told for the next 300."""

MEMORY_STEPS = 1500
"""A note so long ago counts 1/e of one now among the pitch classes."""

PITCH_CLASS_GAIN = 2.0
DENSITY_GAIN = 1.0
LOUDNESS_GAIN = 1.0
"""By how much of what is lacking more is told."""

FEWEST_NOTES = 8
EARLIEST_STEPS = 300
"""Before so many notes and so much time nothing is measured."""

DENSITY_SHARES = (0.3, 2.5)
"""No less and no more than so many times the density that is asked for is told."""


class Steering:
    """What a piece is told, step by step: what is asked for and, of some of it, what it still lacks."""

    def __init__(self, controls: ControlSet, wishes: Wishes, closing_step: int) -> None:
        """Begin.

        Args:
            controls: the checkpoint's.
            wishes: what the piece is to be like.
            closing_step: from when on what is wished for its closing is told, and nothing else.

        Raises:
            ControlError: a value is not allowed.
        """
        self._controls = controls
        self._asked = controls.constant(wishes.body)
        self._told: Features = controls.features(self._asked, 1)[0]
        self._closing: Features = controls.features(controls.constant(wishes.closing), 1)[0]
        self._closing_step = closing_step
        self._begun: int | None = None  # the step of the first note
        self._next = EARLIEST_STEPS
        self._notes: list[tuple[int, int, int]] = []  # step, pitch, velocity

    @property
    def features(self) -> Features:
        """The features of everything but the time left, (width,); not to be changed."""
        return self._told

    def strike(self, step: int, pitch: int, velocity: int) -> None:
        """A note begins."""
        if self._begun is None:
            self._begun = step
            self._next = step + EARLIEST_STEPS
        self._notes.append((step, pitch, velocity))

    def pass_time(self, step: int) -> None:
        """Time goes on; every now and then what is told is set anew."""
        if step >= self._closing_step:
            self._told = self._closing
            return
        if self._begun is None or step < self._next or len(self._notes) < FEWEST_NOTES:
            return
        self._next = step + EVERY_STEPS
        steps, pitches, velocities = np.array(self._notes).T
        span = min(step - self._begun, WINDOW_STEPS)
        recent = steps > step - span
        told = dict(self._asked)
        if "pitch_class_histogram" in told:
            weights = np.exp((steps - step) / MEMORY_STEPS)
            has = np.bincount(pitches % 12, weights, minlength=12)
            told["pitch_class_histogram"] = _pitch_classes(told["pitch_class_histogram"], has / has.sum())
        if "density" in told:
            has_density = np.count_nonzero(recent) * STEPS_PER_SECOND / span
            told["density"] = _density(told["density"], has_density)
        if "loudness" in told and recent.any():
            lacking = told["loudness"] - velocities[recent].mean()
            told["loudness"] = told["loudness"] + LOUDNESS_GAIN * lacking  # its features clip it
        self._told = self._controls.features(told, 1)[0]


def _pitch_classes(asked: npt.NDArray[np.float64], has: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What to tell of the pitch classes, (1, 12), sum 1."""
    shares = np.clip(asked + PITCH_CLASS_GAIN * (asked - has), 0, None)
    told: npt.NDArray[np.float64] = shares / shares.sum()
    return told


def _density(asked: npt.NDArray[np.float64], has: float) -> npt.NDArray[np.float64]:
    """What to tell of the density, (1,)."""
    least, most = (share * asked for share in DENSITY_SHARES)
    return np.clip(asked + DENSITY_GAIN * (asked - has), least, most)
