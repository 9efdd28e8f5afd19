"""Returning: a section takes up the notes of an earlier one, and varies them.

Wherever the earlier section goes on, the events that would go on likewise are made likelier, whatever else
the network is told; it remains the network that draws. It so keeps what it likes of the earlier notes and
plays others where the music that went before, or what the section is to be like, says otherwise. Now and then
it is left alone for a few seconds.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.events import (
    MAX_SHIFT_STEPS,
    NOTE_OFF,
    NOTE_ON,
    START,
    TIME_SHIFT,
    VELOCITY,
    VOCABULARY_SIZE,
)
from model.form.plan import FormPlan, Section

LEAN = 5.5
"""By so many nats events are made likelier that follow the earlier section."""

FREE_SHARE = 0.2
FREE_STEPS = 300
"""What share of a return the network is left alone, and for how long at a time."""

EARLY_STEPS = 2
LATE_STEPS = 6
"""A note may be taken up so much before and after its time."""

_SPREAD = 0.06
"""How far from the earlier one a wait may be, as a share of it, to be nearly as likely."""


@dataclass
class _Heard:
    """A note that was played: its pitch, and its onset and release in steps; None while it sounds."""

    pitch: int
    onset: int
    release: int | None = None


class Returning:
    """Follows a piece in the making, and says what would take up the section that returns."""

    def __init__(self, plan: FormPlan, until: int, uniform: Callable[[int], float]) -> None:
        """Begin with the piece.

        Args:
            plan: the piece's.
            until: the step from which on nothing is taken up any more: a piece closes for itself.
            uniform: random numbers in [0, 1) by the number of the draw.
        """
        self._plan = plan
        self._until = until
        self._uniform = uniform
        self._notes: list[_Heard] = []
        self._sounding: dict[int, _Heard] = {}
        self._place = 0
        self._due: list[_Heard] = []  # notes of the source, at the times when they are to come again
        self._held: dict[int, int] = {}  # when notes that were taken up are to be let go, by pitch

    def hear(self, event: int, step: int) -> None:
        """Take note of what is played at a step, and of what of the source it takes up."""
        if event < NOTE_OFF:
            pitch = event - NOTE_ON
            note = self._sounding[pitch] = _Heard(pitch, step)
            self._notes.append(note)
            for due in self._due:
                if due.onset > step + EARLY_STEPS:
                    break
                if due.pitch == pitch and due.release is not None:
                    self._due.remove(due)
                    self._held[pitch] = max(due.release, step + 1)
                    break
        elif event < TIME_SHIFT:
            self._held.pop(event - NOTE_OFF, None)
            if (ended := self._sounding.pop(event - NOTE_OFF, None)) is not None:
                ended.release = step

    def outlook(self, step: int) -> tuple[bool, int | None]:
        """Whether anything is led to at a step, and until when that stays so at least; None for ever."""
        if step >= self._until:
            return False, None
        place = self._plan.place(step)
        section = self._plan.sections[place]
        is_last = place + 1 == len(self._plan.sections)
        changes = self._until if is_last else min(section.end, self._until)
        if section.source is None:
            return False, changes
        span = (step - section.begin) // FREE_STEPS
        return not self._is_free(section, place, step), min(section.begin + (span + 1) * FREE_STEPS, changes)

    def led(
        self,
        logits: npt.NDArray[np.floating],
        step: int,
        sounding: Mapping[int, int],
        previous: int,
    ) -> npt.NDArray[np.floating]:
        """The logits of a step, shape (390,), led to what takes up the source; else as they were.

        Args:
            logits: the network's.
            step: the time now.
            sounding: the step at which each sounding pitch was struck.
            previous: the event before.
        """
        place = self._plan.place(step)
        if place != self._place:
            self._enter(place)
        section = self._plan.sections[place]
        if section.source is None or step >= self._until or self._is_free(section, place, step):
            return logits
        while self._due and self._due[0].onset < step - LATE_STEPS:
            self._due.pop(0)
        strikes, releases = self._due_now(step, sounding)
        late = [pitch for pitch, release in self._held.items() if release <= step]
        leaning = np.zeros(VOCABULARY_SIZE, dtype=np.float32)
        if strikes:
            leaning[[NOTE_ON + pitch for pitch in strikes]] = LEAN
            if not VELOCITY <= previous < START:
                leaning[VELOCITY:START] = _lean_before(logits[NOTE_ON:NOTE_OFF], strikes)
        elif not releases and not late:
            wait = self._next_wait(step)
            if wait is None:  # all of it has come again
                return logits
            leaning[TIME_SHIFT:VELOCITY] = LEAN * _ALIKE_WAITS[wait]
        # What the source does not hold either is let go as readily as ever.
        own = [pitch for pitch in sounding if pitch not in self._held]
        leaning[[NOTE_OFF + pitch for pitch in (*releases, *late, *own)]] = LEAN
        return logits + leaning

    def _due_now(self, step: int, sounding: Mapping[int, int]) -> tuple[list[int], list[int]]:
        """The pitches that the source strikes now, and those that have to be let go before."""
        strikes, releases = [], []
        for due in self._due:
            if due.onset > step + EARLY_STEPS:
                break
            onset = sounding.get(due.pitch)
            if onset is None:
                strikes.append(due.pitch)
            elif onset < step:
                releases.append(due.pitch)
        return strikes, releases

    def _enter(self, place: int) -> None:
        """Make ready what a section takes up."""
        self._place = place
        section = self._plan.sections[place]
        self._due, self._held = [], {}
        if section.source is None:
            return
        source = self._plan.sections[section.source]
        later = section.begin - source.begin
        self._due = [
            _Heard(note.pitch, note.onset + later, note.release + later)
            for note in self._notes
            if source.begin <= note.onset < source.end and note.release is not None
        ]

    def _is_free(self, section: Section, place: int, step: int) -> bool:
        span = (step - section.begin) // FREE_STEPS
        return self._uniform(place * 1000 + span) < FREE_SHARE

    def _next_wait(self, step: int) -> int | None:
        """The steps until the source goes on, at most the longest TIME_SHIFT; None if it does not."""
        coming = [note.onset for note in self._due[:1]] + list(self._held.values())
        return min(max(min(coming) - step, 0), MAX_SHIFT_STEPS) if coming else None


def _alike_waits() -> npt.NDArray[np.float32]:
    """How alike each TIME_SHIFT is to each wait that is due, from none on, up to 1, (101, 100)."""
    waits = np.arange(1, MAX_SHIFT_STEPS + 1)
    due = np.arange(MAX_SHIFT_STEPS + 1)[:, None]
    spread = np.maximum(_SPREAD * due, 0.5)
    alike: npt.NDArray[np.float32] = np.exp(-0.5 * ((waits - due) / spread) ** 2).astype(np.float32)
    return alike


_ALIKE_WAITS = _alike_waits()


def _lean_before(strikes: npt.NDArray[np.floating], due: list[int]) -> float:
    """By how much to lean to a VELOCITY, which a note follows, when some notes are due.

    By no more than the leaning to these notes makes a note likelier: where the network is hardly to be led to
    any of them, others would follow the VELOCITY, one after the other.

    Args:
        strikes: logits of NOTE_ON, shape (128,).
        due: the pitches that are due.
    """
    weights = np.exp(strikes - strikes.max())
    share = float(weights[due].sum() / weights.sum())
    return math.log1p(share * math.expm1(LEAN))
