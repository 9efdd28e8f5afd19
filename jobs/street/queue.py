"""The queue of tasks: RQ's, told by short names and JSON alone."""

from contextlib import suppress
from typing import cast

from redis import Redis
from rq import Queue, RateLimit, Retry
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.executions import ExecutionRegistry
from rq.job import Job, JobStatus
from rq.rate_limit import RateLimitRegistry

from jobs.answer import Canceled, Failed
from jobs.errors import RequestError
from jobs.street import ledger, names
from jobs.task import Task, read_task

ATTEMPTS_MORE = 2
"""How often a task is begun again after its worker died."""

_WAITING = (JobStatus.QUEUED, JobStatus.RATE_LIMITED)


def open_queue(redis: Redis) -> Queue:
    """The queue; nothing is read or written yet."""
    return Queue(names.QUEUE, connection=redis, serializer="json")


def enqueue(redis: Redis, task: Task) -> None:
    """Queue an accepted task; twice does no harm, as whoever begins it sees whether it still owes an answer.

    Nothing of the piece stands in what is queued but JSON; deadlines are the worker's, not RQ's.
    """
    queue = open_queue(redis)
    job = queue.create_job(
        task.kind,
        args=(task.model_dump_json(),),
        job_id=task.id,
        timeout=-1,
        ttl=names.TASK_SECONDS,
        result_ttl=0,
        failure_ttl=names.HOUR,
        retry=Retry(max=ATTEMPTS_MORE, enqueue_at_front=True),  # it has waited once
        rate_limit=None if task.fairness is None else RateLimit(task.fairness.key, task.fairness.at_once),
        description=f"{task.kind} {task.id}",
    )
    queue.enqueue_job(job)


def position(redis: Redis, task_id: str) -> int | None:
    """How many tasks are before this one; None where it does not wait.

    One that waits for others of the same listener comes behind all that are queued, and behind those.
    """
    in_queue = open_queue(redis).get_job_position(task_id)
    if in_queue is not None:
        return in_queue
    limit = redis.hget(Job.key_for(task_id), "rate_limit_key")
    if limit is None:
        return None
    held_back = RateLimitRegistry(cast(bytes, limit).decode(), redis).rate_limited_key
    rank = redis.zrank(held_back, task_id)
    return None if rank is None else redis.llen(open_queue(redis).key) + cast(int, rank)


def cancel(redis: Redis, task_id: str, reply_to: str) -> None:
    """Withdraw a task, waiting or running; one that is answered or unknown is left as it is.

    A waiting task is answered here. A running one is answered by its worker, which hears of it at once, or
    finds the mark when it comes back.
    """
    if not ledger.standing(redis, task_id).owes_answer:
        return
    redis.set(names.canceled(task_id), 1, ex=names.CANCEL_SECONDS)
    redis.publish(names.CANCELS, task_id)
    try:
        job = Job.fetch(task_id, connection=redis, serializer="json")
    except NoSuchJobError:
        return  # not queued yet, or just done
    if job.get_status(refresh=False) in _WAITING:
        with suppress(InvalidJobOperation):  # somebody else withdraws it in the same moment
            job.delete()
        ledger.give_answer(redis, Canceled(id=task_id), reply_to)


def accepted(redis: Redis, task_id: str) -> Task | None:
    """An accepted task; None where it is forgotten, or of another version of Etude, which will see to it."""
    payload = redis.get(names.task(task_id))
    if payload is None:
        return None
    try:
        return read_task(cast(bytes, payload))
    except RequestError:
        return None


def is_canceled(redis: Redis, task_id: str) -> bool:
    """Whether a task was withdrawn."""
    return bool(redis.exists(names.canceled(task_id)))


def reconcile(redis: Redis, *, grace_seconds: float = 5.0) -> None:
    """Find the tasks that owe an answer and that no worker will ever give, and mend that.

    RQ leaves such gaps: a front that died before it queued what it had accepted, a worker that died with a
    task for the last time, a queue that lost its last second when Redis was killed.

    Args:
        redis: a connection.
        grace_seconds: how long a front may take between accepting a task and queueing it.
    """
    for task_id in ledger.open_tasks(redis):
        if not _is_lost(redis, task_id) or ledger.standing(redis, task_id).age_seconds < grace_seconds:
            continue
        task = accepted(redis, task_id)
        if task is None:
            if not redis.exists(names.task(task_id)):  # a day old: whoever asked has long gone
                redis.zrem(names.LEDGER, task_id)
        elif redis.hget(Job.key_for(task_id), "status") == JobStatus.FAILED.value.encode():
            sentence = "The piece could not be made, its workers died over it: ask for another."
            ledger.give_answer(redis, Failed(id=task_id, sentence=sentence), task.reply_to)
        elif is_canceled(redis, task_id):
            ledger.give_answer(redis, Canceled(id=task_id), task.reply_to)
        else:
            enqueue(redis, task)


def _is_lost(redis: Redis, task_id: str) -> bool:
    """Whether a task is unanswered, and neither waiting nor in a worker's hands."""
    queue = open_queue(redis)
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.exists(names.answer(task_id))
        pipeline.hget(Job.key_for(task_id), "status")
        pipeline.lpos(queue.key, task_id)
        pipeline.lpos(queue.intermediate_queue_key, task_id)
        pipeline.exists(ExecutionRegistry(task_id, redis).key)
        is_answered, status, waiting, taken, is_executed = pipeline.execute()
    if is_answered or waiting is not None or taken is not None:
        return False
    is_held_back = status == JobStatus.RATE_LIMITED.value.encode()
    is_done_now = status == JobStatus.STARTED.value.encode() and is_executed
    return not (is_held_back or is_done_now)
