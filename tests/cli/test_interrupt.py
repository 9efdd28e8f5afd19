"""Ctrl-C, and being told to stop, leave no process and no half-written file, whatever is being done."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from model.midi import write_midi
from model.performance import Note

# The command as it is, but for its progress bar: in its place the stages stand on stdout.
PROGRAM = """
import contextlib, sys
import cli.compose

@contextlib.contextmanager
def told(*, is_shown):
    yield lambda progress: print(progress.stage.value, flush=True)

cli.compose.shown_progress = told
sys.argv[0] = "etude"
from cli.main import main
main()
"""


pytestmark = pytest.mark.usefixtures("books")

Composing = subprocess.Popen[str]


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """A suite started in the background ignores Ctrl-C, and so would every process that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def start() -> Iterator[Callable[[int], Composing]]:
    """Starts a process, first of a session of its own, that composes two pieces of so many seconds."""
    started: list[Composing] = []

    def composing(length: int) -> Composing:
        options = ["--length", str(length), "--count", "2", "--seed", "1", "--format", "wav", "--out", "out"]
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "compose", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield composing
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(process: Composing, *stages: str) -> None:
    """Read what it tells until these stages have begun, one after another."""
    assert process.stdout is not None
    told = (line.strip() for line in process.stdout)
    for stage in stages:
        assert stage in told, f"it ended before {stage}"  # reads on until it is there


def stop(process: Composing, told: signal.Signals | None = None) -> str:
    """Tell it to stop; gives what it wrote to stderr once it and all of its session are gone."""
    begun = time.monotonic()
    if told is signal.SIGINT:
        os.killpg(process.pid, told)  # as a terminal does: to everyone in the foreground
    elif told is not None:
        process.send_signal(told)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    while time.monotonic() - begun < 10 and is_anyone_left(process):
        time.sleep(0.05)  # multiprocessing's own helper leaves a moment after everyone else
    assert not is_anyone_left(process)
    return errors


def is_anyone_left(process: Composing) -> bool:
    """Whether its session still has processes.

    One that has ended and waits for a parent to notice is none: in a container nobody may ever do so.
    """
    for other in psutil.process_iter(["status"]):
        with suppress(ProcessLookupError):
            if os.getsid(other.pid) == process.pid and other.info["status"] != psutil.STATUS_ZOMBIE:
                return True
    return False


@pytest.mark.parametrize(("stage", "length"), [("sample", 300), ("render", 60), ("encode", 30)])
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "told to stop"])
def test_nothing_is_left(
    start: Callable[[int], Composing], stage: str, length: int, told: signal.Signals
) -> None:
    process = start(length)
    wait_for(process, stage)
    assert stop(process, told) == ""
    assert list(Path("out").iterdir()) == []


def test_what_was_finished_stays(start: Callable[[int], Composing]) -> None:
    process = start(10)
    wait_for(process, "encode", "picture")
    assert stop(process, signal.SIGINT) == ""
    (name,) = {path.stem for path in Path("out").iterdir()}
    assert {path.name for path in Path("out").iterdir()} == {
        name + suffix for suffix in (".mid", ".wav", ".png", ".json")
    }


def test_reading_a_corpus_can_be_stopped() -> None:
    """Its processes go too."""
    Path("short.mid").write_bytes(write_midi([Note(60, 70, 0.0, 1.0)]))
    os.mkfifo("pipe.mid")
    rows = ["pipe.mid,pop", *["short.mid,pop"] * 100]
    Path("manifest.csv").write_text("\n".join(["path,style", *rows]) + "\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "prepare", "out/corpus", "--manifest", "manifest.csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with Path("pipe.mid").open("wb"):  # waits until one of its processes reads there, and lets that wait
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
    stop(process)
    assert not Path("out").exists()
