"""Whether to go on with a piece: asked at every step, since threads cannot be ended from outside."""

import time

from worker.errors import CanceledError, DeadlineError, InterruptError


class Stop:
    """What may stop one piece: a person, the worker's end, or its deadline. Any thread may use it."""

    def __init__(self, deadline_seconds: float | None = None) -> None:
        """Start the clock.

        Args:
            deadline_seconds: how long the piece may take from now on; None for as long as it needs.
        """
        self._seconds = deadline_seconds
        self._deadline = None if deadline_seconds is None else time.monotonic() + deadline_seconds
        self._is_canceled = False
        self._is_interrupted = False

    def cancel(self) -> None:
        """Stop the piece for good: whoever asked for it withdrew."""
        self._is_canceled = True

    def interrupt(self) -> None:
        """Stop the piece here: the worker is shutting down, and another one is to make it."""
        self._is_interrupted = True

    def check(self) -> None:
        """Do nothing while the piece may go on; cheap enough for every step of the network.

        Raises:
            CanceledError: it was canceled, whatever else happened to it.
            InterruptError: it was interrupted.
            DeadlineError: it has taken longer than it may.
        """
        if self._is_canceled:
            raise CanceledError
        if self._is_interrupted:
            raise InterruptError
        if self._seconds is not None and self._deadline is not None and time.monotonic() > self._deadline:
            raise DeadlineError(self._seconds)
