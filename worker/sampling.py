"""A piece while it is sampled: the engine's thread goes on with it, another thread reads along."""

from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
import numpy.typing as npt

from model.controls import Features
from model.performance import Note
from model.sampling.draft import Draft
from model.sampling.guidance import guided
from worker.errors import CanceledError, StoppedError
from worker.network import State
from worker.stop import Stop

CHUNK_EVENTS = 50
"""How many events are handed on at once: about 2 s of music, some 45 ms of sampling on a CPU."""


@dataclass(frozen=True)
class _Chunk:
    """Events, and the share of the piece that is done with them."""

    events: list[int]
    share: float


@dataclass(frozen=True)
class _End:
    """No more events will come: the piece is done, or this is why it never will be."""

    error: Exception | None = None


class Row:
    """A sampling as the engine holds it. Belongs to the engine's thread.

    Attributes:
        draft: the piece in the making.
        width: how many `tellings` it has, 1 or, if it is guided, 2.
        states: what the network remembers of each of its `tellings`; None before the first step.
        told: what the reading thread is told; an end comes last, and once.
        is_wanted: whether anybody reads along; the one thing that other threads change.
        is_ended: whether an end was told, after which the row is to be left alone.
    """

    def __init__(self, draft: Draft, stop: Stop) -> None:
        self.draft = draft
        self.width = 2 if draft.is_guided else 1
        self.states: Sequence[State] | None = None
        self.told: SimpleQueue[_Chunk | _End] = SimpleQueue()
        self.is_wanted = True
        self.is_ended = False
        self._stop = stop
        self._handed_on = 0

    def may_go_on(self) -> bool:
        """Whether to take another step; where not, the row is ended."""
        try:
            if not self.is_wanted:
                raise CanceledError
            self._stop.check()
        except StoppedError as error:
            self.end(error)
        return not self.is_ended

    @property
    def tellings(self) -> Features:
        """The control features that the network is told before the next event, (width, features).

        The second time every control is left open.
        """
        told = self.draft.features
        return told[None] if self.width == 1 else np.stack([told, np.zeros_like(told)])

    def take(self, answers: npt.NDArray[np.float32], states: Sequence[State]) -> None:
        """Go on by one event, given the network's answer to each telling, (width, 390)."""
        self.states = states
        try:
            self.draft.take(answers[0] if self.width == 1 else guided(answers, self.draft.guidance))
        except Exception as error:  # noqa: BLE001 - whatever it is, its reader is told, and the engine goes on
            self.end(error)
            return
        events = self.draft.events[self._handed_on :]
        if len(events) == CHUNK_EVENTS or self.draft.is_finished:
            self.told.put(_Chunk(events, self.draft.share_done))
            self._handed_on += len(events)
        if self.draft.is_finished:
            self.end()

    def end(self, error: Exception | None = None) -> None:
        """Tell the reader that no more will come, and why."""
        self.is_ended = True
        self.told.put(_End(error))


class Sampling:
    """A piece while it is sampled: an iterator over its events, in lists of up to `CHUNK_EVENTS`.

    The primer's events come first, END is not among them, and the last list may be empty. Iterating raises
    what stopped the sampling: a `StoppedError`, or whatever went wrong in the engine. A sampling that is
    closed, or that nobody holds any more, is not gone on with.
    """

    def __init__(self, row: Row) -> None:
        self._row = row
        self._end: _End | None = None
        self._share = 0.0

    @property
    def share(self) -> float:
        """How much of the piece has been iterated over, 0 to 1."""
        return self._share

    def notes(self) -> list[Note]:
        """The piece's notes from its first onset on; waits for what has not been iterated over.

        Raises:
            StoppedError: it was stopped before its end.
        """
        for _ in self:
            pass
        return self._row.draft.notes()

    def close(self) -> None:
        """Do without the rest; whoever still iterates gets a `CanceledError`."""
        self._row.is_wanted = False

    def __iter__(self) -> "Sampling":
        return self

    def __next__(self) -> list[int]:
        if self._end is None:
            told = self._row.told.get()
            if isinstance(told, _Chunk):
                self._share = told.share
                return told.events
            self._end = told
        if self._end.error is not None:
            raise self._end.error
        raise StopIteration

    def __enter__(self) -> "Sampling":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()
