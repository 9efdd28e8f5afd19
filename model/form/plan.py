"""The plan of a piece: its sections, where it grows and where it is highest."""

from dataclasses import dataclass

import numpy as np

PRIMES = ("", "′", "″", "‴", "⁗")


@dataclass(frozen=True)
class Section:
    """A part of a piece.

    Attributes:
        letter: sections with the same letter have the same material.
        repeat: which section of its letter it is, from 0 on.
        begin: its first step.
        end: the step after its last.
        key: 0..23; None where the piece has no key that is known.
        source: which earlier section it takes up, by place; None where it is new.
    """

    letter: str
    repeat: int
    begin: int
    end: int
    key: int | None
    source: int | None

    @property
    def name(self) -> str:
        """Such as A, B or A′."""
        return self.letter + PRIMES[min(self.repeat, len(PRIMES) - 1)]


@dataclass(frozen=True)
class FormPlan:
    """What is decided of a piece before its first note.

    Attributes:
        form: its name, see `model.form.templates.FORMS`.
        sections: in order and without gaps, one at least.
        densities: the note density at evenly spread places, as shares of the piece's mean.
        loudness: MIDI velocities there, less the piece's mean.
    """

    form: str
    sections: tuple[Section, ...]
    densities: tuple[float, ...]
    loudness: tuple[float, ...]

    def place(self, step: int) -> int:
        """Which section a step lies in; the first before the plan begins, the last after it ends."""
        for place, section in enumerate(self.sections):
            if step < section.end:
                return place
        return len(self.sections) - 1

    def density(self, step: int) -> float:
        """What share of its mean density the piece has at a step."""
        return self._level(self.densities, step)

    def velocity(self, step: int) -> float:
        """By how many MIDI velocities the piece is louder at a step than its mean."""
        return self._level(self.loudness, step)

    @property
    def climax(self) -> int:
        """The step where the piece is densest and loudest, both counted by how far they range."""
        levels = np.zeros(len(self.densities))
        for values in (np.array(self.densities), np.array(self.loudness)):
            levels += (values - values.mean()) / max(float(values.std()), 1e-9)
        first, last = self.sections[0].begin, self.sections[-1].end
        return first + int((levels.argmax() + 0.5) * (last - first) / levels.size)

    def _level(self, values: tuple[float, ...], step: int) -> float:
        first, last = self.sections[0].begin, self.sections[-1].end
        place = (step - first) / max(last - first, 1) * len(values) - 0.5
        return float(np.interp(place, range(len(values)), values))
