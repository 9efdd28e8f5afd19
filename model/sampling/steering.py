"""Steering: a piece in the making is told what it still lacks of what was asked for.

A control tells the network what the next seconds of a real piece would be like, but a network that is told
the same all the time drifts off nevertheless. So it is told a little more where the piece has too little, and
less where it has too much: of each pitch class, of notes a second, of notes at once, of height, and of
loudness. No event is forbidden for it. Towards the end steering stops: a piece that has to thin out is not to
be told that it lacks notes.
"""

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from model.controls import ControlSet, Features, Values
from model.events import STEPS_PER_SECOND
from model.exemplars import CLOSING_SECONDS
from model.sampling.wishes import Wishes

EVERY_STEPS = 50
"""How often what is told is set anew."""

WINDOW_STEPS = 800
"""Over how long all but the pitch classes are measured; they are told for the next 300 or 500."""

MEMORY_STEPS = 1500
"""A note so long ago counts 1/e of one now among the pitch classes."""

PITCH_CLASS_GAIN = 1.25
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
        self._wishes = wishes
        self._told: Features = controls.features(self._asked(0), 1)[0]
        last = controls.constant(wishes.body)
        self._closing = [
            controls.features(last | {name: np.array([value]) for name, value in changes.items()}, 1)[0]
            for changes in wishes.closing
        ]
        self._closing_step = closing_step
        self._begun: int | None = None  # the step of the first note
        self._next = EARLIEST_STEPS
        self._struck = 0
        self._recent = _Recent()
        self._pitch_classes = _PitchClasses()

    @property
    def features(self) -> Features:
        """The features of everything but the time left, (width,); not to be changed."""
        return self._told

    def strike(self, step: int, pitch: int, velocity: int) -> None:
        """A note begins."""
        if self._begun is None:
            self._begun = step
            self._next = step + EARLIEST_STEPS
        self._struck += 1
        self._recent.strike(step, pitch, velocity)
        self._pitch_classes.strike(step, pitch, self._section_begin(step))

    def pass_time(self, step: int, waited: int, held: int) -> None:
        """Time goes on; every now and then what is told is set anew.

        Args:
            step: the time now, in steps.
            waited: how long it went on.
            held: how many notes sounded meanwhile.
        """
        self._recent.pass_time(step, waited, held)
        if step >= self._closing_step:
            moment = (step - self._closing_step) * len(self._closing) // (CLOSING_SECONDS * STEPS_PER_SECOND)
            self._told = self._closing[min(moment, len(self._closing) - 1)]
        elif self._begun is not None and step >= self._next and self._struck >= FEWEST_NOTES:
            self._next = step + EVERY_STEPS
            self._told = self._controls.features(self._lacking(step, step - self._begun), 1)[0]

    def _lacking(self, step: int, played: int) -> dict[str, Values]:
        """What to tell at a step, so many steps after the first note."""
        span = min(played, WINDOW_STEPS)
        recent, classes = self._recent, self._pitch_classes
        recent.forget(step - span)
        told = self._asked(step)
        if "pitch_class_histogram" in told and classes.notes_since(self._section_begin(step)) >= FEWEST_NOTES:
            told["pitch_class_histogram"] = _pitch_classes(told["pitch_class_histogram"], classes.shares)
        if "density" in told:
            told["density"] = _amount(told["density"], recent.notes * STEPS_PER_SECOND / span)
        if "polyphony" in told:
            told["polyphony"] = _amount(told["polyphony"], recent.held / span)
        if recent.notes:
            for name, mean in (("loudness", recent.velocities), ("register", recent.pitches)):
                if name in told:
                    told[name] = told[name] + GAIN * (
                        told[name] - mean / recent.notes
                    )  # its features clip it
        return told

    def _asked(self, step: int) -> dict[str, Values]:
        """What is asked for at a step; the features of what an arc leads too far clip it."""
        asked = self._controls.constant(self._wishes.at(step))
        share, louder = self._wishes.levels(step)
        if "density" in asked:
            asked["density"] = asked["density"] * share
        if "loudness" in asked:
            asked["loudness"] = asked["loudness"] + louder
        return asked

    def _section_begin(self, step: int) -> int:
        """Since when the pitch classes that are asked for at a step are; 0 without a plan."""
        plan = self._wishes.plan
        return 0 if plan is None else plan.sections[plan.place(step)].begin


class _Recent:
    """What was played within a window that moves on.

    Attributes:
        notes: how many were struck.
        pitches: the sum of theirs.
        velocities: the sum of theirs.
        held: over how many steps they sounded, all together.
    """

    def __init__(self) -> None:
        self.notes = self.pitches = self.velocities = self.held = 0
        self._notes: deque[tuple[int, int, int]] = deque()  # step, pitch, velocity
        self._waits: deque[tuple[int, int]] = deque()  # the step after it, its length times the notes held

    def strike(self, step: int, pitch: int, velocity: int) -> None:
        self._notes.append((step, pitch, velocity))
        self.notes += 1
        self.pitches += pitch
        self.velocities += velocity

    def pass_time(self, step: int, waited: int, held: int) -> None:
        self._waits.append((step, waited * held))
        self.held += waited * held

    def forget(self, until: int) -> None:
        """Leave out what was struck, and what had sounded, until a step."""
        while self._notes and self._notes[0][0] <= until:
            _, pitch, velocity = self._notes.popleft()
            self.notes -= 1
            self.pitches -= pitch
            self.velocities -= velocity
        while self._waits and self._waits[0][0] <= until:
            self.held -= self._waits.popleft()[1]


class _PitchClasses:
    """How often each pitch class was struck since a section began, what is long ago counting less."""

    def __init__(self) -> None:
        self._weights = [0.0] * 12
        self._step = 0  # of the last note
        self._begin = 0  # of the section
        self._notes = 0

    def strike(self, step: int, pitch: int, section_begin: int) -> None:
        if section_begin != self._begin:
            self._begin, self._notes, self._weights = section_begin, 0, [0.0] * 12
        if step > self._step:
            fading = math.exp((self._step - step) / MEMORY_STEPS)
            self._weights = [weight * fading for weight in self._weights]
            self._step = step
        self._weights[pitch % 12] += 1
        self._notes += 1

    def notes_since(self, section_begin: int) -> int:
        """How many notes there are, if the section is still the same."""
        return self._notes if section_begin == self._begin else 0

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """Shape (12,), sum 1; there is a note."""
        weights = np.array(self._weights)
        shares: npt.NDArray[np.float64] = weights / weights.sum()
        return shares


def _pitch_classes(asked: Values, has: npt.NDArray[np.float64]) -> Values:
    """What to tell of the pitch classes, (1, 12), sum 1."""
    shares = np.clip(asked + PITCH_CLASS_GAIN * (asked - has), 0, None)
    told: Values = shares / shares.sum()
    return told


def _amount(asked: Values, has: float) -> Values:
    """What to tell of an amount that cannot be negative, (1,)."""
    least, most = (share * asked for share in SHARES)
    return np.clip(asked + GAIN * (asked - has), least, most)
