"""The processes that the tests kill, and what is left of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from jobs.progress import Stage
from tests import process_kinds

ROOT = Path(__file__).parents[2]

# The command as it is, but for its progress bar: in its place the stages stand on stdout.
TELLING_ETUDE = """
import contextlib
import sys
import cli.compose
from cli.main import main

@contextlib.contextmanager
def told(*, is_shown):
    yield lambda progress: print(progress.stage.value, flush=True)

cli.compose.shown_progress = told
sys.argv[0] = "etude"
main()
"""


class Outcome(NamedTuple):
    """What a process left behind."""

    code: int
    out: str
    err: str


class Surroundings(process_kinds.ProcessKinds):
    """An environment for processes, and all of them that were started in it.

    Attributes:
        folder: their data folder, in which they and all that they start work.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        self.folder = folder
        self._environment = _unset() | {name: str(value) for name, value in settings.items()}
        self._environment |= {"ETUDE_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: object, **settings: object) -> subprocess.Popen[str]:
        """A Python process, first of a session of its own."""
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=self.folder,
            env=self._environment | {name: str(value) for name, value in settings.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def etude(
        self, *arguments: object, is_telling: bool = False, **settings: object
    ) -> subprocess.Popen[str]:
        """The command line; one that is telling has the stages of its pieces on stdout."""
        program = ("-c", TELLING_ETUDE) if is_telling else ("-m", "cli")
        return self.start(*program, *arguments, **settings)

    def close(self) -> None:
        """Assert that everything has ended, or ends by itself."""
        try:
            wait_until(lambda: not self.running(), seconds=10)
        finally:
            for pid in self.running():
                os.kill(pid, signal.SIGKILL)
            for process in self._started:
                process.communicate()

    def _kind(self, process: psutil.Process) -> str | None:
        # One that has ended and waits for a parent to notice is none: in a container nobody may ever do so.
        try:
            is_here = Path(process.cwd()).is_relative_to(self.folder)
            if not is_here or process.status() == psutil.STATUS_ZOMBIE:
                return None
            line = " ".join(process.cmdline())
        except psutil.Error:
            return None
        marks = {"embedded.keeper": "keeper", "valkey-server": "Valkey", "worker": "worker"}
        return next((kind for mark, kind in marks.items() if mark in line), "command")


def ended(process: subprocess.Popen[str], seconds: float = 60.0) -> Outcome:
    """What a process left behind that ends by itself."""
    out, err = process.communicate(timeout=seconds)
    return Outcome(process.returncode, out, err)


def killed(process: subprocess.Popen[str]) -> None:
    """Kill -9 a process, and see it gone."""
    process.kill()
    process.communicate()


def read_until(process: subprocess.Popen[str], *wanted: str) -> None:
    """Read what a process tells until all of these lines have come, in whatever order.

    Bounded by the suite's own limit on a test.
    """
    assert process.stdout is not None
    missing = set(wanted)
    for line in process.stdout:
        missing.discard(line.strip())
        if not missing:
            return
    raise AssertionError(f"it ended before it told {missing}: {process.stderr and process.stderr.read()}")


def read_until_stage(process: subprocess.Popen[str], wanted: Stage) -> None:
    """Read what a telling command tells until it has come to a stage; it may have missed the word of it."""
    assert process.stdout is not None
    stages = [stage.value for stage in Stage]
    assert any(stages.index(line.strip()) >= stages.index(wanted) for line in process.stdout)


@contextmanager
def paused(process: subprocess.Popen[str]) -> Iterator[None]:
    """Stop a process (SIGSTOP) for a while."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def wait_until(is_so: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for what takes a moment, and on a busy machine some more."""
    process_kinds.wait_until(is_so, seconds)


def _unset(names: Iterable[str] = ("CI", "SOUNDFONT", "REDIS_URL", "DATABASE_URL")) -> dict[str, str]:
    """This process's environment without what is set in it for Etude."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in names and not name.startswith("ETUDE_")
    }
