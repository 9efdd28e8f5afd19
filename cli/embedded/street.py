"""A command's side: it starts an instance or joins one, and keeps it in use until it leaves."""

import fcntl
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import blake2s
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from cli.embedded.commands import SOCKET as KEEPER_SOCKET
from cli.embedded.errors import StreetUnavailableError
from cli.embedded.keeper import LOG as KEEPER_LOG
from cli.embedded.keeper import WORKER_LOG
from cli.embedded.valkey import SOCKET as VALKEY_SOCKET

PATIENCE_SECONDS = 120.0
"""How long a worker may take until it is ready."""

MAX_LOST_KEEPERS = 3
"""After so many keepers that ended without a word there is no other."""

MAX_SOCKET_PATH_BYTES = 107 if os.uname().sysname == "Linux" else 103
"""The length of `sun_path`, less its closing zero (unix(7); sys/un.h of macOS)."""

_LOOK_SECONDS = 0.02
_ROOT = Path(__file__).parents[2]


class EmbeddedStreet:
    """Valkey and a worker, in use from entering the context until leaving it.

    They are shared with every other command that names the same folder and identity, and end when the last
    of them has left or died; leaving does not wait for that. If they die while in use, they are started
    again, and Valkey has what it had. A child forked (without exec) in the context shares in its use.

    Args:
        data_folder: the folder for everything that is kept on disk.
        identity: all that a worker's behaviour depends on; commands of different identity share nothing.
        worker_command: the worker's program and its arguments; `cli.embedded.keeper` says what is asked of
            it. Its working folder is the instance's.
        worker_environment: variables for the worker, besides those of this process and REDIS_URL.
        patience_seconds: how long the worker may take until it is ready.
    """

    def __init__(
        self,
        data_folder: Path,
        identity: Sequence[str],
        worker_command: Sequence[str],
        *,
        worker_environment: Mapping[str, str] | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        fingerprint = blake2s("\0".join(identity).encode(), digest_size=4).hexdigest()
        self.folder = data_folder.absolute() / "street" / fingerprint
        """Where the instance is, with its logs."""
        self._worker_command = worker_command
        python_path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        ours = {"PYTHONPATH": python_path, "REDIS_URL": self.url}
        self._environment = os.environ | (worker_environment or {}) | ours
        self._patience_seconds = patience_seconds
        self._has_left = threading.Event()
        self._failure: str | None = None

    @property
    def url(self) -> str:
        """Valkey's address, as REDIS_URL has it."""
        return f"unix://{quote(str(self.folder / VALKEY_SOCKET))}"

    def check(self) -> None:
        """Does nothing as long as Valkey and the worker are there or on their way back.

        Raises:
            StreetUnavailableError: they are gone for good.
        """
        if self._failure is not None:
            raise StreetUnavailableError(self._failure)

    def __enter__(self) -> Self:
        """Returns once Valkey answers and the worker takes jobs.

        Raises:
            StreetUnavailableError: the folder cannot be used, or they do not start.
        """
        self.prepare_folder()
        self._keeper = self._enlist()
        self._watch = threading.Thread(target=self._stay_enlisted, name="embedded-street", daemon=True)
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves."""
        self._has_left.set()
        with suppress(OSError):  # the keeper is gone already
            self._keeper.shutdown(socket.SHUT_RDWR)
        self._watch.join()
        self._keeper.close()

    def prepare_folder(self) -> None:
        """Makes the instance's folder, for this user alone.

        Raises:
            StreetUnavailableError: it cannot be used, or its path is too long for a socket.
        """
        length = len(os.fsencode(self.folder / VALKEY_SOCKET))
        if length > MAX_SOCKET_PATH_BYTES:
            raise StreetUnavailableError(
                f"The path {self.folder / VALKEY_SOCKET} is too long for a socket ({length} bytes, "
                f"{MAX_SOCKET_PATH_BYTES} at most): set ETUDE_DATA_DIR to a folder with a shorter path."
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for folder in (self.folder.parent, self.folder):
                folder.chmod(0o700)
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> StreetUnavailableError:
        return StreetUnavailableError(
            f"The folder {self.folder} cannot be used ({error.strerror}): "
            "set ETUDE_DATA_DIR to a folder that you may write to."
        )

    def _enlist(self) -> socket.socket:
        """Returns the connection to a keeper that has said it is ready."""
        until = time.monotonic() + self._patience_seconds
        lost = 0
        while lost < MAX_LOST_KEEPERS:
            try:
                keeper, is_new = self._reach_keeper(until)
            except OSError as error:
                raise self._unusable(error) from None
            try:
                word, _, sentence = self._hear(keeper, until).partition(" ")
            except BaseException:
                keeper.close()
                raise
            if word == "ready":
                return keeper
            keeper.close()
            if word:
                raise StreetUnavailableError(sentence)
            lost += is_new  # one that was there may just have been on its way out
        raise StreetUnavailableError(
            f"Valkey and the worker cannot be started: see {self.folder / KEEPER_LOG}."
        )

    def _reach_keeper(self, until: float) -> tuple[socket.socket, bool]:
        """Returns a connection to the living keeper, or else to a new one, and whether it is new.

        Only who gets the lock starts a keeper, and hands the lock on to it: so there is never a second one.
        """
        while True:
            lock = os.open(self.folder / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return self._start_keeper(lock), True
            except BlockingIOError:
                pass
            finally:
                os.close(lock)
            keeper = socket.socket(socket.AF_UNIX)
            try:
                keeper.connect(str(self.folder / KEEPER_SOCKET))
                return keeper, False
            except OSError:  # it does not listen yet, or any more
                keeper.close()
            self._pause(until, "An earlier keeper of Valkey and the worker does not end", KEEPER_LOG)

    def _start_keeper(self, lock: int) -> socket.socket:
        ours, theirs = socket.socketpair()
        try:
            with theirs, (self.folder / KEEPER_LOG).open("ab") as log:
                inherited = (lock, theirs.fileno())
                subprocess.run(  # noqa: S603 - a program of our own, without a shell
                    [
                        *(sys.executable, "-m", "cli.embedded.keeper"),
                        *map(str, inherited),
                        *self._worker_command,
                    ],
                    cwd=self.folder,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=inherited,
                    start_new_session=True,  # Ctrl-C is not for the keeper
                    check=False,  # if it fails, the connection ends
                )
        except BaseException:
            ours.close()
            raise
        return ours

    def _hear(self, keeper: socket.socket, until: float) -> str:
        """Waits until some time for the next line from a keeper; gives nothing if the keeper is gone."""
        keeper.settimeout(None if until == math.inf else 0.2)
        line = b""
        while not line.endswith(b"\n"):
            try:
                received = keeper.recv(4096)
            except TimeoutError:
                self._pause(until, "The worker has not become ready in time", WORKER_LOG)
                continue
            except OSError:
                return ""
            if not received:
                return ""
            line += received
        return line.decode(errors="replace").strip()

    def _pause(self, until: float, complaint: str, log: str) -> None:
        if time.monotonic() > until:
            raise StreetUnavailableError(
                f"{complaint} ({self._patience_seconds:g} s): see {self.folder / log}."
            )
        if self._has_left.wait(_LOOK_SECONDS):
            raise StreetUnavailableError("This command has left.")

    def _stay_enlisted(self) -> None:
        """Whenever the keeper is gone while this command is here, starts another one or joins it."""
        while not self._has_left.is_set():
            _, _, sentence = self._hear(self._keeper, math.inf).partition(" ")
            if sentence:
                self._failure = sentence
            elif not self._has_left.is_set():
                self._keeper.close()
                try:
                    self._keeper = self._enlist()
                except StreetUnavailableError as error:
                    self._failure = str(error)
            if self._failure is not None:
                return
