"""Redis stays without memory: whoever asks is told so in the end, once, and nothing of it comes later."""

import pytest

import bot.requests
from jobs.street import ledger
from listening.store.message import State
from tests.bot.commands.chat import Chat


def test_a_request_that_never_gets_into_the_queue(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.requests, "_WAITS_SECONDS", (0.05, 0.1))
    chat.redis.config_set("maxmemory", 1)
    try:
        message = chat.slash("compose")
        chat.server.wait(lambda: message.embeds[0]["description"].startswith("The queue cannot be reached"))
        chat.server.wait(lambda: chat.row(message).state is State.FAILED)
    finally:
        chat.redis.config_set("maxmemory", 0)
    assert chat.store.messages.unfinished() == []
    assert ledger.open_tasks(chat.redis) == []
    assert len(chat.channel.messages) == 1
    chat.piece()  # nor does it count for the next one
