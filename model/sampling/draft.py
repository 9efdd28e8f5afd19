"""A piece in the making: what the network is told next, and what becomes of its answer.

A draft knows nothing of batches: whoever runs the network may step any number of drafts at once.
"""

import numpy as np
import numpy.typing as npt

from model.controls import ControlSet, Features
from model.events import (
    END,
    NOTE_OFF,
    NOTE_ON,
    START,
    STEPS_PER_SECOND,
    TIME_SHIFT,
    VELOCITY,
    bin_to_velocity,
)
from model.exemplars import CLOSING_SECONDS, NO_EXEMPLARS, Exemplars
from model.keyboard import SILENT, Keyboards
from model.performance import DEFAULT_VELOCITY_BIN, Note, decode, encode, from_first_onset
from model.piece import Piece
from model.sampling.completion import completed
from model.sampling.constraints import LATEST_END_STEPS, Moment, allowed_events
from model.sampling.nucleus import draw
from model.sampling.order import Order
from model.sampling.randomness import uniform
from model.sampling.steering import Steering

CLOSING_LEAD = 2.5
MOST_CLOSING_GUIDANCE = 4.0
"""Towards its end a piece is led so many times as far, up to so far if no more is asked for: a few notes
decide whether it closes."""


class Draft:
    """One piece while it is composed.

    The loop is: tell the network `previous`, `ages` and `features`, and give its logits to `take`, until
    `is_finished`. A piece that is guided is stepped twice, with `features` and with every control left open,
    and takes what `guided` makes of both answers.

    Attributes:
        events: what has been played so far, the primer first.
        previous: the event to tell the network next, START in the beginning.
        is_finished: whether END was reached.
        is_guided: whether the network is led by what it is told, see `guidance`.
    """

    def __init__(self, order: Order, controls: ControlSet, exemplars: Exemplars = NO_EXEMPLARS) -> None:
        """Begin a piece.

        Args:
            order: what is asked for.
            controls: the checkpoint's controls.
            exemplars: the checkpoint's, for what the order leaves open.

        Raises:
            ControlError: a value asked for is not allowed.
        """
        self.events: list[int] = []
        self.previous = START
        self.is_finished = False
        self.is_guided = order.guidance != 1
        self._order = order
        primer = encode(decode(order.primer))  # so that it ends with its last release, whatever still sounded
        self._primer: list[int] = primer.tolist()
        self._primer_steps = Piece(primer).total_steps
        own_start = 0 if order.is_primer_heard else self._primer_steps
        self._end = own_start + round(order.seconds * STEPS_PER_SECOND)
        self._closing_step = self._end - CLOSING_SECONDS * STEPS_PER_SECOND
        self._steering = Steering(controls, completed(order, exemplars), self._closing_step)
        self._time_left = self._all_time_left(controls)
        self._keyboard = Keyboards(1)
        self._velocity = bin_to_velocity(DEFAULT_VELOCITY_BIN)
        self._silent_since: int | None = None

    @property
    def ages(self) -> npt.NDArray[np.int64]:
        """The keyboard after `previous`, see `Keyboards.ages`, shape (128,)."""
        ages: npt.NDArray[np.int64] = self._keyboard.ages()[0]
        return ages

    @property
    def features(self) -> Features:
        """The control features of the event to come, shape (width,)."""
        time_left: Features = self._time_left[min(self._now, len(self._time_left) - 1)]
        return self._steering.features + time_left

    @property
    def guidance(self) -> float:
        """How far the network is led by what it is told before the event to come, see `guided`."""
        guidance = self._order.guidance
        if guidance <= 1 or self._now < self._closing_step:
            return guidance
        return max(guidance, min(1 + CLOSING_LEAD * (guidance - 1), MOST_CLOSING_GUIDANCE))

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
            self._steer(event)

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
        if VELOCITY <= event < START:
            self._velocity = bin_to_velocity(event - VELOCITY + 1)
        self.events.append(event)
        self.previous = event

    def _steer(self, event: int) -> None:
        """See to it that the network is told what the piece now lacks."""
        if event < NOTE_OFF:
            self._steering.strike(self._now, event - NOTE_ON, self._velocity)
        elif TIME_SHIFT <= event < VELOCITY:
            held = int((self._keyboard.onsets != SILENT).sum())
            self._steering.pass_time(self._now, event - TIME_SHIFT + 1, held)

    def _all_time_left(self, controls: ControlSet) -> Features:
        """The features of the time left at every step of the piece, the others left open, (steps, width)."""
        steps = np.arange(self._end + LATEST_END_STEPS + 1)
        return controls.features(
            {"time_left": np.maximum(self._end - steps, 0) / STEPS_PER_SECOND}, steps.size
        )
