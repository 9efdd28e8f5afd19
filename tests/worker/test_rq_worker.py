"""The worker with tasks of the tests' own: what it does, what it refuses, and what it leaves to others."""

import pickle
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis
from rq import Callback, Queue
from rq.job import Job, JobStatus
from rq.webhook import Webhook
from structlog.testing import capture_logs

from jobs.street import names, queue
from jobs.street.connection import connect
from jobs.street.front import Front
from jobs.task import read_task
from tests.jobs.pieces import compose_task
from worker.errors import CanceledError
from worker.rq_job import Perform
from worker.rq_recovery import adopt
from worker.rq_worker import ThreadWorker
from worker.stop import Stop

TASK = compose_task("23456789ab")
OTHER = compose_task("23456789ac")
RECOVERY_SECONDS = 1

Tasks = dict[str, Perform]
Work = Callable[..., ThreadWorker]


def make_worker(server: str, tasks: Tasks, threads: int = 2) -> ThreadWorker:
    return ThreadWorker(
        connect(server, is_patient=True),
        f"worker-{time.monotonic_ns()}",
        tasks,
        threads=threads,
        recovery_seconds=RECOVERY_SECONDS,
        deadline_seconds=60,
        announce=lambda: None,
    )


@contextmanager
def working(worker: ThreadWorker, *, is_alone: bool = False, drain_seconds: float = 5.0) -> Iterator[None]:
    thread = threading.Thread(
        target=worker.run, kwargs={"is_alone": is_alone, "drain_seconds": drain_seconds}
    )
    thread.start()
    try:
        yield
    finally:
        worker.end()
        thread.join(30)
        assert not thread.is_alive()
        worker.connection.close()


def wait_until(is_so: Callable[[], object], seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.01)


class Recorder:
    """A task that notes what it was given."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def __call__(self, payload: str, stop: Stop) -> None:
        stop.check()
        self.done.append(read_task(payload).id)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def started_jobs(redis: Redis) -> int:
    return redis.zcard("rq:wip:etude")


def leftovers(redis: Redis, task_id: str) -> list[bytes]:
    """What RQ still has of a task."""
    return list(redis.scan_iter(f"rq:*{task_id}*"))


def test_it_does_what_is_queued_and_leaves_nothing(redis: Redis, server: str, recorder: Recorder) -> None:
    with working(make_worker(server, {"compose": recorder})):
        Front(redis).submit(TASK, None)
        Front(redis).submit(OTHER, None)
        wait_until(lambda: not leftovers(redis, TASK.id) and not leftovers(redis, OTHER.id))
    assert sorted(recorder.done) == [TASK.id, OTHER.id]


def test_it_does_several_at_once_but_no_more_than_it_may(redis: Redis, server: str) -> None:
    together = threading.Barrier(2, timeout=10)
    at_once: list[int] = []
    count = 0

    def meet(_payload: str, _stop: Stop) -> None:
        nonlocal count
        count += 1
        at_once.append(count)
        together.wait()
        count -= 1

    with working(make_worker(server, {"compose": meet}, threads=2)):
        for number in range(4):
            Front(redis).submit(compose_task(f"23456789a{number + 2}"), None)
        wait_until(lambda: len(at_once) == 4 and not started_jobs(redis))
    assert max(at_once) == 2


def test_one_that_is_canceled_hears_of_it_at_once(redis: Redis, server: str) -> None:
    begun, heard = threading.Event(), threading.Event()

    def sample(_payload: str, stop: Stop) -> None:
        begun.set()
        with suppress(CanceledError):
            while True:
                stop.check()
                time.sleep(0.001)
        heard.set()

    front = Front(redis)
    with working(make_worker(server, {"compose": sample})):
        front.submit(TASK, None)
        assert begun.wait(10)
        front.cancel(TASK)
        assert heard.wait(5)


def test_a_worker_that_ends_puts_back_what_it_has(redis: Redis, server: str, recorder: Recorder) -> None:
    begun = threading.Event()

    def sample(_payload: str, stop: Stop) -> None:
        begun.set()
        while True:
            stop.check()
            time.sleep(0.001)

    front = Front(redis)
    for _ in range(queue.ATTEMPTS_MORE + 2):  # any number of times: the task is not to blame
        begun.clear()
        with working(make_worker(server, {"compose": sample}), drain_seconds=0.0):
            if not leftovers(redis, TASK.id):
                front.submit(TASK, None)
            assert begun.wait(10)
    front.submit(OTHER, None)
    assert redis.lrange("rq:queue:etude", 0, -1) == [TASK.id.encode(), OTHER.id.encode()]
    with working(make_worker(server, {"compose": recorder}, threads=1)):
        wait_until(lambda: len(recorder.done) == 2)
    assert recorder.done == [TASK.id, OTHER.id]


def test_a_worker_that_ends_lets_short_work_be_done(redis: Redis, server: str) -> None:
    begun, done = threading.Event(), threading.Event()

    def sample(_payload: str, stop: Stop) -> None:
        begun.set()
        time.sleep(0.3)
        stop.check()
        done.set()

    with working(make_worker(server, {"compose": sample}), drain_seconds=10.0):
        Front(redis).submit(TASK, None)
        assert begun.wait(10)
    assert done.is_set()


def die_with(server: str, redis: Redis, task_id: str, how_far: str) -> None:
    """What a worker leaves in Redis that was killed with a job, or just before it began."""
    worker = make_worker(server, {})
    popped = worker.queue_class.dequeue_any(worker.queues, None, redis, worker.job_class, worker.serializer)
    assert popped is not None
    job = popped[0]
    assert job.id == task_id
    if how_far != "taken":
        execution = worker.prepare_execution(job)
        assert execution.id in worker.executions
        worker.heartbeat()
    if how_far == "begun":
        worker.prepare_job_execution(job, remove_from_intermediate_queue=True)
    worker.connection.close()


@pytest.mark.parametrize("how_far", ["taken", "announced", "begun"])
def test_what_a_dead_worker_had_goes_to_another(
    redis: Redis, server: str, recorder: Recorder, how_far: str
) -> None:
    Front(redis).submit(TASK, None)
    die_with(server, redis, TASK.id, how_far)
    with working(make_worker(server, {"compose": recorder})):
        wait_until(lambda: recorder.done == [TASK.id])


@pytest.mark.parametrize("how_far", ["taken", "announced", "begun"])
def test_a_worker_that_is_alone_takes_it_up_at_once(
    redis: Redis, server: str, recorder: Recorder, how_far: str
) -> None:
    Front(redis).submit(TASK, None)
    die_with(server, redis, TASK.id, how_far)
    worker = make_worker(server, {"compose": recorder})
    worker._may_clean_up = lambda: False  # type: ignore[method-assign]
    with working(worker, is_alone=True):
        wait_until(lambda: recorder.done == [TASK.id], seconds=5)


def test_a_job_that_kills_its_workers_is_given_up(redis: Redis, server: str, recorder: Recorder) -> None:
    Front(redis).submit(TASK, None)
    for _ in range(queue.ATTEMPTS_MORE + 1):
        die_with(server, redis, TASK.id, "begun")
        worker = make_worker(server, {})
        adopt(worker)
        worker.connection.close()
    with working(make_worker(server, {"compose": recorder})):
        wait_until(lambda: Front(redis).answer(TASK.id) is not None)
    assert recorder.done == []


def test_one_whose_attempt_was_forgotten_while_its_worker_slept_leaves_nothing(
    redis: Redis, server: str
) -> None:
    begun, awake = threading.Event(), threading.Event()

    def sample(_payload: str, _stop: Stop) -> None:
        begun.set()
        assert awake.wait(10)

    with working(make_worker(server, {"compose": sample})), capture_logs() as logs:
        Front(redis).submit(TASK, None)
        assert begun.wait(10)
        (attempt,) = redis.scan_iter("rq:execution:*")
        redis.delete(attempt)
        wait_until(lambda: redis.hkeys(attempt) == [b"last_heartbeat"])  # all that the next beat writes
        awake.set()
        wait_until(lambda: not redis.exists(f"rq:job:{TASK.id}"))
        wait_until(lambda: not leftovers(redis, TASK.id))
    assert [log for log in logs if log["log_level"] == "error"] == []


def test_long_work_is_not_taken_away(redis: Redis, server: str) -> None:
    begun: list[str] = []

    def sample(payload: str, _stop: Stop) -> None:
        begun.append(payload)
        time.sleep(3.5 * RECOVERY_SECONDS)

    with working(make_worker(server, {"compose": sample})), working(make_worker(server, {"compose": sample})):
        Front(redis).submit(TASK, None)
        wait_until(lambda: begun and not leftovers(redis, TASK.id))
    assert len(begun) == 1


def enqueue_foreign_function(server: str, redis: Redis) -> None:
    Queue(names.QUEUE, connection=redis, serializer="json").enqueue("os.mkdir", "pwned", job_id="foreign")


def enqueue_pickle(server: str, redis: Redis) -> None:
    Queue(names.QUEUE, connection=redis).enqueue("os.mkdir", "pwned", job_id="foreign")


class Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.mkdir, (Path("pwned"),)


def enqueue_bomb(server: str, redis: Redis) -> None:
    job = Queue(names.QUEUE, connection=redis, serializer="json").create_job("compose", job_id="foreign")
    job.data = pickle.dumps(Bomb())
    Queue(names.QUEUE, connection=redis, serializer="json").enqueue_job(job)


def enqueue_method(server: str, redis: Redis) -> None:
    job = Queue(names.QUEUE, connection=redis, serializer="json").create_job("compose", job_id="foreign")
    job.data = b'["compose", {"a": 1}, ["{}"], {}]'
    Queue(names.QUEUE, connection=redis, serializer="json").enqueue_job(job)


def enqueue_keywords(server: str, redis: Redis) -> None:
    Queue(names.QUEUE, connection=redis, serializer="json").enqueue(
        "compose", kwargs={"payload": "{}"}, job_id="foreign"
    )


def enqueue_number(server: str, redis: Redis) -> None:
    Queue(names.QUEUE, connection=redis, serializer="json").enqueue("compose", 5, job_id="foreign")


def enqueue_unreadable(server: str, redis: Redis) -> None:
    redis.hset("rq:job:foreign", mapping={"data": b"[]", "created_at": "yesterday", "timeout": "\xff"})
    redis.expire("rq:job:foreign", 60)
    redis.rpush("rq:queue:etude", "foreign")


def enqueue_nothing(server: str, redis: Redis) -> None:
    redis.rpush("rq:queue:etude", "foreign")


def leave_unreadable_behind(server: str, redis: Redis) -> None:
    enqueue_unreadable(server, redis)
    redis.delete("rq:queue:etude")
    redis.zadd("rq:wip:etude", {"foreign:0123": 1.0})
    Front(redis).submit(OTHER, None)
    die_with(server, redis, OTHER.id, "begun")


@pytest.mark.parametrize(
    "attack",
    [
        enqueue_foreign_function,
        enqueue_pickle,
        enqueue_bomb,
        enqueue_method,
        enqueue_keywords,
        enqueue_number,
        enqueue_unreadable,
        enqueue_nothing,
        leave_unreadable_behind,
    ],
)
def test_what_is_none_of_ours_is_refused_and_the_worker_stays_up(
    redis: Redis,
    server: str,
    recorder: Recorder,
    attack: Callable[[str, Redis], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    attack(server, redis)
    with working(make_worker(server, {"compose": recorder})):
        Front(redis).submit(TASK, None)
        wait_until(lambda: TASK.id in recorder.done)
        if attack is leave_unreadable_behind:
            wait_until(lambda: OTHER.id in recorder.done)
        wait_until(lambda: not started_jobs(redis))
    assert not Path("pwned").exists()
    with suppress(Exception):
        assert Job.fetch("foreign", connection=redis).get_status() != JobStatus.QUEUED


def test_callbacks_and_webhooks_are_not_called(
    redis: Redis, server: str, recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sent: list[str] = []
    monkeypatch.setattr(Webhook, "send", lambda self, *_args, **_options: sent.append(self.url))
    foreign = Queue(names.QUEUE, connection=redis, serializer="json")
    for name in ("compose", "nonsense"):
        foreign.enqueue(
            name,
            TASK.model_dump_json(),
            on_success=Callback("os.mkdir"),
            on_failure=Callback("os.mkdir"),
            webhooks=[Webhook("http://127.0.0.1:1/", status) for status in ("finished", "failed")],
            result_ttl=-1,
            failure_ttl=-1,
        )
    with working(make_worker(server, {"compose": recorder})):
        wait_until(lambda: recorder.done and not redis.llen("rq:queue:etude") and not started_jobs(redis))
    assert sent == []
    assert list(tmp_path.iterdir()) == []
