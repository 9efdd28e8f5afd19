"""Waiting for an answer, and what a front is told when it cannot have one."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from jobs.answer import Canceled
from jobs.errors import BlobError, NoWorkerError, RequestError, StreetError
from jobs.progress import Progress, Stage
from jobs.street import front as front_module
from jobs.street import ledger, names
from jobs.street.blobs import MAX_BYTES, Kind, put_blob
from jobs.street.connection import connect, translated
from jobs.street.front import Front
from tests.jobs.pieces import ADDRESS, compose_task, render_task

TASK = compose_task("23456789ab")
CANCELED = Canceled(id=TASK.id)


def later(seconds: float, act: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def test_an_answer_that_is_there_is_had_at_once(redis: Redis) -> None:
    front = Front(redis)
    front.submit(TASK, None)
    ledger.give_answer(redis, CANCELED, ADDRESS)
    assert front.wait(TASK.id, print) == CANCELED


def test_progress_is_heard_until_the_answer_comes(redis: Redis) -> None:
    front = Front(redis)
    front.submit(TASK, None)
    half = Progress(stage=Stage.SAMPLE, share=0.5)

    def work() -> None:
        redis.publish(names.progress(TASK.id), half.model_dump_json())
        redis.publish(names.progress(TASK.id), "nonsense")
        assert front.orphans(ADDRESS) == []
        ledger.give_answer(redis, CANCELED, ADDRESS)

    timer = later(0.2, work)
    heard: list[Progress] = []
    assert front.wait(TASK.id, heard.append) == CANCELED
    assert heard == [half]
    timer.join()


def test_whoever_ends_while_it_waits_leaves_an_orphan(redis: Redis) -> None:
    def end() -> None:
        raise KeyboardInterrupt

    front = Front(redis)
    front.submit(TASK, None)
    assert front.orphans(ADDRESS) == []
    with pytest.raises(KeyboardInterrupt):
        front.wait(TASK.id, print, check=end)
    assert front.orphans(ADDRESS) == [TASK]
    ledger.give_answer(redis, CANCELED, ADDRESS)
    front.wait(TASK.id, print)
    assert front.orphans(ADDRESS) == []  # it is being kept
    front.settle(TASK)
    assert redis.keys(f"*{TASK.id}") == [b"rq:job:" + TASK.id.encode()]


def test_waiting_ends_where_nobody_works(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "_ALONE_SECONDS", 0.1)
    front = Front(redis)
    front.submit(TASK, None)
    with pytest.raises(NoWorkerError, match=TASK.id):
        front.wait(TASK.id, print)
    assert ledger.standing(redis, TASK.id).owes_answer


def test_files_travel_with_their_task(redis: Redis) -> None:
    front = Front(redis)
    front.submit(TASK, b"primer")
    rendering = render_task("23456789ad")
    front.submit(rendering, b"midi")
    assert front.file(TASK.id, Kind.PRIMER) == b"primer"
    assert front.file(rendering.id, Kind.MIDI) == b"midi"
    front.settle(TASK)
    with pytest.raises(BlobError, match="not there any more"):
        front.file(TASK.id, Kind.PRIMER)


def test_a_file_that_is_too_large_is_not_carried(redis: Redis) -> None:
    with pytest.raises(BlobError, match="at most 1,048,576"):
        Front(redis).submit(TASK, bytes(MAX_BYTES[Kind.PRIMER] + 1))
    assert redis.keys() == []
    put_blob(redis, TASK.id, Kind.PRIMER, bytes(MAX_BYTES[Kind.PRIMER]))


def test_what_cannot_be_queued_is_not_accepted(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RequestError("no")

    monkeypatch.setattr(front_module.queue, "enqueue", fail)
    with pytest.raises(RequestError):
        Front(redis).submit(TASK, None)
    assert ledger.open_tasks(redis) == []


def test_a_full_redis_is_a_sentence(redis: Redis) -> None:
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(StreetError, match="is full: try again"):
            Front(redis).submit(TASK, None)
    finally:
        redis.config_set("maxmemory", 0)


@pytest.mark.parametrize("url", ["unix:///nowhere/valkey.sock", "redis://127.0.0.1:1/0"])
def test_a_redis_that_is_not_there_is_a_sentence(url: str) -> None:
    with (
        connect(url, is_patient=False) as nowhere,
        pytest.raises(StreetError, match=r"cannot be used .*REDIS_URL"),
    ):
        Front(nowhere).submit(TASK, None)


def test_a_wrong_password_is_a_sentence_without_it(redis: Redis, server: str) -> None:
    redis.acl_setuser("someone", enabled=True, passwords=["+right"], keys=["*"], commands=["+@all"])
    try:
        url = server.replace("unix://", "unix://someone:wrong@")
        with (
            connect(url, is_patient=False) as refused,
            pytest.raises(StreetError, match="refuses us") as caught,
        ):
            Front(refused).submit(TASK, None)
        assert "wrong" not in str(caught.value)
    finally:
        redis.acl_deluser("someone")


def test_a_url_that_is_none_is_a_sentence_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StreetError, match="REDIS_URL is not understood") as caught:
        connect("redis://:secret@host:port/0", is_patient=False)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_failures_of_ours_pass_through(redis: Redis) -> None:
    with pytest.raises(BlobError), translated(redis):
        raise BlobError("gone")
