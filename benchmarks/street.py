"""What the street adds to the making of a piece, against RQ's own worker with a job that does nothing.

`python -m benchmarks.street`: the server and the worker process that come with a command, the shipped
checkpoint, and a front that asks as `etude compose` does, for one piece after another.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from rq import Queue

from cli.street import Files, Street, embedded_street
from jobs.audio import AudioFormat
from jobs.logs import configure_logs
from jobs.options import ComposeOptions, resolve
from jobs.request import GenerationRequest, new_piece_id, new_seed
from jobs.settings import LogFormat, LogLevel, Settings
from jobs.street.connection import connect
from jobs.street.front import Front
from jobs.street.presence import await_worker
from jobs.task import ComposeTask, RenderTask, Task

JOBS = 100
WARM_UP = 5  # jobs of each kind that are not counted: the first ones load what is loaded late
REPLY_TO = "benchmark:street"

Milliseconds = dict[str, dict[str, float]]
"""Median and 99th percentile, by what was measured."""


def street_milliseconds(jobs: int = JOBS) -> dict[str, Milliseconds]:
    """What the street costs.

    Returns:
        For pieces of 10 s as WAV, for such pieces rendered again, and for RQ's `SimpleWorker` with a job
        that does nothing, on the same server:

        - `enqueue to start`: from the task's acceptance (RQ: from queueing) until a worker begins it;
        - `total minus stages`: from asking until the front has answer and files, less sampling, rendering,
          encoding and drawing (RQ: until the result is there).
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            etude_data_dir=Path(folder),
            etude_checkpoint=None,
            etude_log_level=LogLevel.WARNING,
            redis_url=None,
        )
        with embedded_street(settings) as embedded, connect(embedded.url, is_patient=True) as redis:
            street = Street(Front(redis), await_worker(redis, seconds=10), check=embedded.check)
            done: list[Files] = []

            def compose() -> tuple[float, float]:
                task = ComposeTask(request=_request(street, seed=len(done)), reply_to=REPLY_TO)
                return _measured(street, task, None, done.append)

            def render() -> tuple[float, float]:
                piece = done[0]
                task = RenderTask(id=new_piece_id(), piece=piece.result, reply_to=REPLY_TO)
                return _measured(street, task, piece.midi, lambda _: None)

            composed, rendered = _repeated(compose, jobs), _repeated(render, jobs)
            with _rq_worker(embedded.url, redis) as queue:
                nothing = _repeated(lambda: _rq_job(queue), jobs)
    return {"compose": composed, "render": rendered, "RQ, no-op": nothing}


def print_street(measured: dict[str, Milliseconds]) -> None:
    """The table, in milliseconds, and how often RQ's bare time it is."""
    bare = measured["RQ, no-op"]
    print(f"{'the street, ms':<14}{'':>20}  median    p99  median/RQ's")
    for kind, figures in measured.items():
        for name, one in figures.items():
            ratio = one["median"] / bare[name]["median"]
            print(f"{kind:<14}{name:>20}{one['median']:>8.1f}{one['p99']:>7.1f}{ratio:>13.2f}")


def _request(street: Street, seed: int) -> GenerationRequest:
    return resolve(
        ComposeOptions(style="classical", density="8", length="10", format="wav", seed=str(seed)),
        street.offered,
        next_number=lambda: 1,
        draw_seed=new_seed,
        new_id=new_piece_id,
        default_format=AudioFormat.WAV,
    )


def _measured(
    street: Street, task: Task, file: bytes | None, keep: Callable[[Files], None]
) -> tuple[float, float]:
    """Seconds from acceptance to start, and those that are of no stage."""
    begun = time.perf_counter()
    files = street.make(task, file, lambda _: None)
    seconds = time.perf_counter() - begun
    street.front.settle(task)
    keep(files)
    timings = files.result.timings
    return timings.queue, seconds - timings.sample - timings.render - timings.encode - timings.picture


@contextmanager
def _rq_worker(url: str, redis: Redis) -> Iterator[Queue]:
    """The queue of RQ's own worker that does jobs in its process."""
    command = [sys.executable, "-m", "rq.cli", "worker", "--quiet", "--url", url]
    options = ["--worker-class", "rq.SimpleWorker", "--serializer", "json"]
    with subprocess.Popen([*command, *options, "benchmark"]) as worker:
        try:
            yield Queue("benchmark", connection=redis, serializer="json")
        finally:
            worker.terminate()


def _rq_job(queue: Queue) -> tuple[float, float]:
    begun = time.time()
    job = queue.enqueue("time.time", result_ttl=60)
    result = job.latest_result(timeout=60)
    ended = time.time()
    assert result is not None
    assert job.enqueued_at is not None
    return result.return_value - job.enqueued_at.timestamp(), ended - begun


def _repeated(measure: Callable[[], tuple[float, float]], jobs: int) -> Milliseconds:
    measured = [measure() for _ in range(WARM_UP + jobs)][WARM_UP:]
    names = ("enqueue to start", "total minus stages")
    return {name: _summary(seconds) for name, seconds in zip(names, zip(*measured, strict=True), strict=True)}


def _summary(seconds: tuple[float, ...]) -> dict[str, float]:
    p99 = statistics.quantiles(seconds, n=100, method="inclusive")[98]
    return {"median": round(1000 * statistics.median(seconds), 2), "p99": round(1000 * p99, 2)}


if __name__ == "__main__":
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    print_street(street_milliseconds())
