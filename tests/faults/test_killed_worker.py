"""kill -9, SIGSTOP and SIGTERM of a worker at any moment: another makes the piece, and only one answers."""

import time
from pathlib import Path

import pytest
from redis import Redis

from jobs.street.front import Front
from tests.faults.books import Files, assert_answered_once, assert_forgotten, made, task_for
from tests.faults.conftest import Street
from tests.faults.held_worker import MOMENTS, Plan, start_held
from tests.faults.processes import Surroundings, ended, killed, paused


@pytest.fixture(scope="module")
def undisturbed(street: Street) -> list[Files]:
    """The pieces of the first seeds, as a worker makes them that nothing happens to."""
    with Redis.from_url(street.url) as redis:
        front = Front(redis)
        tasks = [task_for("undisturbed", seed) for seed in range(len(MOMENTS))]
        for task in tasks:
            front.submit(task, None)
        pieces = [made(front, task) for task in tasks]
        for task in tasks:
            front.settle(task)
        return pieces


def assert_made_once(redis: Redis, plan: Plan, pieces: list[Files], address: str) -> None:
    """Each task has its piece, as if nothing had happened, and a single answer; they are settled then."""
    front = Front(redis)
    for task in plan.values():
        assert made(front, task) == pieces[task.request.seed], task.id
    assert_answered_once(redis, plan.values(), address)
    for task in plan.values():
        front.settle(task)


def ids(plan: Plan) -> list[str]:
    return [task.id for task in plan.values()]


def test_another_worker_makes_what_a_killed_one_had(
    surroundings: Surroundings, street: Street, redis: Redis, gate: Path, undisturbed: list[Files]
) -> None:
    plan = {moment: task_for("killed", seed) for seed, moment in enumerate(MOMENTS)}
    with paused(street.worker):
        held = start_held(surroundings, street.url, gate, plan)
    killed(held)
    assert_made_once(redis, plan, undisturbed, "killed")
    assert_forgotten(redis, ids(plan))


def test_one_that_slept_for_too_long_finds_its_work_done(
    surroundings: Surroundings, street: Street, redis: Redis, gate: Path, undisturbed: list[Files]
) -> None:
    plan = {moment: task_for("asleep", seed) for seed, moment in enumerate(("sample", "deliver", "made"))}
    with paused(street.worker):
        held = start_held(surroundings, street.url, gate, plan)
    with paused(held):
        assert_made_once(redis, plan, undisturbed, "asleep")
        gate.unlink()
    held.terminate()
    assert "failed" not in ended(held).err
    assert_forgotten(redis, ids(plan))


def test_one_that_is_told_to_end_puts_back_what_it_has(
    surroundings: Surroundings, street: Street, redis: Redis, gate: Path, undisturbed: list[Files]
) -> None:
    plan = {moment: task_for("ended", seed) for seed, moment in enumerate(("sample", "render"))}
    with paused(street.worker):
        held = start_held(surroundings, street.url, gate, plan, ETUDE_RECOVERY_SECONDS=600)
    held.terminate()
    time.sleep(0.5)  # until it has heard of that, which is nowhere to be seen
    gate.unlink()
    assert ended(held).code == 0
    assert_made_once(redis, plan, undisturbed, "ended")
    assert_forgotten(redis, ids(plan))
