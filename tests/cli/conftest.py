"""The command line, called in this process as a shell would call it, or as a process of its own."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog
from redis import Redis

from cli.embedded.street import EmbeddedStreet
from cli.main import main
from cli.street import embedded_street
from jobs.settings import Settings
from jobs.street.ledger import open_tasks
from tests.street import keys_for_ever
from worker.soundfonts import find_soundfont

ROOT = Path(__file__).parents[2]


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Etude = Callable[..., Outcome]


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The step graph is kept here from one test to the next."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def soundfont() -> Path:
    """The one that is the same on every machine."""
    return find_soundfont(None, own=Path("/nonexistent"), search=()).path


@pytest.fixture(scope="session")
def street(checkpoint_folder: Path, data_folder: Path, soundfont: Path) -> Iterator[EmbeddedStreet]:
    """Valkey and a worker that commands with the tests' settings join, so that not each starts its own."""
    settings = Settings(
        etude_data_dir=data_folder, etude_checkpoint=checkpoint_folder, soundfont=soundfont, redis_url=None
    )
    with embedded_street(settings) as street:
        yield street


@pytest.fixture
def books(street: EmbeddedStreet) -> Iterator[Redis]:
    """The street's Redis: whatever the test did, it leaves no open task, and no key that stays for ever."""
    with Redis.from_url(street.url) as redis:
        yield redis
        assert open_tasks(redis) == []
        assert keys_for_ever(redis) == []


@pytest.fixture(autouse=True)
def surroundings(
    checkpoint_folder: Path,
    data_folder: Path,
    soundfont: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An empty working folder and settings of the tests' own: the untrained checkpoint, a small soundfont."""
    for name in os.environ:
        if name.startswith("ETUDE_") or name in (
            "CI",
            "SOUNDFONT",
            "REDIS_URL",
            "DATABASE_URL",
            "DISCORD_TOKEN",
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOUNDFONT", str(soundfont))
    monkeypatch.setenv("ETUDE_CHECKPOINT", str(checkpoint_folder))
    monkeypatch.setenv("ETUDE_DATA_DIR", str(data_folder))
    monkeypatch.setenv("COLUMNS", "500")  # sentences in tables stay whole
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def etude(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Etude]:
    """Runs `etude` with some arguments; what it changes of the process is put back."""
    handlers, level = logging.root.handlers[:], logging.root.level
    on_termination = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["etude", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        printed = capfd.readouterr()
        assert isinstance(left.value.code, int)
        return Outcome(left.value.code, printed.out, printed.err)

    yield run
    signal.signal(signal.SIGTERM, on_termination)
    logging.captureWarnings(False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def process() -> Etude:
    """Runs `etude` as a process of its own; settings come from the environment."""

    def run(*arguments: object) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "cli", *map(str, arguments)],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
