"""A child process that does not outlive the process that started it."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

END_SECONDS = 5.0
"""How long a child that was told to end may take, before it is killed."""

IS_BOUND_BY_KERNEL = os.uname().sysname == "Linux"
"""Whether the kernel itself can be asked to kill a child with its parent."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Child:
    """A running process, the first of a process group of its own, that is killed when this process ends.

    It must be started by the main thread: Linux takes the end of the thread that started it for the parent's.

    Args:
        command: the program and its arguments.
        log: the file to which its stderr is appended, and its stdout unless it talks; None where they are to
            be this process's own.
        is_talking: whether its stdin and stdout are pipes to this process.
        environment: its variables; None for those of this process.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path | None,
        *,
        is_talking: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        with nullcontext() if log is None else log.open("ab") as written:
            self._log, self._log_begin = log, 0 if written is None else written.tell()
            self.process = subprocess.Popen(  # noqa: S603 - the caller's own program, without a shell
                command,
                env=environment,
                stdin=subprocess.PIPE if is_talking else subprocess.DEVNULL,
                stdout=subprocess.PIPE if is_talking else written,
                stderr=written,
                process_group=0,
                # The parent has one thread, or a second one that holds no lock over this.
                preexec_fn=_bond() if IS_BOUND_BY_KERNEL else None,  # noqa: PLW1509 - as said above
            )
        self._guard = None if IS_BOUND_BY_KERNEL else _guard(self.process.pid)

    def has_ended(self) -> bool:
        """Whether it has ended; then whatever it had started itself is gone too."""
        if self.process.poll() is None:
            return False
        self._clear()
        return True

    def end(self, seconds: float = END_SECONDS) -> None:
        """Tells it to end, and kills it if it does not do so in so many seconds."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self._clear()
        self.process.wait()

    def words(self) -> str:
        """Returns what it has written to its log; nothing where it has none."""
        if self._log is None:
            return ""
        with self._log.open("rb") as written:
            written.seek(self._log_begin)
            return written.read().decode(errors="replace")

    def last_words(self) -> str:
        """Returns the last line that it has written to its log; empty if there is none."""
        lines = self.words().strip().splitlines()
        return lines[-1].strip() if lines else ""

    def _clear(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS: the latter for a group of zombies
            os.killpg(self.process.pid, signal.SIGKILL)
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
            self._guard = None


def _bond() -> Callable[[], None]:
    """Returns what a child calls before its program begins, so that the kernel kills it with its parent."""
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def bind() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before it could be asked for
            os._exit(1)

    return bind


def _guard(group: int) -> subprocess.Popen[bytes]:
    """Starts what kills a process group once this process is gone, where the kernel does not do it."""
    return subprocess.Popen(  # noqa: S603 - the argument is a number
        ["/bin/sh", "-c", 'read -r _; kill -s KILL -- "-$0"', str(group)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
