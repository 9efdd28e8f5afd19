"""Answers are read whatever state Redis is in: that they are taken is what makes room there again."""

from redis import Redis

from jobs.answer import Canceled
from jobs.street import ledger
from jobs.street.inbox import Inbox
from tests.jobs.pieces import compose_task

TASK = compose_task("23456789ab")


def test_they_are_read_by_whoever_starts_while_redis_is_full(redis: Redis) -> None:
    Inbox(redis, TASK.reply_to, "bot")  # as it once started
    ledger.accept(redis, TASK)
    ledger.give_answer(redis, Canceled(id=TASK.id), TASK.reply_to)
    redis.config_set("maxmemory", 1)
    try:
        inbox = Inbox(redis, TASK.reply_to, "bot")
        assert inbox.claim(0.0) == []
        assert inbox.read(0.1) == [Canceled(id=TASK.id)]
        ledger.settle(redis, TASK.id, TASK.reply_to)
    finally:
        redis.config_set("maxmemory", 0)
    assert ledger.open_tasks(redis) == []
