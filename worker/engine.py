"""The engine: one thread that owns the network and samples any number of pieces side by side."""

import time
from bisect import insort
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread

import numpy as np

from jobs.capabilities import Sampler
from model.checkpoint import Checkpoint
from model.events import PITCHES
from model.sampling.draft import Draft, advance
from model.sampling.order import Order
from model.sampling.stretch import Stretch
from worker.errors import InterruptError
from worker.network import Network
from worker.sampling import Row, Sampling
from worker.stop import Stop
from worker.turns import Turns

STRIDE_EVENTS = 16
"""By how many events each of several pieces goes on at once: those that have to be asked sooner wait for the
others."""


class Engine:
    """Samples pieces with one network; any thread may submit.

    Pieces join and leave between steps, and those that are due first go on first: a short one overtakes a
    long one that came before it. None changes another's notes, nor does an error in one end another.

    Attributes:
        turns: of the processors, for whoever renders what it samples; the engine gives way to pieces that are
            due sooner, unless a GPU computes for it.
    """

    def __init__(self, network: Network, rows_at_once: int | None = None) -> None:
        """Start the thread; it lives until `close`, or as long as the process.

        Args:
            network: whose steps to take.
            rows_at_once: how many rows to step at once, if the network can; by default as many as are worth
                it.
        """
        self.turns = Turns()
        self._network = network
        stepper, strider = network.stepper, network.strider
        self._rows_a_step = min(rows_at_once or stepper.best_batch, stepper.widest_batch)
        self._rows_a_stride = min(
            rows_at_once or (strider.best_stride if strider else 1), stepper.widest_batch
        )
        self._features = network.checkpoint.config.control_features
        self._arrivals: SimpleQueue[Row | None] = SimpleQueue()  # None: closed
        self._lock = Lock()
        self._is_closed = False
        self._thread = Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint whose network samples."""
        return self._network.checkpoint

    @property
    def sampler(self) -> Sampler:
        """What runs the network."""
        return self._network.sampler

    @property
    def is_alive(self) -> bool:
        """Whether its thread runs; one that has died of a fault answers nobody any more."""
        return self._thread.is_alive()

    def submit(self, order: Order, stop: Stop, due: float | None = None) -> Sampling:
        """Begin a piece; returns at once.

        Args:
            order: what is asked for.
            stop: asked before every step whether to go on.
            due: when it is to be done, on the clock of `time.monotonic`; by default once it could have been
                heard.

        Raises:
            ControlError: a value asked for is not allowed.
            InterruptError: the engine was closed.
        """
        checkpoint = self.checkpoint
        draft = Draft(order, checkpoint.controls, checkpoint.exemplars, checkpoint.discriminant)
        row = Row(draft, stop, time.monotonic() + order.seconds if due is None else due)
        with self._lock:  # nothing arrives behind the None of `close`
            if self._is_closed:
                raise InterruptError
            self._arrivals.put(row)
        return Sampling(row)

    def close(self) -> None:
        """End the thread; pieces that are not done raise `InterruptError` where they are iterated over."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._arrivals.put(None)
        self._thread.join()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        rows: list[Row] = []
        while self._let_in(rows):
            batch, stretches = self._next_batch(rows)
            if batch:
                if self.sampler is not Sampler.CUDA:
                    self.turns.give_way(batch[0].due)
                self._go_on(batch, stretches)
            if any(row.is_ended for row in rows):
                self._let_out([row for row in rows if row.is_ended])
                rows = [row for row in rows if not row.is_ended]
        for row in rows:
            row.end(InterruptError())
        self._let_out(rows)

    def _let_in(self, rows: list[Row]) -> bool:
        """Add what has arrived, waiting for it where there is nothing to do; false once closed."""
        while True:
            try:
                arrival = self._arrivals.get(block=not rows)
            except Empty:
                return True
            if arrival is None:
                return False
            arrival.slots = [self._network.stepper.begin() for _ in range(arrival.width)]
            insort(rows, arrival, key=lambda row: row.due)

    def _let_out(self, rows: Sequence[Row]) -> None:
        """Give back the slots of rows that are ended."""
        for row in rows:
            for slot in row.slots:
                self._network.stepper.end(slot)

    def _next_batch(self, rows: Sequence[Row]) -> tuple[list[Row], list[Stretch]]:
        """Of the rows that may go on those due first, as many as go at once; one at least.

        All of them go on by a stretch of events, by one of one event, or event by event, as does the one
        that is due first.

        Returns:
            The rows, and their stretches; none of these where they go on event by event.
        """
        batch: list[Row] = []
        stretches: list[Stretch] = []
        width = 0
        for row in rows:
            most = self._rows_a_stride if stretches else self._rows_a_step
            if not row.may_go_on() or (batch and width + row.width > most):
                continue
            try:
                stretch = row.draft.stretch() if self._network.strider else None
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this row's alone
                row.end(error)
                continue
            if batch and _kind(stretch) != _kind(*stretches[:1]):
                continue
            batch.append(row)
            width += row.width
            if stretch is not None:
                stretches.append(stretch)
        return batch, stretches

    def _go_on(self, rows: Sequence[Row], stretches: Sequence[Stretch]) -> None:
        if stretches:
            self._stride(rows, stretches)
        else:
            self._step(rows)

    def _stride(self, rows: Sequence[Row], stretches: Sequence[Stretch]) -> None:
        """Go on with each row by some events, as one batch."""
        assert self._network.strider is not None  # noqa: S101 - for the type checker
        limits = [min(row.chunk_left, STRIDE_EVENTS) for row in rows]
        try:
            drawn = self._network.strider.stride(stretches, [row.slots for row in rows], limits)
        except Exception as error:  # noqa: BLE001 - whatever it is, its readers are told, and the engine goes on
            for row in rows:
                row.hand_on(error)
            return
        for row, one in zip(rows, drawn, strict=True):
            try:
                row.draft.follow(one)
            except Exception as error:  # noqa: BLE001 - as above
                row.hand_on(error)
            else:
                row.hand_on(None)

    def _step(self, rows: Sequence[Row]) -> None:
        """Take one step of each row, as one batch."""
        slots = [slot for row in rows for slot in row.slots]
        events = np.empty(len(slots), dtype=np.int64)
        ages = np.empty((len(slots), PITCHES), dtype=np.float32)
        features = np.zeros((len(slots), self._features), dtype=np.float32)
        first = 0
        for row in rows:
            events[first : first + row.width] = row.draft.previous
            ages[first : first + row.width] = row.draft.ages
            features[first] = row.draft.features  # the second time every control is left open
            first += row.width
        try:
            answers = self._network.stepper.step(events, ages, features, slots)
            errors = advance([row.draft for row in rows], answers)
        except Exception as error:  # noqa: BLE001 - whatever it is, its readers are told, and the engine goes on
            errors = [error] * len(rows)
        for row, wrong in zip(rows, errors, strict=True):
            row.hand_on(wrong)


def _kind(stretch: Stretch | None = None) -> tuple[bool, bool]:
    """Which rows go on together: whether the network does so by itself, and whether by one event."""
    return stretch is None, stretch is not None and stretch.lean is not None
