"""Whoever withdraws is heard at once, wherever the task is, and nothing of it is left."""

import os
import signal
import subprocess
import threading
import time

from redis import Redis

from jobs.answer import Answer, Canceled
from jobs.progress import Progress, Stage
from jobs.street import queue
from jobs.street.connection import connect
from jobs.street.front import Front
from tests.faults.books import assert_forgotten, task_for
from tests.faults.conftest import Street
from tests.faults.processes import Surroundings, ended, read_until, wait_until

WITHIN_SECONDS = 0.5
TRIES = 3
LONGEST_SECONDS = 300
"""Long enough to be sampled for a second or two, and then rendered for some more."""


class Waiting:
    """A front that waits for a long piece, and notes when it hears what."""

    def __init__(self, url: str) -> None:
        self.task = task_for("canceled", length_seconds=LONGEST_SECONDS)
        self.stage: Stage | None = None
        self.answer: Answer | None = None
        self.answered_at = 0.0
        self._redis = connect(url, is_patient=True)
        self.front = Front(self._redis)
        self.front.submit(self.task, None)
        self._thread = threading.Thread(target=self._wait)
        self._thread.start()

    def _wait(self) -> None:
        self.answer = self.front.wait(self.task.id, self._hear)
        self.answered_at = time.monotonic()

    def _hear(self, progress: Progress) -> None:
        self.stage = progress.stage

    def cancel(self) -> float:
        """Withdraw it, and give how long it took until that was the answer; it is settled then."""
        begun = time.monotonic()
        self.front.cancel(self.task)
        self._thread.join()
        assert self.answer == Canceled(id=self.task.id)
        self.front.settle(self.task)
        self._redis.close()
        return self.answered_at - begun


def test_canceled_while_queued_and_while_sampling(street: Street, redis: Redis) -> None:
    slowest = {}
    asked_for: list[str] = []
    for _ in range(TRIES):  # a machine may stall for a moment
        sampled = [Waiting(street.url) for _ in range(2)]  # as many as the worker does at once
        wait_until(lambda sampled=sampled: all(one.stage is Stage.SAMPLE for one in sampled))
        queued = Waiting(street.url)
        asked_for += [one.task.id for one in (*sampled, queued)]
        assert queue.position(redis, queued.task.id) == 0
        slowest["queued"] = queued.cancel()
        is_sampled = {one.stage for one in sampled} == {Stage.SAMPLE}
        slowest["sampled"] = max(one.cancel() for one in sampled)
        if is_sampled and max(slowest.values()) < WITHIN_SECONDS:
            break
    else:
        raise AssertionError(slowest)
    assert_forgotten(redis, asked_for)


def test_ctrl_c_while_queued_and_while_sampling(
    surroundings: Surroundings, street: Street, redis: Redis
) -> None:
    before = [Waiting(street.url) for _ in range(2)]
    wait_until(lambda: all(one.stage is Stage.SAMPLE for one in before))  # the queue is empty again
    options = ("compose", "--length", LONGEST_SECONDS)
    commands = [surroundings.etude(*options, is_telling=True, REDIS_URL=street.url) for _ in range(2)]
    wait_until(lambda: redis.llen("rq:queue:etude") == 2)
    asked_for = [task_id.decode() for task_id in redis.lrange("rq:queue:etude", 0, -1)]
    press_ctrl_c(commands[0])
    assert redis.llen("rq:queue:etude") == 1
    for one in before:
        one.cancel()
    read_until(commands[1], "sample")
    press_ctrl_c(commands[1])
    assert_forgotten(redis, asked_for)


def press_ctrl_c(command: subprocess.Popen[str]) -> None:
    """As a terminal does it: everyone in the foreground is told."""
    os.killpg(command.pid, signal.SIGINT)
    outcome = ended(command)
    assert (outcome.code, outcome.err) == (130, "")
