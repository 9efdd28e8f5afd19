"""Messages of requests that wait tell the place that these have come to."""

import pytest
from structlog.testing import capture_logs

import bot.waiting
from bot.waiting import Waiting
from jobs.street.queue import open_queue
from tests.bot.commands.chat import Chat, shown


@pytest.fixture
def places(chat: Chat) -> Waiting:
    bot = chat.running.bot
    return Waiting(bot.redis, bot.store, bot.requests.front, bot.board)


def test_a_place_that_has_changed_is_told_once(chat: Chat, places: Waiting) -> None:
    _, first = chat.compose()
    second, _ = chat.compose(user=chat.bert)
    third, _ = chat.compose(user=chat.clara, locale="de")
    buttons = third.buttons
    chat.running.do(places.tell())
    open_queue(chat.redis).remove(first.id)  # a worker has begun it
    edits = third.edits
    for _ in range(3):
        chat.running.do(places.tell())
    assert third.edits == edits + 1
    assert "2." in shown(third)
    assert third.buttons == buttons
    assert shown(second) == "**Queued, 2nd**"  # it comes next: a worker may begin it just now


def test_one_that_waits_for_others_of_the_same_person_is_told_its_true_place(
    chat: Chat, places: Waiting
) -> None:
    chat.compose()
    held_back, _ = chat.compose()
    chat.compose(user=chat.bert)
    assert shown(held_back) == "**Queued, 2nd**"
    chat.running.do(places.tell())
    assert shown(held_back) == "**Queued, 3rd**"


def test_only_some_are_told_at_a_time(chat: Chat, places: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.waiting, "EDITS_A_ROUND", 1)
    messages = [chat.compose(user=user)[0] for user in (chat.anna, chat.bert, chat.clara)]
    chat.running.do(places.tell())
    assert [message.edits for message in messages] == [0, 1, 0]
    chat.running.do(places.tell())
    assert [message.edits for message in messages] == [0, 1, 1]


def test_an_edit_that_discord_delays_ends_the_round_and_is_made_in_another(
    chat: Chat, places: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.waiting, "EDIT_SECONDS", 0.1)
    messages = [chat.compose(user=user)[0] for user in (chat.anna, chat.bert, chat.clara)]
    with capture_logs() as logs, chat.server.hold("PATCH", f"/messages/{messages[1].id}"):
        chat.running.do(places.tell())
    told = [each["log_level"] for each in logs if each["event"].startswith("places.")]
    assert (told, messages[2].edits) == (["debug"], 0)
    monkeypatch.setattr(bot.waiting, "EDIT_SECONDS", 5.0)
    chat.running.do(places.tell())
    assert messages[2].edits == 1


def test_messages_that_are_gone_or_done_are_let_be(chat: Chat, places: Waiting) -> None:
    chat.compose()
    gone, _ = chat.compose(user=chat.bert)
    done, stored = chat.compose(user=chat.clara)
    chat.server.delete_message(gone)
    chat.finish(stored)
    chat.running.do(places.tell())
    assert len(done.files) == 3
    assert "Queued" not in shown(done)
    chat.server.pardon("10008 Unknown Message")
