"""What is queued, what is withdrawn, and what is found again after it was lost."""

import json

import pytest
from redis import Redis
from rq.job import Job, JobStatus

from jobs.answer import Canceled, Failed, Finished
from jobs.errors import RequestError
from jobs.street import ledger, names, queue
from jobs.street.front import Front
from jobs.task import Fairness, read_task
from tests.jobs.pieces import ADDRESS, RESULT, compose_task, render_task

TASK = compose_task("23456789ab")
OTHER = compose_task("23456789ac")


def job(redis: Redis, task_id: str) -> Job:
    return Job.fetch(task_id, connection=redis, serializer="json")


def test_what_is_queued_is_json_and_a_short_name(redis: Redis) -> None:
    Front(redis).submit(TASK, None)
    name, instance, args, kwargs = json.loads(job(redis, TASK.id).data)
    assert (name, instance, kwargs) == ("compose", None, {})
    assert read_task(args[0]) == TASK
    assert 0 < redis.ttl(Job.key_for(TASK.id)) <= names.TASK_SECONDS


def test_tasks_wait_in_line(redis: Redis) -> None:
    front = Front(redis)
    front.submit(TASK, None)
    front.submit(OTHER, None)
    assert (front.position(TASK.id), front.position(OTHER.id)) == (0, 1)
    assert front.position("zzzzzzzzzz") is None


def test_a_listener_with_many_tasks_waits_behind_others(redis: Redis) -> None:
    front = Front(redis)
    fair = Fairness(key="user-1", at_once=1)
    mine = [compose_task(f"23456789a{letter}").model_copy(update={"fairness": fair}) for letter in "bcd"]
    for task in (
        *mine,
        OTHER.model_copy(update={"request": OTHER.request.model_copy(update={"id": "zz23456789"})}),
    ):
        front.submit(task, None)
    assert redis.lrange("rq:queue:etude", 0, -1) == [mine[0].id.encode(), b"zz23456789"]
    assert [front.position(task.id) for task in mine] == [0, 2, 3]
    queue.reconcile(redis, grace_seconds=0.0)
    assert redis.llen("rq:queue:etude") == 2
    front.cancel(mine[0])
    front.cancel(mine[2])
    assert redis.lrange("rq:queue:etude", 0, -1) == [b"zz23456789", mine[1].id.encode()]
    assert [type(front.answer(task.id)) for task in mine] == [Canceled, type(None), Canceled]


def test_a_waiting_task_that_is_canceled_is_answered_and_gone(redis: Redis) -> None:
    front = Front(redis)
    front.submit(TASK, b"MThd")
    front.submit(OTHER, None)
    front.cancel(TASK)
    assert front.answer(TASK.id) == Canceled(id=TASK.id)
    assert front.position(OTHER.id) == 0
    front.cancel(TASK)
    front.settle(TASK)
    assert list(redis.scan_iter(f"*{TASK.id}*")) == []


def test_a_running_task_that_is_canceled_is_left_to_its_worker(redis: Redis) -> None:
    front = Front(redis)
    front.submit(TASK, None)
    job(redis, TASK.id).set_status(JobStatus.STARTED)
    with redis.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe(names.CANCELS)
        channel.get_message(timeout=0.1)
        front.cancel(TASK)
        message = channel.get_message(timeout=1.0)
    assert message is not None
    assert message["data"] == TASK.id.encode()
    assert queue.is_canceled(redis, TASK.id)
    assert front.answer(TASK.id) is None


def test_what_is_done_or_unknown_cannot_be_canceled(redis: Redis) -> None:
    front = Front(redis)
    front.cancel(TASK)
    assert redis.keys() == []
    front.submit(TASK, None)
    ledger.give_answer(redis, Finished(id=TASK.id, result=RESULT), ADDRESS)
    front.cancel(TASK)
    assert not queue.is_canceled(redis, TASK.id)


def test_what_was_accepted_and_never_queued_is_queued(redis: Redis) -> None:
    ledger.accept(redis, TASK)
    queue.reconcile(redis)
    assert queue.position(redis, TASK.id) is None  # its front may be about to
    queue.reconcile(redis, grace_seconds=0.0)
    queue.reconcile(redis, grace_seconds=0.0)
    assert redis.lrange("rq:queue:etude", 0, -1) == [TASK.id.encode()]


@pytest.mark.parametrize("damage", ["lost from the queue", "lost altogether", "started by nobody"])
def test_what_was_lost_is_queued_again(redis: Redis, damage: str) -> None:
    Front(redis).submit(TASK, None)
    redis.delete("rq:queue:etude")
    if damage == "lost altogether":
        redis.delete(Job.key_for(TASK.id))
    if damage == "started by nobody":
        job(redis, TASK.id).set_status(JobStatus.STARTED)
    queue.reconcile(redis, grace_seconds=0.0)
    assert queue.position(redis, TASK.id) == 0
    assert job(redis, TASK.id).get_status() == JobStatus.QUEUED


def test_what_its_workers_died_over_fails_with_a_sentence(redis: Redis) -> None:
    front = Front(redis)
    front.submit(TASK, None)
    redis.delete("rq:queue:etude")
    job(redis, TASK.id).set_status(JobStatus.FAILED)
    queue.reconcile(redis, grace_seconds=0.0)
    answer = front.answer(TASK.id)
    assert isinstance(answer, Failed)
    assert "workers died" in answer.sentence


def test_what_was_lost_and_canceled_is_canceled(redis: Redis) -> None:
    ledger.accept(redis, TASK)
    Front(redis).cancel(TASK)
    queue.reconcile(redis, grace_seconds=0.0)
    assert Front(redis).answer(TASK.id) == Canceled(id=TASK.id)


def test_what_waits_or_is_done_is_left_alone(redis: Redis) -> None:
    front = Front(redis)
    front.submit(TASK, None)
    ledger.accept(redis, OTHER)
    ledger.give_answer(redis, Canceled(id=OTHER.id), ADDRESS)
    queue.reconcile(redis, grace_seconds=0.0)
    assert redis.lrange("rq:queue:etude", 0, -1) == [TASK.id.encode()]
    assert ledger.open_tasks(redis) == [TASK.id, OTHER.id]


def test_what_is_forgotten_leaves_the_books(redis: Redis) -> None:
    ledger.accept(redis, TASK)
    redis.delete(names.task(TASK.id))
    queue.reconcile(redis, grace_seconds=0.0)
    assert ledger.open_tasks(redis) == []


def test_tasks_travel_as_json() -> None:
    for task in (TASK, render_task("23456789ad")):
        assert read_task(task.model_dump_json()) == task


@pytest.mark.parametrize(
    "payload",
    ["", "{}", "[]", '{"kind": "os.system"}', TASK.model_dump_json().replace('"version":1', '"version":9')],
)
def test_what_is_no_task_is_refused(payload: str) -> None:
    with pytest.raises(RequestError, match="update Etude"):
        read_task(payload)
