"""What workers answer becomes what the message says, and is settled."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from jobs.answer import Failed
from jobs.street import ledger
from jobs.street.blobs import Kind
from listening.store.message import State
from tests.bot.commands.chat import FILES, RATINGS, Chat, shown
from tests.discord_server.permissions import Permission


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


def test_what_the_worker_has_delivered_is_opened_to_ratings(chat: Chat) -> None:
    message, stored = chat.compose()
    after = chat.finish(stored, is_delivered=True)
    assert (after.state, message.edits, list(message.reactions)) == (State.DELIVERED, 0, list(RATINGS))
    assert chat.store.piece(stored.id) is not None
    assert chat.redis.keys(f"etude:*{stored.id}*") == []


def test_what_the_worker_could_not_deliver_the_bot_does(chat: Chat) -> None:
    message, stored = chat.compose(locale="de", style="baroque")
    after = chat.finish(stored)
    assert (after.state, after.message_id) == (State.DELIVERED, message.id)
    assert sorted(message.files) == [f"{stored.id}.{ending}" for ending in ("mid", "mp3", "png")]
    assert all(attachment.description for attachment in message.attachments)
    assert list(message.reactions) == list(RATINGS)
    assert message.buttons[0]["label"] != "Again"


def test_a_message_that_is_gone_is_posted_anew(chat: Chat) -> None:
    message, stored = chat.compose()
    chat.server.delete_message(message)
    after = chat.finish(stored)
    (posted,) = chat.channel.messages.values()
    assert (after.state, after.message_id, len(posted.files)) == (State.DELIVERED, posted.id, 3)
    assert list(posted.reactions) == list(RATINGS)
    chat.server.pardon("10008 Unknown Message")


def test_a_failure_is_told_in_a_sentence(chat: Chat) -> None:
    message, stored = chat.compose()
    after = chat.fail(stored, "The MIDI file has *no notes*: give another.")
    assert after.state is State.FAILED
    assert shown(message) == r"The MIDI file has \*no notes\*: give another."
    assert (message.buttons, message.reactions) == ([], {})
    assert chat.store.piece(stored.id) is None


def test_a_withdrawal_is_told_in_the_language_of_whoever_asked(chat: Chat) -> None:
    message, stored = chat.compose(locale="de")
    assert chat.cancel(stored).state is State.CANCELED
    assert shown(message) != "Canceled."
    assert message.buttons == []


def test_files_that_are_lost_are_told_of(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    message, stored = chat.compose()
    monkeypatch.delitem(FILES, Kind.AUDIO)
    assert chat.finish(stored).state is State.FAILED
    assert shown(message).startswith(f"The audio of {stored.id} is not there any more")


def test_where_the_bot_may_not_react_it_does_not(chat: Chat, logs: list[Any]) -> None:
    chat.server.set_permissions(chat.channel, chat.server.bot, deny=Permission.ADD_REACTIONS)
    message, stored = chat.compose()
    assert chat.finish(stored).state is State.DELIVERED
    assert (len(message.files), message.reactions) == (3, {})
    assert [each["event"] for each in logs if each["log_level"] == "warning"] == ["message.no_reaction"]
    chat.server.pardon("50013")


def test_where_the_bot_does_not_see_the_channel_it_goes_on(chat: Chat, logs: list[Any]) -> None:
    message, stored = chat.compose()
    chat.server.set_permissions(chat.channel, chat.server.bot, deny=Permission.VIEW_CHANNEL)
    after = chat.finish(stored)
    assert after.state is State.DELIVERED
    assert chat.store.piece(stored.id) is not None
    assert message.files == {}
    assert "message.not_edited" in {each["event"] for each in logs}
    chat.server.pardon("50001")


def test_an_answer_to_nobody_is_settled(chat: Chat) -> None:
    _, stored = chat.compose()
    chat.clean()
    assert ledger.give_answer(chat.redis, Failed(id=stored.id, sentence="No."), stored.task().reply_to)
    chat.settled(stored)
