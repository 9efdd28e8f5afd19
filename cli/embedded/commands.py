"""The commands that use an instance, as its keeper sees them: connections."""

import selectors
import socket
from functools import partial
from pathlib import Path

SOCKET = "keeper.sock"


class Commands:
    """Every connected command. It has come to stay until it closes its connection; it says nothing.

    Args:
        first: the connection of the command that started the keeper.
        selector: tells of events; the data of each is what is to be called.
    """

    def __init__(self, first: socket.socket, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.setblocking(False)
        self._waiting: set[socket.socket] = set()  # those that have not heard "ready" yet
        self._served: set[socket.socket] = set()
        self._admit(first)

    def listen(self) -> None:
        """Lets others come, at a socket in the working folder.

        Raises:
            OSError: there can be no socket.
        """
        Path(SOCKET).unlink(missing_ok=True)  # of a keeper that was killed: this one holds the lock
        self._listener.bind(SOCKET)
        self._listener.listen(128)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def are_here(self) -> bool:
        """Whether there is any."""
        if not self._waiting | self._served:
            self._accept()  # one may have come in this very moment
        return bool(self._waiting | self._served)

    def tell_ready(self) -> None:
        """Tells those that have not heard it yet that Valkey and the worker are ready."""
        for command in self._waiting:
            _tell(command, "ready")
        self._served |= self._waiting
        self._waiting.clear()

    def tell_failure(self, sentence: str) -> None:
        """Tells all why it does not go on."""
        self._accept()
        for command in self._waiting | self._served:
            _tell(command, f"failed {' '.join(sentence.splitlines())}")

    def turn_away(self) -> None:
        """Lets nobody come any more."""
        self._listener.close()
        Path(SOCKET).unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            while True:
                self._admit(self._listener.accept()[0])
        except OSError:  # there is no other, or it is gone again
            return

    def _admit(self, command: socket.socket) -> None:
        command.setblocking(False)
        self._waiting.add(command)
        self._selector.register(command, selectors.EVENT_READ, partial(self._notice_leaving, command))

    def _notice_leaving(self, command: socket.socket) -> None:
        try:
            if command.recv(4096):
                return
        except OSError:  # it was killed with something unread
            pass
        self._selector.unregister(command)
        self._waiting.discard(command)
        self._served.discard(command)
        command.close()


def _tell(command: socket.socket, line: str) -> None:
    try:
        command.send(f"{line}\n".encode())
    except OSError:  # it has left, and its connection will say so
        return
