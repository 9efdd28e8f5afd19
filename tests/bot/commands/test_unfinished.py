"""What a bot that died had taken and not sent is sent by the next one, or ends in a sentence."""

from datetime import UTC, datetime

import pytest

from bot.unfinished import Unfinished
from cards.catalogue import text
from jobs.street.blobs import Kind, get_blob, put_blob
from jobs.street.queue import accepted, position
from listening.store.message import State
from tests.bot.commands.chat import Chat, shown
from tests.discord_server.invocation import Upload

PRIMER = b"MThd and more"


@pytest.fixture
def unfinished(chat: Chat) -> Unfinished:
    bot = chat.running.bot
    return Unfinished(bot.redis, bot.store, bot.requests.front, bot.board, bot.requests.fairness)


def test_what_redis_never_had_is_sent(chat: Chat, unfinished: Unfinished) -> None:
    message, stored = chat.compose(style="baroque")
    chat.redis.flushall()
    assert chat.running.do(unfinished.submit_all(datetime.now(UTC)))
    assert position(chat.redis, stored.id) == 0
    task = accepted(chat.redis, stored.id)
    assert task is not None
    assert task.fairness == chat.running.bot.requests.fairness(chat.anna.id)
    assert chat.finish(stored).message_id == message.id


def test_a_primer_that_redis_has_goes_with_its_request(chat: Chat, unfinished: Unfinished) -> None:
    _, stored = chat.compose(primer=Upload("a.mid", PRIMER))
    chat.redis.flushall()
    put_blob(chat.redis, stored.id, Kind.PRIMER, PRIMER)  # the crash came right after this
    assert chat.running.do(unfinished.submit_all(datetime.now(UTC)))
    assert position(chat.redis, stored.id) == 0
    assert get_blob(chat.redis, stored.id, Kind.PRIMER) == PRIMER


@pytest.mark.parametrize("locale", ["en-US", "de"])
def test_a_primer_that_was_lost_is_told_of(chat: Chat, unfinished: Unfinished, locale: str) -> None:
    message, stored = chat.compose(primer=Upload("a.mid", PRIMER), locale=locale)
    chat.redis.flushall()
    assert chat.running.do(unfinished.submit_all(datetime.now(UTC)))
    assert shown(message) == text("refusal.primer_lost", locale)
    assert (message.buttons, message.is_ephemeral) == ([], False)
    assert chat.row(message).state is State.FAILED
    assert position(chat.redis, stored.id) is None
