"""A worker that is held at certain moments of certain tasks until a gate opens; otherwise the real one.

`python -m tests.faults.held_worker GATE ID=MOMENT...`: GATE is a file that is there until the gate opens.
When a task comes to its moment, its id is written to stdout.
"""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis import Redis

from jobs.progress import Stage
from jobs.street import ledger, presence
from jobs.street.blobs import Kind
from jobs.street.front import Front
from jobs.task import ComposeTask
from tests.faults.processes import Surroundings, read_until, wait_until
from worker import tasks
from worker.__main__ import main
from worker.rq_worker import ThreadWorker

MOMENTS = ("taken", "sample", "render", "encode", "picture", "deliver", "made", "answered")
"""Taken from the queue; four stages; with one file of three laid down; just before and after the answer."""

Plan = Mapping[str, ComposeTask]
"""A task for each moment."""


def start_held(
    surroundings: Surroundings, url: str, gate: Path, plan: Plan, **settings: object
) -> subprocess.Popen[str]:
    """A worker that has taken these tasks, as no other one did, and is held with each at its moment."""
    moments = [f"{task.id}={moment}" for moment, task in plan.items()]
    settings = {"REDIS_URL": url, "ETUDE_WORKER_JOBS": len(plan), **settings}
    held = surroundings.start("-m", "tests.faults.held_worker", gate, *moments, **settings)
    with Redis.from_url(url) as redis:
        wait_until(lambda: any(f"-{held.pid}-" in offer.worker for offer in presence.living(redis)))
        for task in plan.values():
            Front(redis).submit(task, None)
    read_until(held, *(task.id for task in plan.values()))
    return held


_prepare_execution, _compose = ThreadWorker.prepare_execution, tasks.compose
_put_blob, _give_answer = tasks.put_blob, ledger.give_answer


class Gate:
    """Holds threads that come to their moments."""

    def __init__(self, file: str, moments: list[str]) -> None:
        self._file = Path(file)
        self._moments = {tuple(moment.split("=")) for moment in moments}

    def pass_by(self, task_id: str, moment: str) -> None:
        """Wait, if this is the moment of this task."""
        if (task_id, moment) in self._moments:
            sys.stdout.write(f"{task_id}\n")
            sys.stdout.flush()
            while self._file.exists():
                time.sleep(0.01)


def _hold(gate: Gate) -> None:
    """Lead every task past the gate."""

    def prepare_execution(self: ThreadWorker, job: Any) -> Any:
        gate.pass_by(job.id, "taken")
        return _prepare_execution(self, job)

    def compose(request: Any, primer: Any, engine: Any, soundfont: Any, report: Any, *others: Any) -> Any:
        def told(stage: Stage, share: float) -> None:
            report(stage, share)
            gate.pass_by(request.id, stage.value)

        return _compose(request, primer, engine, soundfont, told, *others)

    def put_blob(redis: Any, task_id: str, kind: Kind, data: bytes) -> None:
        _put_blob(redis, task_id, kind, data)
        if kind is Kind.MIDI:
            gate.pass_by(task_id, "deliver")

    def give_answer(redis: Any, answer: Any, reply_to: str) -> bool:
        gate.pass_by(answer.id, "made")
        is_the_answer = _give_answer(redis, answer, reply_to)
        gate.pass_by(answer.id, "answered")
        return is_the_answer

    ThreadWorker.prepare_execution = prepare_execution  # type: ignore[method-assign]
    tasks.compose, tasks.put_blob, ledger.give_answer = compose, put_blob, give_answer


if __name__ == "__main__":
    _, file, *moments = sys.argv
    del sys.argv[1:]
    _hold(Gate(file, moments))
    sys.exit(main())
