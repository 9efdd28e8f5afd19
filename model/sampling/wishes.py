"""What a piece is to be like, from its first step to its last."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from model.events import STEPS_PER_SECOND
from model.exemplars import CLOSING_SECONDS
from model.form.plan import FormPlan

CADENCE_STEPS = 200
CADENCE_DENSITY = 0.7
"""For how long before its end a section that is not the last is led to its tonic, and how much thinner it is
then."""

Values = dict[str, Any]


@dataclass(frozen=True)
class Usual:
    """What is usual in a style.

    Attributes:
        polyphony: how many notes sound at once, in the middle one of its pieces.
        largest_polyphony: how many do at most, in the middle one.
        most_polyphony: how many notes sound at once at most, in all but one of twenty pieces.
        longest_share: the share of notes held for over 5 s, in all but one of twenty pieces at most.
    """

    polyphony: float
    largest_polyphony: float
    most_polyphony: float
    longest_share: float


@dataclass(frozen=True)
class Wishes:
    """What a piece is to be like: values by control.

    Attributes:
        body: for most of its time.
        closing: what changes in its last seconds, at `model.exemplars.CLOSING_MOMENTS`, in order.
        plan: where it goes; None for nowhere.
        sections: what is different in each section of the plan.
        cadences: what is different where each section of the plan ends.
        usual: how full and how long held the style's pieces are; None where that is not known, or not what
            is wanted.
        fullness: by how much denser the piece is where it is not to be thinner, so that all of it together
            has the density that was asked for.
    """

    body: Values
    closing: tuple[Values, ...]
    plan: FormPlan | None = None
    sections: tuple[Values, ...] = ()
    cadences: tuple[Values, ...] = ()
    usual: Usual | None = None
    fullness: float = 1.0

    def part(self, step: int) -> tuple[int, bool]:
        """Which section of the plan a step lies in, and whether it closes that; without a plan the first."""
        return (0, False) if self.plan is None else (self.plan.place(step), self._is_cadence(step))

    def of_part(self, place: int, is_cadence: bool) -> Values:
        """What a part of the piece is to be like, before its closing, but for the plan's arcs."""
        if self.plan is None:
            return self.body
        return self.body | self.sections[place] | (self.cadences[place] if is_cadence else {})

    def levels(self, step: int) -> tuple[float, float]:
        """What share of its density the piece has at a step, and by how many MIDI velocities it is louder."""
        if self.plan is None:
            return self.fullness, 0.0
        share = self.fullness * (CADENCE_DENSITY if self._is_cadence(step) else 1.0)
        return share * self.plan.density(step), self.plan.velocity(step)

    def _is_cadence(self, step: int) -> bool:
        """Whether a section ends at a step that is not the last."""
        if self.plan is None:
            return False
        place = self.plan.place(step)
        sections = self.plan.sections
        return place + 1 < len(sections) and step >= sections[place].end - CADENCE_STEPS

    def filled(self, begin: int, end: int) -> "Wishes":
        """The same with the `fullness` it needs, if a density is asked for, from one step to another."""
        seconds = range(begin, end, STEPS_PER_SECOND)
        body, closing = seconds[:-CLOSING_SECONDS], seconds[-CLOSING_SECONDS:]
        told = sum(self.levels(step)[0] for step in body)
        asked = self.body["density"]
        if not told or not asked:
            return self
        thin = float(np.mean([moment.get("density", asked) for moment in self.closing])) / asked
        return replace(self, fullness=self.fullness * (len(body) + len(closing) * (1 - thin)) / told)
