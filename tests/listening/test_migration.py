from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from jobs.result import GenerationResult
from jobs.task import RenderTask
from listening.store.database import connect
from listening.store.errors import RevisionError
from listening.store.message import State
from listening.store.migration import REVISION_TABLE, alembic_config, migrate, revisions
from listening.store.store import open_store
from listening.store.tables import Base


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    engine = connect(database_url, tmp_path)
    yield engine
    engine.dispose()


def test_the_migrated_tables_are_those_of_the_models(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        assert (
            compare_metadata(
                MigrationContext.configure(connection, opts={"version_table": REVISION_TABLE}), Base.metadata
            )
            == []
        )


def test_every_revision_can_be_taken_back_and_run_again(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["etude_revision"]
        assert revisions(connection) == set()
    migrate(engine)
    with engine.connect() as connection:
        assert revisions(connection) == set(
            ScriptDirectory.from_config(alembic_config(connection)).get_heads()
        )


def test_opening_again_keeps_what_is_there(
    database_url: str, tmp_path: Path, compose: Callable[..., GenerationResult]
) -> None:
    result = compose(b"notes")
    with open_store(database_url, tmp_path) as store:
        store.add_piece(result, b"notes", None)
    with open_store(database_url, tmp_path) as store:
        assert [piece.result for piece in store.latest(10)] == [result]


OLD_PIECE = """
INSERT INTO pieces (id, number, created_at, checkpoint, sampler, midi_sha256, result, midi)
VALUES (:id, :number, '2026-10-01 12:00:00+00:00', :checkpoint, :sampler, :midi_sha256, :result, :midi)
"""


def test_a_database_from_before_the_bot_is_brought_on_with_its_pieces(
    engine: Engine, tmp_path: Path, compose: Callable[..., GenerationResult]
) -> None:
    result = compose(b"notes", number=41)
    values = result.model_dump(include={"id", "checkpoint", "sampler", "midi_sha256"})
    values |= {"id": result.id, "number": 41, "result": result.model_dump_json(), "midi": b"notes"}
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0002")
        connection.execute(text(OLD_PIECE), values | {"sampler": str(result.sampler)})
        connection.execute(text("UPDATE counters SET last = 41"))
        name = connection.execute(text("SELECT name FROM memory")).scalar_one()
    with open_store(engine.url.render_as_string(hide_password=False), tmp_path) as store:
        assert store.name() == name
        assert [piece.result for piece in store.latest(10)] == [result]
        assert store.next_number() == 42
        assert store.messages.requester(result.id) is None
        task = RenderTask(id="abcdefghjkmn", piece=result, reply_to=f"{name}:bot")
        with store.messages.asking(guild_id=1, channel_id=2, user_id=3) as asking:
            asking.store(task)
        store.messages.answered(task.id, 4)
        assert store.messages.close(task.id, State.DELIVERED)
        assert store.ratings.add(4, 5, 5)
        assert [rating.value for rating in store.ratings.of_piece(result.id)] == [5]
        assert store.delete_piece(result.id)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(engine: Engine, tmp_path: Path) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE etude_revision SET version_num = '9999'"))
    with pytest.raises(RevisionError, match="update Etude"):
        open_store(engine.url.render_as_string(hide_password=False), tmp_path)
    with engine.connect() as connection:
        assert revisions(connection) == {"9999"}


def test_a_migration_that_fails_leaves_the_database_as_it_was(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE pieces (foreign_thing INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        migrate(engine)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["pieces"]
