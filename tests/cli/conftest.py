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

from cli.main import main
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


@pytest.fixture(autouse=True)
def surroundings(
    checkpoint_folder: Path, data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    bundled = find_soundfont(None, own=Path("/nonexistent"), search=()).path
    monkeypatch.setenv("SOUNDFONT", str(bundled))
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
