"""Turns: who may compute where there is more to do than there are processors."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Lock


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Turns:
    """So many threads at once may compute; of those that wait, the one whose piece is due first goes on.

    A piece is rendered and encoded block by block, and each block takes a turn. So a short piece overtakes a
    long one that came before it, and of equal pieces the first is done before the others are half done. The
    engine's thread takes none, as all pieces need it, but gives way to what is due sooner.
    """

    def __init__(self, at_once: int | None = None) -> None:
        """Begin with all turns free.

        Args:
            at_once: how many threads may compute at once; by default as many as there are processors.
        """
        self._at_once = at_once or _processors()
        self._computing: list[float] = []
        self._waiting: list[tuple[float, int, Lock]] = []  # a heap; each waits for its lock
        self._numbers = count()
        self._lock = Lock()
        self._ended = Condition(self._lock)

    def begin(self, due: float) -> None:
        """Wait for a turn, and take it.

        Args:
            due: when the piece is due, on any clock that all share.
        """
        with self._lock:
            if len(self._computing) < self._at_once:
                self._computing.append(due)
                return
            call = Lock()
            call.acquire()
            heappush(self._waiting, (due, next(self._numbers), call))
        call.acquire()

    def end(self, due: float) -> None:
        """Give a turn back, to who waits for one."""
        with self._lock:
            self._computing.remove(due)
            if self._waiting:
                first, _, call = heappop(self._waiting)
                self._computing.append(first)
                call.release()
            self._ended.notify_all()

    @contextmanager
    def turn(self, due: float) -> Iterator[None]:
        """A turn for as long as the context lasts."""
        self.begin(due)
        try:
            yield
        finally:
            self.end(due)

    def give_way(self, due: float) -> None:
        """Wait as long as pieces that are due sooner have, or wait for, as many turns as there are."""
        with self._ended:
            self._ended.wait_for(lambda: self._sooner(due) < self._at_once)

    def _sooner(self, due: float) -> int:
        return sum(one < due for one in (*self._computing, *(waiting[0] for waiting in self._waiting)))
