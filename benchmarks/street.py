"""What the street adds to the making of a piece, against RQ's own worker with a job that does nothing.

`python -m benchmarks.street`: the server and the worker process that come with a command, the shipped
checkpoint, and a front that asks as `etude compose` does, for one piece after another.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

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

RQ = "RQ, no-op"
KINDS = ("compose, MP3", "render, WAV", RQ)
COSTS = ("enqueue to start", "total minus stages")
Costs = tuple[float, float]
"""Seconds, one for each of the costs."""
Milliseconds = dict[str, dict[str, dict[str, float]]]
"""Median and 99th percentile of each of the costs, by kind of job."""


def street_milliseconds(jobs: int = JOBS) -> Milliseconds:
    """What the street costs.

    Returns:
        For pieces of 10 s as MP3 (0.2 MB), for the same rendered again as WAV (2 MB), and for RQ's own
        `SimpleWorker` with a job that does nothing, in turn on the same server:

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
            rounds = []
            with _rq_worker(embedded.url, redis) as queue:
                for seed in range(WARM_UP + jobs):
                    task = ComposeTask(request=_request(street, seed), reply_to=REPLY_TO)
                    composed, piece = _measured(street, task, None)
                    rendered, _ = _measured(street, _as_wav(piece), piece.midi)
                    rounds.append((composed, rendered, _rq_job(queue)))
    kinds = zip(*rounds[WARM_UP:], strict=True)
    return {name: _summary(kind) for name, kind in zip(KINDS, kinds, strict=True)}


def print_street(measured: Milliseconds) -> None:
    """The table, in milliseconds, and how often RQ's bare time it is."""
    bare = measured[RQ]
    print(f"{'the street, ms':<14}{'':>20}  median    p99  median/RQ's")
    for kind, figures in measured.items():
        for name, one in figures.items():
            ratio = one["median"] / bare[name]["median"]
            print(f"{kind:<14}{name:>20}{one['median']:>8.1f}{one['p99']:>7.1f}{ratio:>13.2f}")


def _request(street: Street, seed: int) -> GenerationRequest:
    return resolve(
        ComposeOptions(style="classical", density="8", length="10", seed=str(seed)),
        street.offered,
        next_number=lambda: 1,
        draw_seed=new_seed,
        new_id=new_piece_id,
    )


def _as_wav(piece: Files) -> RenderTask:
    request = piece.result.request.model_copy(update={"audio_format": AudioFormat.WAV})
    piece_as_wav = piece.result.model_copy(update={"request": request})
    return RenderTask(id=new_piece_id(), piece=piece_as_wav, reply_to=REPLY_TO)


def _measured(street: Street, task: Task, file: bytes | None) -> tuple[Costs, Files]:
    """What a task costs in seconds, and what comes of it."""
    begun = time.perf_counter()
    files = street.make(task, file, lambda _: None)
    seconds = time.perf_counter() - begun
    street.front.settle(task)
    timings = files.result.timings
    stages = timings.sample + timings.render + timings.encode + timings.picture
    return (timings.queue, seconds - stages), files


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


def _rq_job(queue: Queue) -> Costs:
    begun = time.time()
    job = queue.enqueue("time.time", result_ttl=60)
    result = job.latest_result(timeout=60)
    ended = time.time()
    assert result is not None
    assert job.enqueued_at is not None
    return cast(float, result.return_value) - job.enqueued_at.timestamp(), ended - begun


def _summary(measured: Iterable[Costs]) -> dict[str, dict[str, float]]:
    summary = {}
    for name, seconds in zip(COSTS, zip(*measured, strict=True), strict=True):
        p99 = statistics.quantiles(seconds, n=100, method="inclusive")[98]
        summary[name] = {"median": round(1000 * statistics.median(seconds), 2), "p99": round(1000 * p99, 2)}
    return summary


if __name__ == "__main__":
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    print_street(street_milliseconds())
