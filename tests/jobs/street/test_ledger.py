"""Accepted, answered, settled: each once."""

import pytest
from redis import Redis

from jobs.answer import Canceled, Failed, Finished, read_answer
from jobs.errors import DuplicateError
from jobs.street import ledger, names
from jobs.street.inbox import Inbox
from tests.jobs.pieces import ADDRESS, RESULT, compose_task

TASK = compose_task("23456789ab")
DONE = Finished(id=TASK.id, result=RESULT)


def test_an_accepted_task_owes_an_answer_until_it_is_given(redis: Redis) -> None:
    assert not ledger.standing(redis, TASK.id).owes_answer
    ledger.accept(redis, TASK)
    assert ledger.standing(redis, TASK.id).owes_answer
    assert 0 <= ledger.standing(redis, TASK.id).age_seconds < 5
    assert ledger.give_answer(redis, DONE, ADDRESS)
    assert not ledger.standing(redis, TASK.id).owes_answer
    assert ledger.open_tasks(redis) == [TASK.id]
    ledger.settle(redis, TASK.id, ADDRESS)
    assert ledger.open_tasks(redis) == []


def test_a_task_is_accepted_once(redis: Redis) -> None:
    ledger.accept(redis, TASK)
    with pytest.raises(DuplicateError, match=TASK.id):
        ledger.accept(redis, TASK)


def test_the_first_answer_counts(redis: Redis) -> None:
    ledger.accept(redis, TASK)
    assert ledger.give_answer(redis, DONE, ADDRESS)
    assert not ledger.give_answer(redis, Canceled(id=TASK.id), ADDRESS)
    assert Inbox(redis, ADDRESS, "one").read(0.1) == [DONE]


def test_nobody_is_answered_who_did_not_ask_or_has_settled(redis: Redis) -> None:
    assert not ledger.give_answer(redis, DONE, ADDRESS)
    ledger.accept(redis, TASK)
    ledger.settle(redis, TASK.id, ADDRESS)
    assert not ledger.give_answer(redis, DONE, ADDRESS)
    assert redis.keys() == []


def test_settling_leaves_nothing_but_the_stream(redis: Redis) -> None:
    ledger.accept(redis, TASK)
    redis.set(names.canceled(TASK.id), 1, ex=10)
    ledger.give_answer(redis, DONE, ADDRESS)
    ledger.settle(redis, TASK.id, ADDRESS)
    ledger.settle(redis, TASK.id, ADDRESS)
    assert redis.keys() == [names.answers(ADDRESS).encode()]
    assert redis.xlen(names.answers(ADDRESS)) == 0


def test_an_answer_comes_through_a_full_redis(redis: Redis) -> None:
    ledger.accept(redis, TASK)
    redis.config_set("maxmemory", 1)
    try:
        assert ledger.give_answer(redis, Failed(id=TASK.id, sentence="Full."), ADDRESS)
        ledger.settle(redis, TASK.id, ADDRESS)
    finally:
        redis.config_set("maxmemory", 0)
    assert ledger.open_tasks(redis) == []


def test_an_answer_that_was_read_comes_again_until_it_is_settled(redis: Redis) -> None:
    ledger.accept(redis, TASK)
    ledger.give_answer(redis, DONE, ADDRESS)
    died, lives = Inbox(redis, ADDRESS, "died"), Inbox(redis, ADDRESS, "lives")
    assert died.read(0.1) == [DONE]
    assert lives.read(0.01) == []
    assert lives.claim(60.0) == []
    assert lives.claim(0.0) == [DONE]
    ledger.settle(redis, TASK.id, ADDRESS)
    assert died.claim(0.0) == lives.claim(0.0) == []


def test_an_inbox_outlives_its_stream(redis: Redis) -> None:
    inbox = Inbox(redis, ADDRESS, "one")
    redis.delete(names.answers(ADDRESS))
    assert inbox.read(0.01) == []
    redis.delete(names.answers(ADDRESS))
    assert inbox.claim(0.0) == []
    ledger.accept(redis, TASK)
    ledger.give_answer(redis, DONE, ADDRESS)
    assert inbox.read(0.1) == [DONE]


def test_an_answer_of_another_version_keeps_no_other_back(redis: Redis) -> None:
    inbox = Inbox(redis, ADDRESS, "one")
    redis.xadd(names.answers(ADDRESS), {"answer": '{"outcome": "sung"}'})
    redis.xadd(names.answers(ADDRESS), {"verse": "2"})
    ledger.accept(redis, TASK)
    ledger.give_answer(redis, DONE, ADDRESS)
    assert inbox.read(0.1) == [DONE]
    assert inbox.claim(0.0) == [DONE]


def test_addresses_hear_only_their_own(redis: Redis) -> None:
    ledger.accept(redis, TASK)
    ledger.give_answer(redis, DONE, ADDRESS)
    assert Inbox(redis, "another:cli", "one").read(0.01) == []


@pytest.mark.parametrize(
    "answer", [DONE, Failed(id=TASK.id, sentence="It could not be done."), Canceled(id=TASK.id)]
)
def test_answers_travel_as_json(answer: Finished | Failed | Canceled) -> None:
    assert read_answer(answer.model_dump_json()) == answer
