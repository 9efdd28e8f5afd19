"""The supervision of a child process: it is started again when it crashes, later each time."""

import time
from collections.abc import Callable

from cli.embedded.child import END_SECONDS, Child

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0
HEALTHY_SECONDS = 30.0
"""After so long in health a crash is the first one again."""


class Supervision:
    """One child after another with the same task.

    Args:
        start: starts a child.
        ended_early: is called with a child that ended before it was healthy, and with how many did so in
            a row; it raises an error where another try is in vain.
        first_delay_seconds: how long after a crash the next one is started; twice as long each time.
        longest_delay_seconds: how long at most.
    """

    def __init__(
        self,
        start: Callable[[], Child],
        ended_early: Callable[[Child, int], None],
        *,
        first_delay_seconds: float = FIRST_DELAY_SECONDS,
        longest_delay_seconds: float = LONGEST_DELAY_SECONDS,
    ) -> None:
        self.child: Child | None = None
        self._start = start
        self._ended_early = ended_early
        self._healthy_since: float | None = None
        self._early_ends = 0
        self._first_delay_seconds = self._delay_seconds = first_delay_seconds
        self._longest_delay_seconds = longest_delay_seconds
        self._due = 0.0

    @property
    def is_healthy(self) -> bool:
        """Whether the child does its task."""
        return self._healthy_since is not None

    @property
    def is_starting(self) -> bool:
        """Whether there is a child that does not do its task yet."""
        return self.child is not None and not self.is_healthy

    @property
    def due_seconds(self) -> float | None:
        """How long until a child is to be started; None while there is one."""
        return None if self.child is not None else max(0.0, self._due - time.monotonic())

    def mark_healthy(self) -> None:
        """The child does its task from now on."""
        self._healthy_since = time.monotonic()
        self._early_ends = 0

    def start_if_due(self) -> None:
        """Starts a child if there is none and it is time.

        Raises:
            OSError: the program cannot be started.
        """
        if self.due_seconds == 0:
            self.child = self._start()

    def notice_end(self) -> int | None:
        """Sets when the next child is due, if one has ended since the last call; returns its exit code."""
        child, now = self.child, time.monotonic()
        if child is None or not child.has_ended():
            return None
        if self._healthy_since is None:
            self._early_ends += 1
            self._ended_early(child, self._early_ends)
        elif now - self._healthy_since > HEALTHY_SECONDS:
            self._delay_seconds = self._first_delay_seconds
        self.child, self._healthy_since = None, None
        self._due = now + self._delay_seconds
        self._delay_seconds = min(2 * self._delay_seconds, self._longest_delay_seconds)
        return child.process.returncode

    def end(self, seconds: float = END_SECONDS) -> None:
        """Ends the child, if there is one, and kills it if it does not go in so many seconds."""
        if self.child is not None:
            self.child.end(seconds)
            self.child = None
