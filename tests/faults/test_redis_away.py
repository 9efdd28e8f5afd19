"""Redis is killed while a worker works, and back some seconds later: every piece is delivered once."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jobs.street.connection import connect
from jobs.street.front import Front
from tests.faults.books import assert_answered_once, assert_balanced, assert_forgotten, made, task_for
from tests.faults.held_worker import start_held
from tests.faults.processes import Surroundings, ended
from tests.street import valkey

AWAY_SECONDS = 3.0


def test_pieces_are_delivered_once_redis_is_back(
    surroundings: Surroundings, gate: Path, tmp_path: Path
) -> None:
    plan = {moment: task_for("away") for moment in ("sample", "deliver")}
    tasks = list(plan.values())
    with ThreadPoolExecutor() as waiting:
        with valkey(tmp_path, "--appendonly", "yes") as path:
            url = f"unix://{path}"
            held = start_held(surroundings, url, gate, plan)
            front = Front(connect(url, is_patient=True))
            pieces = [waiting.submit(made, front, task) for task in tasks]
        time.sleep(AWAY_SECONDS / 2)
        gate.unlink()  # both come to want Redis while it is away
        time.sleep(AWAY_SECONDS / 2)
        with valkey(tmp_path, "--appendonly", "yes"), connect(url, is_patient=True) as redis:
            assert pieces[0].result(60) == pieces[1].result(60)
            assert_answered_once(redis, tasks, "away")
            for task in tasks:
                front.settle(task)
            assert_forgotten(redis, [task.id for task in tasks])
            held.terminate()
            assert ended(held).code == 0
            assert_balanced(redis)
