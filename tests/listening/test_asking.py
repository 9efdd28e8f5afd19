from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from jobs.result import GenerationResult
from jobs.task import ComposeTask
from listening.store.errors import MessageError
from listening.store.message import State, StoredMessage
from listening.store.store import Store, open_store

Compose = Callable[..., GenerationResult]
Ask = Callable[..., StoredMessage]
REPLY_TO = "0123456789abcdef:bot"


class RefusedError(Exception):
    """What whoever asks raises, to be refused."""


def test_what_is_set_and_what_waits_is_told(store: Store, ask: Ask) -> None:
    store.guilds.change(8, user_limit=7)
    for state in State:
        ask(state, user_id=1, guild_id=8)
    ask(user_id=1, guild_id=9)
    ask(user_id=2, guild_id=8)
    told = []
    for guild_id, user_id in ((8, 1), (8, 2), (9, 3)):
        with store.messages.asking(guild_id=guild_id, channel_id=4, user_id=user_id) as asking:
            told.append((asking.settings, asking.user_waiting, asking.guild_waiting))
    set_, unset = store.guilds.settings(8), store.guilds.settings(9)
    assert told == [(set_, 3, 3), (set_, 1, 3), (unset, 0, 1)]


def test_who_is_refused_leaves_nothing_behind(store: Store, compose: Compose) -> None:
    task = ComposeTask(request=compose(b"notes").request, reply_to=REPLY_TO)
    with suppress(RefusedError), store.messages.asking(guild_id=1, channel_id=2, user_id=3) as asking:
        assert asking.next_number() == 1
        asking.store(task)
        raise RefusedError
    assert store.messages.get(task.id) is None
    assert store.next_number() == 1


def test_an_id_is_taken_once(store: Store, compose: Compose) -> None:
    task = ComposeTask(request=compose(b"notes").request, reply_to=REPLY_TO)
    with store.messages.asking(guild_id=1, channel_id=2, user_id=3) as asking:
        asking.store(task)
    stored = store.messages.get(task.id)
    with (
        pytest.raises(MessageError, match="ask again"),
        store.messages.asking(guild_id=1, channel_id=2, user_id=4) as asking,
    ):
        asking.store(task)
    assert store.messages.get(task.id) == stored


def test_no_limit_is_passed_by_those_who_ask_at_once(
    store: Store, compose: Compose, database_url: str, tmp_path: Path
) -> None:
    """Threads of two processes, as far as the database can tell, each asking on behalf of somebody else."""

    def ask(at: Store, user_id: int) -> None:
        with suppress(RefusedError), at.messages.asking(guild_id=1, channel_id=2, user_id=user_id) as asking:
            if asking.guild_waiting >= 5:
                raise RefusedError
            request = compose(b"notes", number=asking.next_number()).request
            asking.store(ComposeTask(request=request, reply_to=REPLY_TO))

    with open_store(database_url, tmp_path) as other, ThreadPoolExecutor(8) as threads:
        for user_id in range(24):
            threads.submit(ask, (store, other)[user_id % 2], user_id)
    taken = store.messages.unfinished()
    assert [each.payload["request"]["number"] for each in taken if each.payload] == [1, 2, 3, 4, 5]
