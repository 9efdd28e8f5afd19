"""Servers of the tests' own beside the one that they share."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from redis import Redis

from tests.street import valkey


class Guarded(NamedTuple):
    """A server on TCP with a password: its address, and the same with another password."""

    url: str
    url_refused: str


@contextmanager
def guarded_valkey(folder: Path) -> Iterator[Guarded]:
    """Valkey as others may run it for us."""
    password, port = secrets.token_hex(8), free_port()
    with valkey(folder, "--port", str(port), "--bind", "127.0.0.1") as path:
        with Redis(unix_socket_path=str(path)) as redis:
            redis.config_set("requirepass", password)
        yield Guarded(*(f"redis://:{word}@127.0.0.1:{port}/0" for word in (password, "wrong")))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
