"""A piece in the making: what the network is told next, and what becomes of its answer.

A draft knows nothing of batches: whoever runs the network may step any number of drafts at once.
"""

from collections.abc import Sequence

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
from model.form.plan import FormPlan
from model.form.returning import Returning
from model.keyboard import Keyboard
from model.performance import DEFAULT_VELOCITY_BIN, Note, decode, encode, from_first_onset
from model.piece import Piece
from model.playability.levels import LEVELS
from model.playability.playing import Playing
from model.sampling.completion import completed
from model.sampling.constraints import Moment, allowed_events
from model.sampling.guidance import guided
from model.sampling.nucleus import draw, log_likelihoods
from model.sampling.order import Order
from model.sampling.randomness import Randomness
from model.sampling.steering import NEVER, Steering
from model.sampling.stretch import Drawn, Logits, Stretch
from model.style_discriminant import StyleDiscriminant

RETURN_DRAW = 2**33
"""The step of the first draw that decides what of a return is free: no piece has so many events."""

CLOSING_LEAD = 2.5
MOST_CLOSING_GUIDANCE = 4.0
"""Towards its end a piece is led so many times as far, up to so far if no more is asked for: a few notes
decide whether it closes."""


class Draft:
    """One piece while it is composed.

    The loop is: tell the network `previous`, `ages` and `features`, and give its logits to `advance`, which
    takes any number of drafts a step further, until `is_finished`. Of a piece that is guided the network is
    asked twice, with `features` and with every control open.

    Attributes:
        events: what has been played so far, the primer first.
        previous: the event to tell the network next, START in the beginning.
        is_finished: whether END was reached.
        is_guided: whether the network is led by what it is told, and asked twice.
        wishes: what the piece is to be like, and where it goes.
        drawn: how many events were drawn, END included.
        heard_from: the step from which on the piece is heard: after a primer that is not.
        discriminant: tells which style the finished piece sounds like; None if nothing does.
        log_likelihood: of these, given what the network was told, unguided, in nats.
    """

    def __init__(
        self,
        order: Order,
        controls: ControlSet,
        exemplars: Exemplars = NO_EXEMPLARS,
        discriminant: StyleDiscriminant | None = None,
    ) -> None:
        """Begin a piece.

        Args:
            order: what is asked for.
            controls: the checkpoint's controls.
            exemplars: the checkpoint's, for what the order leaves open.
            discriminant: the checkpoint's, by which it is scored once it is finished.

        Raises:
            ControlError: a value asked for is not allowed.
        """
        self.events: list[int] = []
        self.previous = START
        self.is_finished = False
        self.is_guided = order.guidance != 1
        self.drawn = 0
        self.log_likelihood = 0.0
        self.discriminant = discriminant
        self._order = order
        primer = encode(decode(order.primer))  # so that it ends with its last release, whatever still sounded
        self._primer: list[int] = primer.tolist()
        self._primer_steps = Piece(primer).total_steps
        self.heard_from = 0 if order.is_primer_heard else self._primer_steps
        self._end = self.heard_from + round(order.seconds * STEPS_PER_SECOND)
        self._closing_step = self._end - CLOSING_SECONDS * STEPS_PER_SECOND
        self.wishes = completed(order, exemplars, self._primer_steps, self._end)
        self._steering = Steering(controls, self.wishes, self._closing_step)
        self._returning = _returning(order, self.wishes.plan, self._closing_step)
        self._time_left = controls.time_left
        self._keyboard = Keyboard()
        self._random = Randomness(order.seed, order.candidate)
        self._velocity = bin_to_velocity(DEFAULT_VELOCITY_BIN)
        self._silent_since: int | None = None
        self._playing = None if order.level is None else Playing(LEVELS[order.level])

    @property
    def candidate(self) -> int:
        """Which of several pieces from the same seed it is."""
        return self._order.candidate

    @property
    def ages(self) -> npt.NDArray[np.float32]:
        """The keyboard after `previous`, see `Keyboard.ages`, shape (128,)."""
        return self._keyboard.ages

    @property
    def features(self) -> Features:
        """The control features of the event to come, shape (width,)."""
        features, table = self._steering.features.copy(), self._time_left
        told = table.at(self._end - self._keyboard.now)
        features[table.first : table.first + told.size] = told
        return features

    @property
    def moment(self) -> Moment:
        """Where the piece stands, which decides what may come next."""
        keyboard = self._keyboard
        return Moment(
            keyboard.now, self._end, keyboard.sounding, self.previous, self._silent_since, self._playing
        )

    @property
    def share_done(self) -> float:
        """How much of the piece's time has been composed, 0 to 1."""
        return 1.0 if self.is_finished else min(self._keyboard.now / self._end, 1.0)

    def take(self, answers: npt.NDArray[np.floating]) -> None:
        """Go on by one event; of many drafts `advance` does so at less cost.

        Args:
            answers: to `features` and, if the piece is guided, to every control left open, (1 or 2, 390).
        """
        (error,) = advance([self], answers)
        if error is not None:
            raise error

    def stretch(self) -> Stretch | None:
        """What decides the next events, of which `follow` is told; None at a level, whose hands are asked."""
        now, until = self._keyboard.now, NEVER
        given: list[int] = []
        lean = None
        if self.is_in_primer:
            given = self._primer[len(self.events) :]
        else:
            self._begin_to_be_heard()
            if self._playing is not None:
                return None
            until = self._steering.next_look(now)
            if self._returning is not None:
                is_led, changes = self._returning.outlook(now)
                until = until if changes is None else min(until, changes)
                lean = self._lean if is_led else None
        return Stretch(
            now,
            self._end,
            self._keyboard.sounding,
            self.previous,
            self._silent_since,
            until,
            given,
            self._steering.features,
            self._order.guidance,
            self._closing_step,
            self._closing_guidance,
            float(self._order.temperature),
            float(self._order.top_p),
            self._random.state,
            len(self.events),
            lean,
        )

    def follow(self, drawn: Drawn) -> None:
        """Go on by what came of the stretch.

        Raises:
            Exception: what went wrong in it.
        """
        if drawn.error is not None:
            raise drawn.error
        if self.is_in_primer:
            for _ in drawn.events:
                self.play_primer()
        else:
            for event, log_likelihood in zip(drawn.events, drawn.likelihoods, strict=True):
                self.accept(event, log_likelihood)

    @property
    def is_in_primer(self) -> bool:
        """Whether the next event is the primer's."""
        return len(self.events) < len(self._primer)

    def play_primer(self) -> None:
        """Go on by the primer's next event."""
        self._play(self._primer[len(self.events)])

    def ask(
        self, logits: npt.NDArray[np.floating], allowed: npt.NDArray[np.bool_]
    ) -> tuple[float, float, float]:
        """Say how the next event is to be drawn.

        Args:
            logits: the network's, guided, (390,); they are changed here to what returns.
            allowed: where to write which events may come, (390,), all False before.

        Returns:
            Temperature, top-p, and the random number that decides.
        """
        self._begin_to_be_heard()
        logits[:] = self._lean(logits)
        allowed_events(self.moment, allowed)
        return float(self._order.temperature), self._order.top_p, self._random.uniform(len(self.events))

    def accept(self, event: int, log_likelihood: float) -> None:
        """Go on by the event that was drawn.

        Args:
            event: which.
            log_likelihood: its, given what the network was told, unguided, in nats.
        """
        self.log_likelihood += log_likelihood
        self.drawn += 1
        if event == END:
            self.is_finished = True
        else:
            self._play(event)
            self._steer(event)

    def notes(self) -> list[Note]:
        """The piece's notes from its first onset on; without the primer if that is not to be heard."""
        notes = decode(self.events)
        if not self._order.is_primer_heard:
            notes = [note for note in notes if note.start >= self.heard_from / STEPS_PER_SECOND]
        return from_first_onset(notes)

    @property
    def guidance(self) -> float:
        """How far the network is led by what it is told before the event to come."""
        return self._order.guidance if self._keyboard.now < self._closing_step else self._closing_guidance

    @property
    def _closing_guidance(self) -> float:
        guidance = self._order.guidance
        if guidance <= 1:
            return guidance
        return max(guidance, min(1 + CLOSING_LEAD * (guidance - 1), MOST_CLOSING_GUIDANCE))

    def _lean(self, logits: Logits) -> Logits:
        """The guided logits, (390,), led to what returns."""
        if self._returning is None:
            return logits
        keyboard = self._keyboard
        return self._returning.led(logits, keyboard.now, keyboard.sounding, self.previous)

    def _begin_to_be_heard(self) -> None:
        """Nothing waits before the first note that is heard, either."""
        if len(self.events) == len(self._primer) and not self._order.is_primer_heard:
            self._silent_since = None

    def _play(self, event: int) -> None:
        keyboard = self._keyboard
        sounded = bool(keyboard.sounding)
        keyboard.play(event)
        if sounded and not keyboard.sounding:
            self._silent_since = keyboard.now
        if VELOCITY <= event < START:
            self._velocity = bin_to_velocity(event - VELOCITY + 1)
        self.events.append(event)
        self.previous = event

    def _steer(self, event: int) -> None:
        """See to it that the network is told what the piece now lacks, and led to what returns.

        The hands that play it take note of it, too.
        """
        now = self._keyboard.now
        if self._returning is not None:
            self._returning.hear(event, now)
        if event < NOTE_OFF:
            self._steering.strike(now, event - NOTE_ON, self._velocity)
            if self._playing is not None:
                self._playing.strike(now, event - NOTE_ON)
        elif TIME_SHIFT <= event < VELOCITY:
            self._steering.pass_time(now, event - TIME_SHIFT + 1, len(self._keyboard.sounding))


def advance(drafts: Sequence[Draft], answers: npt.NDArray[np.floating]) -> list[Exception | None]:
    """Take drafts a step further: by their primers' next events, or by events drawn from logits.

    No draft's events depend on the others, to the last bit, nor does an error in one touch another.

    Args:
        drafts: that are not finished.
        answers: a row to each draft's features and, if it is guided, another to every control left open, one
            draft after another, (rows, 390).

    Returns:
        For each draft what went wrong with it, or None.
    """
    errors: list[Exception | None] = [None] * len(drafts)
    told, logits = _read(drafts, answers)
    allowed = np.zeros(logits.shape, dtype=np.bool_)
    drawing: list[int] = []
    asked: list[tuple[float, float, float]] = []
    for place, draft in enumerate(drafts):
        try:
            if draft.is_in_primer:
                draft.play_primer()
            else:
                asked.append(draft.ask(logits[place], allowed[place]))
                drawing.append(place)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this draft's alone
            errors[place] = error
    if not drawing:
        return errors
    if len(drawing) < len(drafts):
        told, logits, allowed = told[drawing], logits[drawing], allowed[drawing]
    temperatures, top_ps, uniforms = np.array(asked).T
    events = draw(logits, allowed, temperatures=temperatures, top_ps=top_ps, uniforms=uniforms)
    likelihoods = log_likelihoods(told, events)
    for place, event, likelihood in zip(drawing, events.tolist(), likelihoods, strict=True):
        try:
            drafts[place].accept(event, likelihood)
        except Exception as error:  # noqa: BLE001 - as above
            errors[place] = error
    return errors


def _read(
    drafts: Sequence[Draft], answers: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """The network's logits given each draft's features, and the same guided, (drafts, 390); see `advance`."""
    if len(answers) == len(drafts):
        return answers, answers.copy()
    is_guided = np.array([draft.is_guided for draft in drafts])
    first = np.cumsum(1 + is_guided) - 1 - is_guided
    told = answers[first]
    logits = told.copy()
    guidance = np.array([draft.guidance for draft in drafts if draft.is_guided], dtype=np.float32)
    logits[is_guided] = guided(told[is_guided], answers[first[is_guided] + 1], guidance)
    return told, logits


def _returning(order: Order, plan: FormPlan | None, until: int) -> Returning | None:
    """What follows a piece in which something returns."""
    if plan is None or all(section.source is None for section in plan.sections):
        return None
    random = Randomness(order.seed, order.candidate)
    return Returning(plan, until, lambda draw: random.uniform(RETURN_DRAW + draw))
