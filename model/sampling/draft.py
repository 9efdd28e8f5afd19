"""A piece in the making: what the network is told next, and what becomes of its answer.

A draft knows nothing of batches: whoever runs the network may step any number of drafts at once.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from model.controls import ControlSet, Features
from model.events import END, START, STEPS_PER_SECOND
from model.keyboard import SILENT, Keyboards
from model.keys import key_index, typical_histogram
from model.performance import Note, decode, encode, from_first_onset
from model.piece import Piece
from model.sampling.constraints import LATEST_END_STEPS, Moment, allowed_events
from model.sampling.nucleus import draw
from model.sampling.order import Order
from model.sampling.randomness import uniform


def _with_key_told_twice(asked: Mapping[str, Any]) -> dict[str, Any]:
    """A key is told as such and by the pitch classes that pieces in it have.

    The network listens to the second more: of 24 pieces 16 then kept the key, in place of 6.
    """
    told = dict(asked)
    if told.get("key") is not None and told.get("pitch_class_histogram") is None:
        told["pitch_class_histogram"] = typical_histogram(key_index(told["key"]))
    return told


class Draft:
    """One piece while it is composed.

    The loop is: tell the network `previous`, `ages` and `features`, and give its logits to `take`, until
    `is_finished`.

    Attributes:
        events: what has been played so far, the primer first.
        previous: the event to tell the network next, START in the beginning.
        is_finished: whether END was reached.
    """

    def __init__(self, order: Order, controls: ControlSet) -> None:
        """Begin a piece.

        Raises:
            ControlError: a value asked for is not allowed.
        """
        self.events: list[int] = []
        self.previous = START
        self.is_finished = False
        self._order = order
        primer = encode(decode(order.primer))  # so that it ends with its last release, whatever still sounded
        self._primer: list[int] = primer.tolist()
        self._primer_steps = Piece(primer).total_steps
        own_start = 0 if order.is_primer_heard else self._primer_steps
        self._end = own_start + round(order.seconds * STEPS_PER_SECOND)
        self._features = self._all_features(controls)
        self._keyboard = Keyboards(1)
        self._silent_since: int | None = None

    @property
    def ages(self) -> npt.NDArray[np.int64]:
        """The keyboard after `previous`, see `Keyboards.ages`, shape (128,)."""
        ages: npt.NDArray[np.int64] = self._keyboard.ages()[0]
        return ages

    @property
    def features(self) -> Features:
        """The control features of the event to come, shape (width,)."""
        features: Features = self._features[min(self._now, len(self._features) - 1)]
        return features

    @property
    def share_done(self) -> float:
        """How much of the piece's time has been composed, 0 to 1."""
        return 1.0 if self.is_finished else min(self._now / self._end, 1.0)

    def take(self, logits: npt.NDArray[np.floating]) -> None:
        """Go on by one event: the primer's next, or one drawn from the network's logits (390,)."""
        step = len(self.events)
        if step < len(self._primer):
            self._play(self._primer[step])
            return
        if step == len(self._primer) and not self._order.is_primer_heard:
            self._silent_since = None  # what is heard has not begun, and nothing waits before its first note
        moment = Moment(self._now, self._end, self._keyboard.onsets[0], self.previous, self._silent_since)
        event = draw(
            logits,
            allowed_events(moment),
            temperature=self._order.temperature,
            top_p=self._order.top_p,
            uniform=uniform(self._order.seed, self._order.candidate, step),
        )
        if event == END:
            self.is_finished = True
        else:
            self._play(event)

    def notes(self) -> list[Note]:
        """The piece's notes from its first onset on; without the primer if that is not to be heard."""
        notes = decode(self.events)
        if not self._order.is_primer_heard:
            own_start = self._primer_steps / STEPS_PER_SECOND
            notes = [note for note in notes if note.start >= own_start]
        return from_first_onset(notes)

    @property
    def _now(self) -> int:
        return int(self._keyboard.now[0])

    def _play(self, event: int) -> None:
        sounded = bool((self._keyboard.onsets != SILENT).any())
        self._keyboard.advance(np.array([event]))
        if sounded and not (self._keyboard.onsets != SILENT).any():
            self._silent_since = self._now
        self.events.append(event)
        self.previous = event

    def _all_features(self, controls: ControlSet) -> Features:
        """Features for every step of the piece, shape (steps, width)."""
        steps = np.arange(self._end + LATEST_END_STEPS + 1)
        constant = controls.constant(_with_key_told_twice(self._order.asked))
        values = {name: np.repeat(value, steps.size, axis=0) for name, value in constant.items()}
        values["time_left"] = np.maximum(self._end - steps, 0) / STEPS_PER_SECOND
        return controls.features(values, steps.size)
