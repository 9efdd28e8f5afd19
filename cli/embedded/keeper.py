"""The keeper: a process that starts Valkey and a worker, restarts them, and ends after the last command.

`cli.embedded.street` starts it as `python -m cli.embedded.keeper LOCK CONNECTION WORKER...` in the
instance's folder: LOCK and CONNECTION (to the command that starts it) are file descriptors, WORKER is the
worker's program with its arguments. Its environment is the worker's too.

What it asks of a worker:

- REDIS_URL in its environment names the server.
- Once it takes jobs, it writes the line `ready` to stdout.
- Its stdin ends when the keeper is gone; then it ends at once (Linux kills it besides).
- SIGTERM tells it to end, and 5 s later it is killed. It is the first of its process group; when it has
  ended, whatever is left of that group is killed.
- If it cannot work with its settings, it writes one sentence as the last line of stderr and exits with
  code 2, before it is ready. That sentence goes to every command, and the keeper ends. After any other end
  the worker is started again.

What it tells a command, one line each: `ready`, once Valkey and the worker are; or `failed` and a sentence,
before it ends.

Only what starts fast is imported here, since commands wait for it.
"""

import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, NoReturn

from cli.embedded.child import Child
from cli.embedded.commands import Commands
from cli.embedded.errors import StreetUnavailableError
from cli.embedded.supervision import Supervision
from cli.embedded.valkey import LOG as VALKEY_LOG
from cli.embedded.valkey import SOCKET, is_answering, set_damage_aside, start_valkey

LOG = "keeper.log"
WORKER_LOG = "worker.log"

MAX_LOG_BYTES = 1 << 20
"""A longer log is begun anew when a keeper starts."""

MAX_EARLY_ENDS = 5
"""After so many starts in vain there is no other."""

CANNOT_WORK = 2
"""The exit code of a worker that has said why it cannot work."""

_ANSWER_SECONDS = 0.01  # how often a server that starts is asked whether it answers


class Keeper:
    """Keeps Valkey and a worker, in the working folder, as long as a command is connected.

    Args:
        command: the connection of the command that started it.
        worker_command: the worker's program and its arguments.
    """

    def __init__(self, command: socket.socket, worker_command: Sequence[str]) -> None:
        self._worker_command = worker_command
        self._selector = selectors.DefaultSelector()
        self._signals, self._signaled = socket.socketpair()
        self._commands = Commands(command, self._selector)
        self._valkey = Supervision(start_valkey, self._valkey_ended_early)
        self._worker = Supervision(self._start_worker, self._worker_ended_early)

    def run(self) -> None:
        """Returns when no command is connected any more, or all have been told why it does not go on."""
        try:
            self._listen_to_signals()
            self._commands.listen()
            while self._commands.are_here():
                self._tend()
                for key, _ in self._selector.select(self._idle_seconds()):
                    key.data()
        except StreetUnavailableError as error:
            self._fail(str(error))
        except OSError as error:
            self._fail(f"Valkey and the worker cannot be started: {error}.")
        finally:
            self._commands.turn_away()
            self._worker.end()
            self._valkey.end()
            Path(SOCKET).unlink(missing_ok=True)

    def _listen_to_signals(self) -> None:
        for end in (self._signals, self._signaled):
            end.setblocking(False)
        signal.set_wakeup_fd(self._signaled.fileno())
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: None)  # the number is read from the socket
        self._selector.register(self._signals, selectors.EVENT_READ, self._take_signals)

    def _take_signals(self) -> None:
        if set(self._signals.recv(4096)) - {signal.SIGCHLD}:
            raise StreetUnavailableError("The keeper of Valkey and the worker was told to end.")

    def _tend(self) -> None:
        for name, service in (("Valkey", self._valkey), ("The worker", self._worker)):
            code = service.notice_end()
            if code is not None:
                _log(f"{name} ended with code {code}; it is started again in {service.due_seconds:.1f} s.")
        self._valkey.start_if_due()
        if self._valkey.is_starting and is_answering():
            self._valkey.mark_healthy()
        if self._valkey.is_healthy:
            self._worker.start_if_due()
            if self._worker.is_healthy:
                self._commands.tell_ready()

    def _idle_seconds(self) -> float | None:
        """How long there is nothing to do unless something happens; None for ever."""
        if self._valkey.is_starting:
            return _ANSWER_SECONDS
        services = [self._valkey, self._worker] if self._valkey.is_healthy else [self._valkey]
        dues = [service.due_seconds for service in services if service.due_seconds is not None]
        return min(dues, default=None)

    def _start_worker(self) -> Child:
        child = Child(self._worker_command, Path(WORKER_LOG), is_talking=True)
        stdout = child.process.stdout
        assert stdout is not None  # noqa: S101 - for the type checker: it talks
        self._selector.register(stdout, selectors.EVENT_READ, partial(self._hear_worker, child, stdout))
        return child

    def _hear_worker(self, child: Child, stdout: IO[bytes]) -> None:
        said = os.read(stdout.fileno(), 4096)
        if not said:
            self._selector.unregister(stdout)
            stdout.close()
        elif b"ready" in said.split() and child is self._worker.child and not self._worker.is_healthy:
            self._worker.mark_healthy()

    def _valkey_ended_early(self, child: Child, times: int) -> None:
        aside = set_damage_aside(child.words())
        if aside is not None:
            _log(f"Valkey cannot read its data, and starts without; they are kept in {aside}.")
        elif times >= MAX_EARLY_ENDS:
            reason = child.last_words().rpartition(" # ")[2]
            raise StreetUnavailableError(
                f"Valkey does not start ({reason}): see {Path(VALKEY_LOG).absolute()}."
            )

    def _worker_ended_early(self, child: Child, times: int) -> None:
        reason = child.last_words() or "it said nothing"
        if child.process.returncode == CANNOT_WORK:
            raise StreetUnavailableError(reason)
        if times >= MAX_EARLY_ENDS:
            log = Path(WORKER_LOG).absolute()
            raise StreetUnavailableError(f"The worker does not start ({reason}): see {log}.")

    def _fail(self, sentence: str) -> None:
        _log(sentence)
        self._commands.tell_failure(sentence)


def _log(sentence: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {sentence}\n")
    sys.stderr.flush()


def main() -> NoReturn:
    """Keeps the instance whose folder is the working folder, in a process that nobody has to wait for."""
    lock, command, *worker_command = sys.argv[1:]
    if os.fork() > 0:
        os._exit(0)
    os.umask(0o077)
    for descriptor in (lock, command):  # a child that held the lock too would pass for a living keeper
        os.set_inheritable(int(descriptor), False)
    for name in (LOG, VALKEY_LOG, WORKER_LOG):
        path = Path(name)
        if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            os.truncate(path, 0)
    Keeper(socket.socket(fileno=int(command)), worker_command).run()
    sys.exit(0)


if __name__ == "__main__":
    main()
