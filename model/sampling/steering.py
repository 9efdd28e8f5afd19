"""Steering: a piece in the making is told what it still lacks of what was asked for.

A control tells the network what the next seconds of a real piece would be like, but a network that is told
the same all the time drifts off nevertheless. So it is told a little more where the piece has too little, and
less where it has too much: of each pitch class, of notes a second, of notes at once, of height, and of
loudness. No event is forbidden for it. Towards the end steering stops: a piece that has to thin out is not to
be told that it lacks notes.
"""

import numpy as np
import numpy.typing as npt

from model.controls import ControlSet, Features, Values
from model.events import STEPS_PER_SECOND
from model.exemplars import CLOSING_SECONDS
from model.sampling.completion import Wishes

EVERY_STEPS = 50
"""How often what is told is set anew."""

WINDOW_STEPS = 800
"""Over how long all but the pitch classes are measured; they are told for the next 300 or 500."""

MEMORY_STEPS = 1500
"""A note so long ago counts 1/e of one now among the pitch classes."""

PITCH_CLASS_GAIN = 2.0
GAIN = 1.0
"""By how much of what is lacking more is told, of the pitch classes and of all else."""

FEWEST_NOTES = 8
EARLIEST_STEPS = 300
"""Before so many notes and so much time nothing is measured."""

SHARES = (0.3, 2.5)
"""No less and no more than so many times the density and the polyphony that are asked for is told."""


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
        self._closing = [
            controls.features(self._asked | {name: np.array([value]) for name, value in changes.items()}, 1)[
                0
            ]
            for changes in wishes.closing
        ]
        self._closing_step = closing_step
        self._begun: int | None = None  # the step of the first note
        self._next = EARLIEST_STEPS
        self._notes: list[tuple[int, int, int]] = []  # step, pitch, velocity
        self._waits: list[tuple[int, int, int]] = []  # the step after it, its length in steps, notes held

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

    def pass_time(self, step: int, waited: int, held: int) -> None:
        """Time goes on; every now and then what is told is set anew.

        Args:
            step: the time now, in steps.
            waited: how long it went on.
            held: how many notes sounded meanwhile.
        """
        self._waits.append((step, waited, held))
        if step >= self._closing_step:
            moment = (step - self._closing_step) * len(self._closing) // (CLOSING_SECONDS * STEPS_PER_SECOND)
            self._told = self._closing[min(moment, len(self._closing) - 1)]
        elif self._begun is not None and step >= self._next and len(self._notes) >= FEWEST_NOTES:
            self._next = step + EVERY_STEPS
            self._told = self._controls.features(self._lacking(step, step - self._begun), 1)[0]

    def _lacking(self, step: int, played: int) -> dict[str, Values]:
        """What to tell at a step, so many steps after the first note."""
        span = min(played, WINDOW_STEPS)
        steps, pitches, velocities = np.array(self._notes).T
        recent = steps > step - span
        told = dict(self._asked)
        if "pitch_class_histogram" in told:
            weights = np.exp((steps - step) / MEMORY_STEPS)
            has = np.bincount(pitches % 12, weights, minlength=12)
            told["pitch_class_histogram"] = _pitch_classes(told["pitch_class_histogram"], has / has.sum())
        if "density" in told:
            told["density"] = _amount(told["density"], np.count_nonzero(recent) * STEPS_PER_SECOND / span)
        if "polyphony" in told:
            ends, waited, held = np.array(self._waits).T
            told["polyphony"] = _amount(told["polyphony"], (waited * held)[ends > step - span].sum() / span)
        for name, values in (("loudness", velocities), ("register", pitches)):
            if name in told and recent.any():
                told[name] = told[name] + GAIN * (told[name] - values[recent].mean())  # its features clip it
        return told


def _pitch_classes(asked: Values, has: npt.NDArray[np.float64]) -> Values:
    """What to tell of the pitch classes, (1, 12), sum 1."""
    shares = np.clip(asked + PITCH_CLASS_GAIN * (asked - has), 0, None)
    told: Values = shares / shares.sum()
    return told


def _amount(asked: Values, has: float) -> Values:
    """What to tell of an amount that cannot be negative, (1,)."""
    least, most = (share * asked for share in SHARES)
    return np.clip(asked + GAIN * (asked - has), least, most)
