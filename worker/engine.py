"""The engine: one thread that owns the network and samples any number of pieces side by side."""

from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread

import numpy as np

from jobs.capabilities import Sampler
from model.checkpoint import Checkpoint
from model.sampling.draft import Draft
from model.sampling.order import Order
from worker.errors import InterruptError
from worker.network import Network
from worker.sampling import Row, Sampling
from worker.stop import Stop


class Engine:
    """Samples pieces with one network; any thread may submit.

    Pieces join and leave between steps. None changes another's notes, nor does an error in one end another.
    """

    def __init__(self, network: Network) -> None:
        """Start the thread; it lives until `close`, or as long as the process."""
        self._network = network
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

    def submit(self, order: Order, stop: Stop) -> Sampling:
        """Begin a piece; returns at once.

        Args:
            order: what is asked for.
            stop: asked before every step whether to go on.

        Raises:
            ControlError: a value asked for is not allowed.
            InterruptError: the engine was closed.
        """
        row = Row(Draft(order, self.checkpoint.controls, self.checkpoint.exemplars), stop)
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
            for batch in self._batches(rows):
                self._step(batch)
            rows = [row for row in rows if not row.is_ended]
        for row in rows:
            row.end(InterruptError())

    def _let_in(self, rows: list[Row]) -> bool:
        """Add what has arrived, waiting for it where there is nothing to do; false once closed."""
        while True:
            try:
                arrival = self._arrivals.get(block=not rows)
            except Empty:
                return True
            if arrival is None:
                return False
            rows.append(arrival)

    def _batches(self, rows: Sequence[Row]) -> Iterator[list[Row]]:
        """The rows that may go on, in batches as wide as the stepper allows; one row at least in each."""
        batch: list[Row] = []
        width = 0
        for row in rows:
            if not row.may_go_on():
                continue
            if batch and width + row.width > self._network.stepper.widest_batch:
                yield batch
                batch, width = [], 0
            batch.append(row)
            width += row.width
        if batch:
            yield batch

    def _step(self, rows: Sequence[Row]) -> None:
        """Take one step of each row, as one batch."""
        stepper = self._network.stepper
        widths = [row.width for row in rows]
        states = [state for row in rows for state in row.states or [stepper.begin()] * row.width]
        try:
            answers, new_states = stepper.step(
                np.repeat([row.draft.previous for row in rows], widths),
                np.repeat([row.draft.ages for row in rows], widths, axis=0).astype(np.float32),
                np.concatenate([row.tellings for row in rows]),
                states,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, its readers are told, and the engine goes on
            for row in rows:
                row.end(error)
            return
        first = 0
        for row in rows:
            own = slice(first, first + row.width)
            row.take(answers[own], new_states[own])
            first = own.stop
