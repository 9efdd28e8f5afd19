"""The books: which tasks owe an answer, and that each gets exactly one.

Three steps, each atomic: a front accepts a task, a worker (or a front that cancels) answers it, a front
settles it once the answer is kept. What stands between two of them survives the death of everyone involved.
"""

from typing import NamedTuple, cast

from redis import Redis

from jobs.answer import Answer
from jobs.errors import DuplicateError
from jobs.street import names
from jobs.task import Task

GROUP = "fronts"
"""The consumer group that reads the stream of an address."""

ANSWERED = b"answered"
"""What is said on a task's channel of progress when its answer is there."""

STREAM_ENTRIES = 10_000  # settled ones are deleted; this bounds what nobody ever settles

_ACCEPT = """
if not redis.call('SET', KEYS[1], ARGV[2], 'NX', 'EX', ARGV[3]) then
    return 0
end
local now = redis.call('TIME')
redis.call('ZADD', KEYS[2], now[1] + now[2] / 1000000, ARGV[1])
return 1
"""

# allow-oom: an answer must get through even when Redis is full.
_ANSWER = """#!lua flags=allow-oom
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) or redis.call('EXISTS', KEYS[2]) == 1 then
    return 0
end
local entry = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'answer', ARGV[2])
redis.call('EXPIRE', KEYS[3], ARGV[4])
redis.call('HSET', KEYS[2], 'answer', ARGV[2], 'entry', entry)
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
"""

_SETTLE = """#!lua flags=allow-oom
local entry = redis.call('HGET', KEYS[2], 'entry')
if entry then
    redis.pcall('XACK', KEYS[3], ARGV[2], entry)
    redis.call('XDEL', KEYS[3], entry)
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2], unpack(KEYS, 4))
return 1
"""


class Standing(NamedTuple):
    """How it stands with a task.

    Attributes:
        owes_answer: whether it was accepted and not yet answered.
        is_canceled: whether it was withdrawn.
        age_seconds: how long ago it was accepted, by the server's clock; 0 where it never was.
    """

    owes_answer: bool
    is_canceled: bool
    age_seconds: float


def accept(redis: Redis, task: Task) -> None:
    """Write a task into the books; from now on it owes an answer.

    Raises:
        DuplicateError: a task of that id stands there already.
        redis.RedisError: Redis cannot be used.
    """
    keys = [names.task(task.id), names.LEDGER]
    args: list[str | int] = [task.id, task.model_dump_json(), names.TASK_SECONDS]
    if not redis.register_script(_ACCEPT)(keys=keys, args=args):
        raise DuplicateError(f"The request {task.id} was accepted before: ask for another piece.")


def give_answer(redis: Redis, answer: Answer, reply_to: str) -> bool:
    """Answer a task, unless it has an answer or owes none.

    Returns:
        Whether this is the answer.
    """
    keys = [names.LEDGER, names.answer(answer.id), names.answers(reply_to)]
    args: list[str | bytes | int] = [
        answer.id,
        answer.model_dump_json(),
        names.ANSWER_SECONDS,
        names.STREAM_SECONDS,
        STREAM_ENTRIES,
        names.progress(answer.id),
        ANSWERED,
    ]
    return bool(redis.register_script(_ANSWER)(keys=keys, args=args))


def settle(redis: Redis, task_id: str, reply_to: str) -> None:
    """Close the books on a task, once its answer is kept elsewhere; again changes nothing."""
    keys = [
        names.LEDGER,
        names.answer(task_id),
        names.answers(reply_to),
        names.task(task_id),
        names.canceled(task_id),
        names.waiting(task_id),
        names.interaction(task_id),
        names.fence(task_id),
    ]
    redis.register_script(_SETTLE)(keys=keys, args=[task_id, GROUP])


def standing(redis: Redis, task_id: str) -> Standing:
    """How it stands with a task, at one moment and for one trip to Redis."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.zscore(names.LEDGER, task_id)
        pipeline.exists(names.answer(task_id))
        pipeline.exists(names.canceled(task_id))
        pipeline.time()
        accepted_at, answers, cancels, (seconds, microseconds) = pipeline.execute()
    age_seconds = 0.0 if accepted_at is None else max(seconds + microseconds / 1e6 - accepted_at, 0.0)
    return Standing(accepted_at is not None and not answers, bool(cancels), age_seconds)


def open_tasks(redis: Redis) -> list[str]:
    """The ids of all tasks that are not settled, the longest-standing first."""
    return [cast(bytes, task_id).decode() for task_id in redis.zrange(names.LEDGER, 0, -1)]
