"""A street of real parts, Valkey, worker and commands as processes; after every test the books balance."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from redis import Redis

from jobs.street.connection import connect
from jobs.street.presence import await_worker
from tests.faults.books import assert_balanced
from tests.faults.processes import Surroundings, ended
from tests.street import valkey
from worker.soundfonts import find_soundfont

RECOVERY_SECONDS = 1


class Street(NamedTuple):
    """A Redis and a plain worker, which all tests share.

    Attributes:
        url: of the Redis.
        worker: takes two jobs at once.
    """

    url: str
    worker: subprocess.Popen[str]


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """A suite started in the background ignores Ctrl-C, and so would every process that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def settings(checkpoint_folder: Path) -> dict[str, object]:
    """The untrained checkpoint, and the soundfont that is the same on every machine."""
    soundfont = find_soundfont(None, own=Path("/nonexistent"), search=()).path
    return {
        "SOUNDFONT": soundfont,
        "ETUDE_CHECKPOINT": checkpoint_folder,
        "ETUDE_AUDIO_FORMAT": "wav",
        "ETUDE_RECOVERY_SECONDS": RECOVERY_SECONDS,
        "ETUDE_DRAIN_SECONDS": 0,
        "COLUMNS": 500,
        "TERM": "dumb",
    }


@pytest.fixture(scope="session")
def make_surroundings(
    settings: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Surroundings]:
    """Makes a data folder for processes; its path is short enough for sockets."""
    return lambda: Surroundings(tmp_path_factory.mktemp("data"), settings)


@pytest.fixture
def surroundings(make_surroundings: Callable[[], Surroundings]) -> Iterator[Surroundings]:
    """Where the test starts its processes; none of them may be left."""
    surroundings = make_surroundings()
    yield surroundings
    surroundings.close()


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file that is there until held workers may go on."""
    gate = tmp_path / "gate"
    gate.touch()
    return gate


@pytest.fixture(scope="session")
def street(
    tmp_path_factory: pytest.TempPathFactory, make_surroundings: Callable[[], Surroundings]
) -> Iterator[Street]:
    """Valkey and a worker that does two jobs at once."""
    surroundings = make_surroundings()
    with valkey(tmp_path_factory.mktemp("valkey")) as socket:
        url = f"unix://{socket}"
        worker = surroundings.start("-m", "worker", REDIS_URL=url, ETUDE_WORKER_JOBS=2)
        with connect(url, is_patient=False) as redis:
            await_worker(redis, 30)
        yield Street(url, worker)
        worker.terminate()
        assert ended(worker).code == 0
    surroundings.close()


@pytest.fixture
def redis(street: Street) -> Iterator[Redis]:
    """The street's Redis; whatever the test did, nothing but the worker's own keys is left there."""
    with connect(street.url, is_patient=True) as redis:
        yield redis
        assert_balanced(redis)
