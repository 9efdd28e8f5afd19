"""A part of `etude up`, the bot or a worker: a process that is started again when it crashes."""

import sys
import time
from collections.abc import Mapping, Sequence

import structlog

from cli.embedded.child import Child
from cli.embedded.keeper import CANNOT_WORK
from cli.embedded.supervision import Supervision

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 60.0

WORKING_SECONDS = 30.0
"""A part that has lived so long has what it needs."""

_log = structlog.get_logger(__name__)


class Part:
    """One process after another with the same task; what they write goes where this process's words go.

    They must be started by the main thread, see `Child`.

    Attributes:
        name: what it is.

    Args:
        name: what it is, and the package that is its program.
        environment: its variables.
        end_seconds: how long it may take when it is told to end.
    """

    def __init__(self, name: str, environment: Mapping[str, str], end_seconds: float) -> None:
        self.name = name
        # Its program is looked for where this one was found (PYTHONPATH), never in the working folder (-P).
        self._command: Sequence[str] = [sys.executable, "-P", "-m", name]
        self._environment = environment
        self._end_seconds = end_seconds
        self._begun = 0.0
        self._has_worked = False
        self._supervision = Supervision(
            self._start,
            lambda _child, _times: None,
            first_delay_seconds=FIRST_DELAY_SECONDS,
            longest_delay_seconds=LONGEST_DELAY_SECONDS,
        )

    @property
    def due_seconds(self) -> float | None:
        """How long until a process is to be started; None while there is one."""
        return self._supervision.due_seconds

    def tend(self) -> bool:
        """Does what is to be done now; to be called whenever something may have happened.

        Returns:
            whether it goes on. It does not where it said, on stderr, why it cannot work, and never worked
            before; once it has, what it lacks (a server that restarts) may come back, and it is started again
            as after a crash.
        """
        code = self._supervision.notice_end()
        if code == CANNOT_WORK and not self._has_worked:
            return False
        if code is not None:
            delay = self._supervision.due_seconds or 0.0
            _log.warning("part.ended", part=self.name, code=code, restart_seconds=round(delay, 1))
        self._supervision.start_if_due()
        if self._supervision.is_starting and time.monotonic() - self._begun > WORKING_SECONDS:
            self._has_worked = True
            self._supervision.mark_healthy()
        return True

    def tell_to_end(self) -> None:
        """Lets it begin to end, while others do so too."""
        if self._supervision.child is not None:
            self._supervision.child.process.terminate()

    def end(self) -> None:
        """Ends it, and returns when it is gone."""
        self._supervision.end(self._end_seconds)

    def _start(self) -> Child:
        self._begun = time.monotonic()
        child = Child(self._command, None, environment=self._environment)
        _log.info("part.start", part=self.name, process=child.process.pid)
        return child
