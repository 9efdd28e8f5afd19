"""An instance of real Valkey and a real keeper, with what tests do to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
from redis import Redis

from cli.embedded.street import EmbeddedStreet
from tests.process_kinds import ProcessKinds, wait_until

# A fake: the real worker takes seconds to start, and a keeper asks nothing else of it.
WORKER = """
import sys
print("ready", flush=True)
sys.stdin.read()
"""

COMMAND = """
import sys
from pathlib import Path
from cli.embedded.street import EmbeddedStreet

with EmbeddedStreet(Path.cwd(), (), sys.argv[1:]) as street:
    print(street.url, flush=True)
    sys.stdin.read()
"""


def python(program: str) -> list[str]:
    """A process of the standard library and the checkout only, which starts fast."""
    return [sys.executable, "-S", "-c", program]


class Instance(ProcessKinds):
    """The instance of a data folder, and every process that works in there."""

    def __init__(self, data_folder: Path) -> None:
        self.data_folder = data_folder
        self._commands: list[subprocess.Popen[str]] = []

    def street(
        self, worker: str = WORKER, *, identity: Sequence[str] = (), patience_seconds: float = 60.0
    ) -> EmbeddedStreet:
        """A command in this process."""
        return EmbeddedStreet(self.data_folder, identity, python(worker), patience_seconds=patience_seconds)

    def command(self) -> subprocess.Popen[str]:
        """A command that is a process of its own; it leaves when its stdin ends."""
        process = subprocess.Popen(
            [*python(COMMAND), *python(WORKER)],
            cwd=self.data_folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._commands.append(process)
        return process

    @property
    def folder(self) -> Path:
        """Where the instance is."""
        return self.street().folder

    @property
    def redis(self) -> Redis:
        """A client of its Valkey."""
        return Redis.from_url(self.street().url, decode_responses=True)

    def close(self) -> None:
        """Lets every command leave, and asserts that then everything ends."""
        for process in self._commands:
            process.communicate(timeout=30)
        try:
            wait_until(lambda: not self.running())
        finally:
            for pid in self.running():
                os.kill(pid, signal.SIGKILL)

    def _kind(self, process: psutil.Process) -> str | None:
        # One that has ended and waits for a parent to notice is none: in a container nobody may ever do so.
        try:
            is_here = Path(process.cwd()).is_relative_to(self.data_folder)
            if not is_here or process.status() == psutil.STATUS_ZOMBIE:
                return None
            line = " ".join(process.cmdline())
        except psutil.Error:
            return None
        marks = {"embedded.keeper": "keeper", "EmbeddedStreet": "command", "valkey-server": "Valkey"}
        return next((kind for mark, kind in marks.items() if mark in line), "worker")
