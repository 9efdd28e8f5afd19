from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import create_engine, text

from jobs.result import GenerationResult
from jobs.task import ComposeTask, RenderTask
from listening.store.errors import MessageError, RevisionError
from listening.store.message import Closed, State, StoredMessage
from listening.store.store import Store, open_store

Compose = Callable[..., GenerationResult]
Ask = Callable[..., StoredMessage]
REPLY_TO = "0123456789abcdef:bot"
CLOSED: tuple[Closed, ...] = get_args(Closed)


def test_a_request_comes_back_as_it_was_asked(store: Store, compose: Compose) -> None:
    composing = ComposeTask(request=compose(b"notes", style="x🎹 \\ '").request, reply_to=REPLY_TO)
    rendering = RenderTask(id="abcdefghjkmn", piece=compose(b"notes"), reply_to=REPLY_TO)
    before = datetime.now(UTC)
    for task, piece_id in ((composing, composing.id), (rendering, rendering.piece.id)):
        with store.messages.asking(guild_id=2**63 - 1, channel_id=2, user_id=3) as asking:
            asking.store(task)
        asked = store.messages.get(task.id)
        assert asked is not None
        assert (asked.id, asked.kind, asked.piece_id) == (task.id, task.kind, piece_id)
        assert (asked.guild_id, asked.channel_id, asked.user_id) == (2**63 - 1, 2, 3)
        assert (asked.state, asked.message_id, asked.reconciled_at) == (State.ASKED, None, None)
        assert before <= asked.created_at == asked.changed_at <= datetime.now(UTC)
        assert asked.task() == task


def test_an_answered_request_waits_and_is_found_by_its_message(store: Store, ask: Ask) -> None:
    asked = ask()
    answered = store.messages.answered(asked.id, 77)
    assert answered is not None
    assert (answered.state, answered.message_id) == (State.WAITING, 77)
    assert answered.changed_at > asked.changed_at
    assert store.messages.answered(asked.id, 77) == answered
    assert store.messages.by_message(77) == store.messages.get(asked.id) == answered
    assert store.messages.by_message(78) is None
    assert store.messages.answered("nothing", 79) is None


def test_a_message_answers_one_request(store: Store, ask: Ask) -> None:
    first, second = ask(), ask()
    store.messages.answered(first.id, 77)
    with pytest.raises(MessageError, match="another request"):
        store.messages.answered(second.id, 77)
    assert store.messages.get(second.id) == second


def test_a_request_that_has_ended_waits_no_more(store: Store, ask: Ask) -> None:
    for message_id, state in enumerate(CLOSED):
        asked = ask()
        assert store.messages.close(asked.id, state)
        ended = store.messages.get(asked.id)
        late = store.messages.answered(
            asked.id, message_id
        )  # the chat's answer is heard of after the worker's
        assert ended is not None
        assert late is not None
        assert (late.state, late.changed_at, late.message_id) == (state, ended.changed_at, message_id)


def test_requests_end_once_and_anything_can_be_deleted(store: Store, ask: Ask) -> None:
    for before, after in product(State, CLOSED):
        message = ask(before)
        may = before in (State.ASKED, State.WAITING, after) or after == State.DELETED
        assert store.messages.close(message.id, after) == may
        ended = store.messages.get(message.id)
        assert ended is not None
        assert ended.state == (after if may else before)
        assert (ended == message) == (ended.state == before)
        assert store.messages.close(message.id, after) == may
        assert store.messages.get(message.id) == ended


def test_what_is_not_there_cannot_end(store: Store) -> None:
    assert not store.messages.close("abcdefghjkmn", State.FAILED)


def test_of_a_deleted_message_only_the_ids_are_kept(store: Store, ask: Ask) -> None:
    message = ask(State.DELIVERED)
    store.messages.close(message.id, State.DELETED)
    deleted = store.messages.get(message.id)
    assert deleted is not None
    assert (deleted.user_id, deleted.payload, deleted.message_id) == (None, None, message.message_id)
    assert store.messages.requester(message.id) is None
    with pytest.raises(MessageError, match="was deleted"):
        deleted.task()


def test_messages_of_a_piece_and_its_requester_are_found(store: Store, compose: Compose, ask: Ask) -> None:
    composed = ask(State.DELIVERED, user_id=5)
    assert composed.payload is not None
    shown = ask(State.WAITING, user_id=6, again=compose(b"notes", **composed.payload["request"]))
    ask(State.DELIVERED)
    assert store.messages.of_piece(composed.id) == [composed, shown]
    assert store.messages.requester(composed.id) == 5
    assert store.messages.requester(shown.id) is None  # no piece, a rendering
    for typed in ("", "a\0b", "\udcff", "é", "%"):
        assert store.messages.of_piece(typed) == []
        assert store.messages.get(typed) is store.messages.requester(typed) is None


def test_who_waits_is_listed_oldest_first(store: Store, ask: Ask) -> None:
    mine = [ask(State.WAITING, user_id=1, guild_id=8), ask(user_id=1, guild_id=9)]
    theirs = ask(State.WAITING, user_id=2, guild_id=8)
    for state in CLOSED:
        ask(state, user_id=1, guild_id=8)
    assert store.messages.unfinished() == [*mine, theirs]
    assert store.messages.waiting_of_user(1) == mine
    assert store.messages.waiting_of_guild(8) == [mine[0], theirs]
    assert store.messages.waiting_of_user(3) == store.messages.waiting_of_guild(3) == []


def test_messages_are_due_for_reconciling_by_turns(store: Store, ask: Ask) -> None:
    started = datetime.now(UTC)
    oldest, middle, newest = (ask(State.DELIVERED) for _ in range(3))
    ask(State.WAITING)
    ask(State.DELETED)
    assert store.messages.delivered_since(started, 2) == [newest, middle]
    assert store.messages.delivered_since(middle.changed_at, 9) == [newest, middle]
    assert store.ratings.reconcile(newest, {})
    store.ratings.postpone(middle.id)
    due = [message.id for message in store.messages.delivered_since(started, 9)]
    assert due == [oldest.id, newest.id, middle.id]
    now = datetime.now(UTC)
    assert store.messages.delivered_since(started, 9, reconciled_before=started) == [oldest]
    assert len(store.messages.delivered_since(started, 9, reconciled_before=now)) == 3
    assert store.messages.delivered_since(now, 9) == []
    assert store.messages.delivered_since(now - timedelta(days=7), 9)[0].created_at.tzinfo is not None


def test_a_task_of_another_version_hides_no_request(store: Store, ask: Ask, database_url: str) -> None:
    waiting = ask(State.WAITING)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text('UPDATE messages SET task = \'{"kind": "sing"}\''))
    engine.dispose()
    (unfinished,) = store.messages.unfinished()
    assert unfinished.id == waiting.id
    with pytest.raises(RevisionError, match="update Etude"):
        unfinished.task()


def test_processes_that_end_a_request_at_once_agree(
    store: Store, ask: Ask, database_url: str, tmp_path: Path
) -> None:
    requests = [ask() for _ in range(5)]
    with open_store(database_url, tmp_path) as other, ThreadPoolExecutor(8) as threads:
        for asked in requests:
            ends = [
                threads.submit(at.messages.close, asked.id, state)
                for state in (State.DELIVERED, State.FAILED, State.CANCELED)
                for at in (store, other)
            ]
            answers = [threads.submit(at.messages.answered, asked.id, 77) for at in (store, other)]
            assert sum(end.result() for end in ends) == 2  # the first, said by both processes
            message = [answer.result() for answer in answers] and store.messages.get(asked.id)
            assert message is not None
            assert message.state not in (State.ASKED, State.WAITING)
            assert message.message_id == 77
            store.messages.answered(asked.id, int.from_bytes(asked.id.encode()[:7]))  # 77 is free again
