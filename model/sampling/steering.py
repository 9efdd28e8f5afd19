"""Steering: a piece in the making is told what it still lacks of what was asked for.

A control tells the network what the next seconds of a real piece would be like, but a network that is told
the same all the time drifts off nevertheless. So it is told a little more where the piece has too little, and
less where it has too much: of each pitch class, of notes a second, of notes at once, of height, and of
loudness. No event is forbidden for it. Towards the end steering stops: a piece that has to thin out is not to
be told that it lacks notes.
"""

import math
from collections import deque
from typing import Any

import numpy as np

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

NEVER = 2**30
"""A step that no piece has."""


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
        self._parts: dict[tuple[int, bool], tuple[dict[str, Any], Features]] = {}  # asked there, and told
        self._told: Features = self._asked(0)[1]
        last = controls.constant(wishes.body)
        self._closing = [
            controls.features(last | {name: np.array([value]) for name, value in changes.items()}, 1)[0]
            for changes in wishes.closing
        ]
        self._closing_step = closing_step
        self._is_closing = False
        self._begun: int | None = None  # the step of the first note
        self._next = EARLIEST_STEPS
        self._struck = 0
        self._recent = _Recent()
        self._pitch_classes = _PitchClasses()

    @property
    def features(self) -> Features:
        """The features of everything but the time left, (width,); not to be changed."""
        return self._told

    def next_look(self, step: int) -> int:
        """Until which step nothing else can be told, whatever is played; later than a given one."""
        if self._is_closing:
            place = self._closing_moment(step) + 1
            coming = self._closing_step - (-place * CLOSING_SECONDS * STEPS_PER_SECOND // len(self._closing))
            return coming if place < len(self._closing) else NEVER
        look = step + EARLIEST_STEPS if self._begun is None else self._next
        return max(min(look, self._closing_step), step + 1)

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
            self._is_closing = True
            self._told = self._closing[self._closing_moment(step)]
        elif self._begun is not None and step >= self._next and self._struck >= FEWEST_NOTES:
            self._next = step + EVERY_STEPS
            self._told = self._lacking(step, step - self._begun)

    def _closing_moment(self, step: int) -> int:
        moment = (step - self._closing_step) * len(self._closing) // (CLOSING_SECONDS * STEPS_PER_SECOND)
        return min(moment, len(self._closing) - 1)

    def _lacking(self, step: int, played: int) -> Features:
        """What to tell at a step, so many steps after the first note, (width,)."""
        span = min(played, WINDOW_STEPS)
        recent, classes = self._recent, self._pitch_classes
        recent.forget(step - span)
        asked, features = self._asked(step)
        told: dict[str, Any] = {}
        begin = self._section_begin(step)
        if "pitch_class_histogram" in asked and classes.notes_since(begin) >= FEWEST_NOTES:
            told["pitch_class_histogram"] = _pitch_classes(asked["pitch_class_histogram"], classes.shares)
        if "density" in asked:
            told["density"] = _amount(asked["density"], recent.notes * STEPS_PER_SECOND / span)
        if "polyphony" in asked:
            told["polyphony"] = _amount(asked["polyphony"], recent.held / span)
        if recent.notes:
            for name, mean in (("loudness", recent.velocities), ("register", recent.pitches)):
                if name in asked:  # what is told of them is cut off where it is too far
                    told[name] = asked[name] + GAIN * (asked[name] - mean / recent.notes)
        for name, value in told.items():
            self._controls.tell(name, value, features)
        return features

    def _asked(self, step: int) -> tuple[dict[str, Any], Features]:
        """What is asked for at a step, and its features; those of what an arc leads too far are cut off."""
        part = self._wishes.part(step)
        if part not in self._parts:
            values = self._controls.constant(self._wishes.of_part(*part))
            self._parts[part] = (
                {name: value[0] for name, value in values.items()},
                self._controls.features(values, 1)[0],
            )
        asked, features = self._parts[part][0].copy(), self._parts[part][1].copy()
        share, louder = self._wishes.levels(step)
        for name, changed in (
            ("density", asked.get("density", 0) * share),
            ("loudness", asked.get("loudness", 0) + louder),
        ):
            if name in asked:
                asked[name] = changed
                self._controls.tell(name, changed, features)
        return asked, features

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
    def shares(self) -> Values:
        """Shape (12,), sum 1; there is a note."""
        weights = np.array(self._weights)
        shares: Values = weights / weights.sum()
        return shares


def _pitch_classes(asked: Values, has: Values) -> Values:
    """What to tell of the pitch classes, (12,), sum 1."""
    shares = np.maximum(asked + PITCH_CLASS_GAIN * (asked - has), 0)
    told: Values = shares / shares.sum()
    return told


def _amount(asked: float, has: float) -> float:
    """What to tell of an amount that cannot be negative."""
    least, most = (share * asked for share in SHARES)
    return min(max(asked + GAIN * (asked - has), least), most)
