"""`/show`, `/queue` and `/cancel`."""

import sqlite3

import pytest

from cards.catalogue import text
from jobs.street import ledger
from jobs.street.blobs import Kind, get_blob
from jobs.street.queue import accepted, open_queue
from jobs.task import RenderTask
from listening.store.message import State
from tests.bot.commands.chat import FILES, Chat, shown

NOT_READY = "This piece is not ready yet: try again in a moment."


def state_of(chat: Chat, request_id: str) -> State:
    stored = chat.store.messages.get(request_id)
    assert stored is not None
    return stored.state


class TestShow:
    """A piece of this server again."""

    def test_it_is_rendered_anew(self, chat: Chat) -> None:
        _, stored = chat.piece(style="baroque")
        message = chat.slash("show", chat.bert, "de", id=f" {stored.id.upper()} ")
        rendering = chat.sent(message)
        task = accepted(chat.redis, rendering.id)
        assert isinstance(task, RenderTask)
        assert (task.piece.id, task.piece.request.locale) == (stored.id, "de")
        assert get_blob(chat.redis, task.id, Kind.MIDI) == FILES[Kind.MIDI]
        after = chat.finish(rendering)
        assert (after.state, after.piece_id, len(message.files)) == (State.DELIVERED, stored.id, 3)
        assert chat.store.count() == 1

    @pytest.mark.parametrize(
        "typed", ["nothing", "23456789ab", "", "' OR 1=1 --", "**@everyone**", "é" * 2000]
    )
    def test_there_has_to_be_one(self, chat: Chat, typed: str) -> None:
        sentence = chat.private("show", id=typed)
        assert sentence.startswith("There is no piece “")
        assert len(sentence) < 300
        assert chat.rows() == 0

    def test_it_has_to_be_of_this_server(self, chat: Chat) -> None:
        _, stored = chat.piece()
        elsewhere = Chat(chat.server, chat.running, chat.store, chat.redis)
        assert elsewhere.private("show", id=stored.id).startswith("This piece was composed in another server")
        assert chat.rows() == 1

    def test_it_has_to_be_done(self, chat: Chat) -> None:
        _, stored = chat.compose()
        assert chat.private("show", id=stored.id) == NOT_READY
        elsewhere = Chat(chat.server, chat.running, chat.store, chat.redis)
        assert elsewhere.private("show", id=stored.id).startswith("There is no piece")


class TestQueue:
    """One's own requests and those of others in the same server."""

    def test_nothing_waits(self, chat: Chat) -> None:
        page = chat.page("queue")
        assert "fields" not in page
        assert "workers: 1" in page

    def test_own_and_others(self, chat: Chat) -> None:
        _, first = chat.compose()
        _, second = chat.compose(user=chat.bert)
        _, third = chat.compose()
        elsewhere = Chat(chat.server, chat.running, chat.store, chat.redis)
        _, hidden = elsewhere.compose()
        own, others = chat.slash("queue").embeds[0]["fields"]
        assert first.id in own["value"]
        assert third.id in own["value"]
        assert "1st" in own["value"].splitlines()[0]
        assert others["value"].endswith(f"<@{chat.bert.id}>")
        assert second.id not in others["value"]
        assert hidden.id not in own["value"] + others["value"]
        footer = chat.slash("queue").embeds[0]["footer"]["text"]
        assert "workers: 1" in footer

    def test_one_is_being_made(self, chat: Chat) -> None:
        _, stored = chat.compose()
        open_queue(chat.redis).remove(stored.id)  # as a worker does that takes it
        page = chat.page("queue")
        assert "being made: 1" in page
        assert "Waiting in all: 0" in page
        assert stored.id in page

    def test_many_are_shortened(self, chat: Chat) -> None:
        chat.store.guilds.change(chat.guild.id, user_limit=20)
        for _ in range(10):
            chat.compose()
        assert "2" in chat.slash("queue").embeds[0]["fields"][0]["value"].splitlines()[-1]
        page = chat.page("queue", chat.bert, "de")
        assert str(chat.anna.id) in page


class TestCancel:
    """Requests withdrawn by a command."""

    def test_nothing_is_to_be_withdrawn(self, chat: Chat) -> None:
        chat.compose(user=chat.bert)
        assert chat.private("cancel").startswith("Nothing of yours is waiting")
        for typed in ("nothing", "23456789ab", "' OR 1=1 --"):
            assert chat.private("cancel", id=typed).startswith("Nothing of yours is waiting")

    def test_all_of_ones_own(self, chat: Chat) -> None:
        requests = [chat.compose() for _ in range(2)]
        _, other = chat.compose(user=chat.bert)
        elsewhere = Chat(chat.server, chat.running, chat.store, chat.redis)
        assert chat.private("cancel") == "Withdrawn: 2."
        for message, stored in requests:
            chat.settled(stored)
            assert chat.row(message).state is State.CANCELED
            assert message.buttons == []
        assert ledger.open_tasks(chat.redis) == [other.id]
        assert elsewhere.private("cancel").startswith("Nothing of yours")

    def test_one_that_was_never_shown(self, chat: Chat) -> None:
        answers = chat.server.fail_next(
            "POST", "/callback$", None, times=2
        )  # of the request, and of the excuse
        chat.server.slash(chat.anna, chat.channel, "compose")
        chat.server.wait(lambda: answers.hits == 2)
        (stored,) = chat.store.messages.unfinished()
        assert chat.private("cancel") == "Withdrawn: 1."
        assert state_of(chat, stored.id) is State.CANCELED
        assert [each for each in chat.channel.messages.values() if not each.is_ephemeral] == []
        chat.server.pardon("Unknown Webhook")

    def test_one_whose_message_was_not_noted(self, chat: Chat) -> None:
        message, stored = chat.compose()
        chat.redis.flushall()
        with sqlite3.connect(chat.file) as connection:
            connection.execute("UPDATE messages SET message_id = NULL, state = 'asked'")
        connection.close()
        assert chat.private("cancel") == "Withdrawn: 1."
        assert state_of(chat, stored.id) is State.CANCELED
        assert (shown(message), message.buttons) == (text("canceled"), [])
        assert [each for each in chat.channel.messages.values() if not each.is_ephemeral] == [message]

    def test_by_id(self, chat: Chat) -> None:
        message, stored = chat.compose()
        assert chat.private("cancel", chat.bert, id=stored.id).startswith("Only whoever asked")
        elsewhere = Chat(chat.server, chat.running, chat.store, chat.redis)
        assert elsewhere.private("cancel", elsewhere.clara, id=stored.id).startswith("Nothing of yours")
        assert chat.private("cancel", chat.clara, id=f" {stored.id} ").startswith("It is being withdrawn")
        chat.settled(stored)
        assert chat.row(message).state is State.CANCELED
        assert chat.private("cancel", id=stored.id).startswith("This piece is not waiting any more")

    def test_one_that_a_worker_has(self, chat: Chat) -> None:
        message, stored = chat.compose()
        open_queue(chat.redis).remove(stored.id)
        chat.redis.hset(f"rq:job:{stored.id}", "status", "started")
        assert chat.private("cancel", id=stored.id).startswith("It is being withdrawn")
        assert chat.redis.exists(f"etude:canceled:{stored.id}")
        assert chat.row(message).state is State.WAITING
        assert chat.cancel(stored).state is State.CANCELED
        assert shown(message) == "Canceled."

    def test_own_ones_are_offered(self, chat: Chat) -> None:
        _, stored = chat.compose(style="baroque")
        chat.compose(user=chat.bert)

        def offered(typed: str) -> list[object]:
            choices = chat.server.autocomplete(chat.anna, chat.channel, "cancel", "id", typed)
            return [choice["value"] for choice in choices]

        assert offered("") == [stored.id]
        assert offered(stored.id[:4].upper()) == [stored.id]
        assert offered("No.") == [stored.id]
        for typed in ("x" * 100, "**", "🎹", "%", "\\"):
            assert offered(typed) == []
