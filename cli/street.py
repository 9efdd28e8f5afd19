"""The street, opened for a command: to the workers behind REDIS_URL, or to one that comes with it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cli.embedded.street import EmbeddedStreet
from cli.errors import CommandError, PrimerRefusedError
from jobs.answer import Answer, Canceled, Failed, Subject
from jobs.capabilities import Capabilities
from jobs.errors import StreetError
from jobs.progress import Progress
from jobs.result import GenerationResult
from jobs.settings import Settings
from jobs.street.blobs import Kind
from jobs.street.connection import connect, translated
from jobs.street.front import Front
from jobs.street.presence import await_worker
from jobs.task import Task

WITHDRAW_SECONDS = 1.0
"""For how long a command that is stopped sees to it that its request is withdrawn."""

_SECRETS = {"redis_url", "database_url", "discord_token"}


@dataclass(frozen=True)
class Files:
    """A finished piece: all about it, and its three files."""

    result: GenerationResult
    midi: bytes
    audio: bytes
    picture: bytes


class Street:
    """Gets pieces made.

    Attributes:
        front: asks for them.
        offered: what may be asked for.
    """

    def __init__(self, front: Front, offered: Capabilities, check: Callable[[], None]) -> None:
        """Build on what is open; `check` raises once the street is gone for good."""
        self.front = front
        self.offered = offered
        self._check = check

    def make(self, task: Task, file: bytes | None, report: Callable[[Progress], None]) -> Files:
        """Have a task done; the caller keeps what comes of it, and settles then.

        Args:
            task: what is to be done.
            file: the primer or MIDI that goes with it.
            report: hears how far it is.

        Raises:
            CommandError: it cannot be done.
            StreetError: Redis fails, or nobody works.
        """
        try:
            self.front.submit(task, file)
            answer = self.wait(task, report)
        except KeyboardInterrupt:
            with suppress(StreetError):
                self._withdraw(task)
            raise
        return self.files(task, answer)

    def wait(self, task: Task, report: Callable[[Progress], None]) -> Answer:
        """Wait for the answer of a task, see `Front.wait`."""
        return self.front.wait(task.id, report, check=self._check)

    def files(self, task: Task, answer: Answer) -> Files:
        """What an answer speaks of.

        Raises:
            CommandError: of no piece, but of a failure; the task is settled then.
        """
        if isinstance(answer, Failed):
            self.front.settle(task)
            kind = PrimerRefusedError if answer.about is Subject.PRIMER else CommandError
            raise kind(answer.sentence)
        if isinstance(answer, Canceled):
            self.front.settle(task)
            raise CommandError(f"The piece {task.id} was canceled.")
        midi, audio, picture = (
            self.front.file(task.id, kind) for kind in (Kind.MIDI, Kind.AUDIO, Kind.PICTURE)
        )
        return Files(answer.result, midi, audio, picture)

    def _withdraw(self, task: Task) -> None:
        self.front.cancel(task)
        until = time.monotonic() + WITHDRAW_SECONDS
        while self.front.answer(task.id) is None and time.monotonic() < until:
            time.sleep(0.02)
        if self.front.answer(task.id) is not None:
            self.front.settle(task)


@contextmanager
def open_street(settings: Settings) -> Iterator[Street]:
    """Open the street for as long as a command needs it.

    Raises:
        CommandError: Valkey or the worker beside the command does not start.
        StreetError: Redis cannot be reached, or no worker is heard.
    """
    if settings.redis_url is not None:
        url = settings.redis_url.get_secret_value()
        with connect(url, is_patient=False) as redis, translated(redis):
            offered = await_worker(redis, settings.etude_worker_wait_seconds)
        with connect(url, is_patient=True) as redis:
            yield Street(Front(redis), offered, check=lambda: None)
        return
    with embedded_street(settings) as embedded, connect(embedded.url, is_patient=True) as redis:
        with translated(redis):
            offered = await_worker(redis, settings.etude_worker_wait_seconds)
        yield Street(Front(redis), offered, check=embedded.check)


def embedded_street(settings: Settings) -> EmbeddedStreet:
    """Valkey and a worker for this command, and for others with the same checkpoint and soundfont."""
    environment = {
        name.upper(): str(value.absolute() if isinstance(value, Path) else value)
        for name, value in settings.model_dump(exclude=_SECRETS, exclude_none=True).items()
    }
    return EmbeddedStreet(
        settings.etude_data_dir,
        [version("etude"), *(environment.get(name, "") for name in ("ETUDE_CHECKPOINT", "SOUNDFONT"))],
        [sys.executable, "-m", "worker", "--embedded"],
        worker_environment=environment,
    )
