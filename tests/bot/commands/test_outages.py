"""Redis or the database away or slow: everybody is answered within 3 s all the same, and nothing is lost."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import discord
import pytest
from redis import Redis
from structlog.testing import capture_logs

from jobs.street import ledger
from jobs.street.connection import connect
from listening.store.message import State
from listening.store.store import Store
from tests.bot.commands.chat import Chat, whispered
from tests.discord_server.interaction import Answer
from tests.discord_server.invocation import Upload

REDIS_AWAY = "The queue cannot be reached at the moment: try again in a minute."
DATABASE_AWAY = "The pieces cannot be reached at the moment: try again in a minute."
LATE = "This takes longer than it may at the moment: try again in a minute."


@pytest.fixture
def nowhere() -> Iterator[Redis]:
    with connect("unix:///nowhere/valkey.sock", is_patient=False) as redis:
        yield redis


@contextmanager
def redis_silent(chat: Chat, seconds: float) -> Iterator[None]:
    """Redis takes commands and does not answer; it does so for a while by itself."""
    chat.redis.execute_command("CLIENT", "PAUSE", int(seconds * 1000), "ALL")  # type: ignore[no-untyped-call]
    yield
    chat.redis.ping()


@contextmanager
def database_locked(chat: Chat) -> Iterator[None]:
    """Another program has the database for itself."""
    connection = sqlite3.connect(chat.file, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


class TestWithoutRedis:
    """Nothing listens where Redis should be."""

    def test_nothing_is_taken(self, chat: Chat, nowhere: Redis) -> None:
        message, stored = chat.piece()
        offers = chat.running.bot.offers
        chat.running.renew(redis=nowhere)
        chat.running.bot.offers = offers  # what was heard before
        for sentence in (
            chat.private("compose"),
            chat.private("show", id=stored.id),
            chat.click(message, "Again"),
            chat.click(message, "Continue"),
            chat.private("queue"),
        ):
            assert sentence == REDIS_AWAY
        assert chat.rows() == 1
        assert "Recipe" not in chat.click(message, "Recipe")
        assert chat.server.autocomplete(chat.anna, chat.channel, "compose", "style", "b")

    def test_what_needs_none_is_there(self, alone: Chat, nowhere: Redis) -> None:
        alone.running.renew(redis=nowhere)
        assert alone.private("compose").startswith("No worker is there")
        for command in ("help", "about", "privacy"):
            alone.page(command)
        assert "cannot be reached" in alone.page("ping")
        assert alone.server.autocomplete(alone.anna, alone.channel, "compose", "style", "b") == []
        assert alone.server.autocomplete(alone.anna, alone.channel, "compose", "key", "c")

    def test_a_request_that_waits_is_not_said_to_be_withdrawn(self, chat: Chat, nowhere: Redis) -> None:
        message, stored = chat.compose()
        chat.running.renew(redis=nowhere)
        assert chat.click(message, "Cancel") == REDIS_AWAY
        assert chat.private("cancel") == REDIS_AWAY
        assert chat.row(message).state is State.WAITING
        assert ledger.standing(chat.redis, stored.id).owes_answer

    def test_it_goes_between_the_check_and_the_queue(
        self, chat: Chat, monkeypatch: pytest.MonkeyPatch, nowhere: Redis
    ) -> None:
        with capture_logs() as logs:
            with monkeypatch.context() as patch:
                patch.setattr(chat.running.bot.requests.front, "_redis", nowhere)
                message = chat.slash("compose")
                chat.server.wait(lambda: any(each["event"] == "request.not_sent" for each in logs))
            stored = chat.sent(message)  # once it is back
        assert stored.state is State.WAITING
        assert chat.finish(stored).state is State.DELIVERED


def test_a_silent_redis_keeps_nobody_waiting(chat: Chat) -> None:
    message, _ = chat.compose()
    with redis_silent(chat, 4):
        interactions = [
            chat.server.slash(chat.anna, chat.channel, "compose"),
            chat.server.slash(chat.anna, chat.channel, "queue"),
            chat.server.slash(chat.bert, chat.channel, "ping"),
            chat.server.click(chat.anna, message, "Cancel"),
        ]
        assert chat.server.autocomplete(chat.anna, chat.channel, "compose", "style", "b") != []
        texts = [whispered(interaction) for interaction in interactions]
    assert texts[:2] == [LATE, LATE]
    assert texts[3] == LATE
    chat.settled(chat.row(message))  # it was withdrawn, if late
    chat.server.wait(lambda: not chat.store.messages.unfinished())
    assert len(ledger.open_tasks(chat.redis)) == 0


def test_a_locked_database_keeps_nobody_waiting(chat: Chat) -> None:
    message, _ = chat.piece()
    rows = chat.rows()
    with database_locked(chat):
        interactions = [
            chat.server.slash(chat.anna, chat.channel, "compose"),
            chat.server.slash(chat.bert, chat.channel, "mydata delete"),
            chat.server.click(chat.anna, message, "Again"),
            chat.server.click(chat.anna, message, "Delete"),
        ]
        assert chat.server.autocomplete(chat.anna, chat.channel, "cancel", "id", "") == []
        assert [whispered(interaction) for interaction in interactions] == [LATE] * 4
    chat.server.wait(lambda: not chat.store.messages.unfinished())
    assert chat.rows() <= rows + 1
    assert ledger.open_tasks(chat.redis) == []
    chat.compose()  # nothing of that counts


def test_what_is_stored_too_late_is_closed_again(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database lets the check pass, and then takes its time over the request itself."""
    check = chat.running.bot.requests._limits.check
    is_over = threading.Event()

    def slow_check(*arguments: Any) -> int:
        with database_locked(chat):
            is_over.wait(10)
        return check(*arguments)

    monkeypatch.setattr(chat.running.bot.requests._limits, "check", slow_check)
    interaction = chat.server.slash(chat.anna, chat.channel, "compose")
    assert whispered(interaction) == LATE
    assert chat.rows() == 0
    is_over.set()
    chat.server.wait(lambda: chat.rows() == 1)
    chat.server.wait(lambda: not chat.store.messages.unfinished())
    assert ledger.open_tasks(chat.redis) == []


@pytest.mark.parametrize(
    "command",
    ["compose", "queue", "cancel", "mydata get", "mydata delete", "about"],
)
def test_a_broken_database_is_a_sentence(chat: Chat, broken_store: Store, command: str) -> None:
    chat.running.renew(store=broken_store)
    assert chat.private(command) == DATABASE_AWAY
    assert ledger.open_tasks(chat.redis) == []


def test_a_broken_database_is_a_sentence_to_whoever_clicks(chat: Chat, broken_store: Store) -> None:
    message, _ = chat.piece()
    chat.running.renew(store=broken_store)
    for button in ("Again", "Recipe", "Delete"):
        assert chat.click(message, button) == DATABASE_AWAY
    assert len(message.files) == 3
    assert chat.private("settings", user=chat.owner) == DATABASE_AWAY
    assert chat.server.autocomplete(chat.anna, chat.channel, "cancel", "id", "") == []


def test_a_primer_that_does_not_arrive_in_time_is_refused(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> bytes:
        await asyncio.sleep(60)
        return b""

    monkeypatch.setattr(discord.Attachment, "read", never)
    assert "did not hand over" in chat.private("compose", primer=Upload("a.mid", b"MThd"))
    assert chat.rows() == 0


def test_a_fault_of_ours_is_answered_and_logged(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(chat.store.people, "data_of", fault)
    interaction = chat.server.slash(chat.anna, chat.channel, "mydata get")
    assert whispered(interaction).startswith("Something went wrong here")
    assert interaction.wait_response() is Answer.DEFERRED_MESSAGE
