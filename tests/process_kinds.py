"""Processes told apart by what they are, found and killed."""

import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress

import psutil


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for what takes a moment."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


class ProcessKinds(ABC):
    """The processes of one test: command, keeper, Valkey, worker."""

    @abstractmethod
    def _kind(self, process: psutil.Process) -> str | None:
        """What a process is; None where it is none of the test's."""

    def running(self, *kinds: str) -> set[int]:
        """Returns the processes of these kinds: command, keeper, Valkey, worker; without a kind, of all."""
        return {
            process.pid
            for process in psutil.process_iter()
            if (kind := self._kind(process)) is not None and (not kinds or kind in kinds)
        }

    def kill(self, *kinds: str) -> None:
        """Kills all of these kinds, and waits until they are gone."""
        doomed = self.running(*kinds)
        assert len(doomed) >= len(kinds)
        for pid in doomed:
            with suppress(ProcessLookupError):  # the kernel was faster
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not doomed & self.running())
