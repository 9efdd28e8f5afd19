"""A server and worker processes of their own for a benchmark, with no settings but what it names."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from cli.embedded.valkey import SOCKET, is_answering, start_valkey
from jobs.capabilities import Capabilities
from jobs.options import ComposeOptions, resolve
from jobs.request import new_piece_id
from jobs.settings import Settings
from jobs.street.connection import connect
from jobs.street.front import Front
from jobs.street.presence import await_worker, living
from jobs.task import ComposeTask

REPLY_TO = "benchmark"

_PINNED = """
import os, runpy
os.sched_setaffinity(0, {cores})
runpy.run_module("worker", run_name="__main__")
"""


@contextmanager
def server() -> Iterator[str]:
    """The address of the server that comes with a command, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.chdir(folder):
            valkey = start_valkey()
            while not is_answering():
                time.sleep(0.02)
        try:
            yield f"unix://{Path(folder) / SOCKET}"
        finally:
            valkey.end()


def start_worker(url: str, cores: Sequence[int] | None = None, **settings: str) -> subprocess.Popen[bytes]:
    """Start a worker.

    Args:
        url: of its server.
        cores: the processors that it may run on; all by default.
        settings: variables of its environment.
    """
    ours = {name.upper() for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"REDIS_URL": url, "ETUDE_LOG_LEVEL": "error"} | settings
    program = [sys.executable, "-m", "worker"]
    if cores is not None:  # set by the worker itself, before it starts a thread
        program = [sys.executable, "-c", _PINNED.format(cores=list(cores))]
    return subprocess.Popen(program, env=environment)


def is_heard(redis: Redis, worker: subprocess.Popen[bytes]) -> bool:
    """Whether a worker says that it takes jobs."""
    return any(f"-{worker.pid}-" in offer.worker for offer in living(redis))


@contextmanager
def working(workers: Sequence[Sequence[int] | None]) -> Iterator[tuple[Front, Capabilities]]:
    """A front, and workers that take jobs, warm.

    Args:
        workers: for each the processors that it may run on; None for all.
    """
    with server() as url, connect(url, is_patient=True) as redis:
        processes = [start_worker(url, cores) for cores in workers]
        try:
            while not all(is_heard(redis, process) for process in processes):
                time.sleep(0.02)
            front, offered = Front(redis), await_worker(redis, seconds=10)
            warm = [task(offered, seed, 10) for seed in range(2 * len(workers))]
            finish(front, warm)
            yield front, offered
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()


def task(offered: Capabilities, seed: int, length_seconds: int) -> ComposeTask:
    """A request as every benchmark makes it: classical, density 8, one candidate."""
    request = resolve(
        ComposeOptions(
            style="classical", density="8", length=str(length_seconds), seed=str(seed), candidates="1"
        ),
        offered,
        next_number=lambda: 1,
        draw_seed=lambda: seed,
        new_id=new_piece_id,
    )
    return ComposeTask(request=request, reply_to=REPLY_TO)


def finish(front: Front, tasks: Sequence[ComposeTask]) -> dict[str, float]:
    """Ask for some pieces at once; when each was answered, in seconds since, by its id."""
    begun = time.perf_counter()
    for one in tasks:
        front.submit(one, None)
    waiting = {one.id for one in tasks}
    ended: dict[str, float] = {}
    while waiting:
        for piece_id in list(waiting):
            if front.answer(piece_id) is not None:
                ended[piece_id] = time.perf_counter() - begun
                waiting.remove(piece_id)
        time.sleep(0.01)
    for one in tasks:
        front.settle(one)
    return ended
