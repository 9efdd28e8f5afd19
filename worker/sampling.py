"""A piece while it is sampled: the engine's thread goes on with it, another thread reads along."""

from dataclasses import dataclass
from queue import SimpleQueue

from model.performance import Note
from model.sampling.draft import Draft
from worker.errors import CanceledError, StoppedError
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
        due: when it is to be done, on the clock of `time.monotonic`; what is due first goes on first.
        width: how often the network is asked at each step, 1 or, if the piece is guided, 2.
        slots: the stepper's for each of them; the engine takes them and gives them back.
        told: what the reading thread is told; an end comes last, and once.
        is_wanted: whether anybody reads along; the one thing that other threads change.
        is_ended: whether an end was told, after which the row is to be left alone.
    """

    def __init__(self, draft: Draft, stop: Stop, due: float) -> None:
        self.draft = draft
        self.due = due
        self.width = 2 if draft.is_guided else 1
        self.slots: list[int] = []
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
    def chunk_left(self) -> int:
        """How many events are missing to a chunk."""
        return CHUNK_EVENTS - (len(self.draft.events) - self._handed_on)

    def hand_on(self, error: Exception | None) -> None:
        """Tell the reader of new events once they are a chunk, of the end, and of what went wrong."""
        if error is not None:
            self.end(error)
            return
        is_finished = self.draft.is_finished
        if is_finished or len(self.draft.events) - self._handed_on == CHUNK_EVENTS:
            events = self.draft.events[self._handed_on :]
            self.told.put(_Chunk(events, self.draft.share_done))
            self._handed_on += len(events)
        if is_finished:
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

    @property
    def draft(self) -> Draft:
        """The piece itself; only to be looked at once it has been iterated over."""
        return self._row.draft

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
