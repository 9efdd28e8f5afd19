"""Opens a database by its URL, runs transactions on it, and says in a sentence what is wrong with it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from threading import Lock

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from listening.store.errors import DatabaseError

BUSY_SECONDS = 30
"""For how long a writer waits for another one before it gives up (SQLite)."""
CONNECT_SECONDS = 10
"""For how long a PostgreSQL server may take to answer; the URL's own `connect_timeout` goes before."""

Transaction = Callable[[], AbstractContextManager[Session]]
"""Begins a transaction, which is committed at the end of its block, or rolled back by an exception."""

_QUEUE_UP = "queue_up"


def connect(url: str | None, data_dir: Path) -> Engine:
    """Returns an engine whose connections are ready for threads; none is opened yet.

    Args:
        url: `sqlite:///…` or `postgresql://…`; a driver named in it is replaced by ours. None for the file
            `etude.db` in `data_dir`.
        data_dir: made where it is missing.

    Raises:
        DatabaseError: the URL cannot be used, or the file's folder cannot be made.
    """
    parsed = _parse(url) if url else URL.create("sqlite", database=str(data_dir / "etude.db"))
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed)
    return _sqlite(parsed)


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turns what SQLAlchemy raises inside into a `DatabaseError`; only an `IntegrityError` comes through."""
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        tell = _postgresql_sentence if url.get_backend_name() == "postgresql" else _sqlite_sentence
        raise DatabaseError(tell(url, cause)) from error


@contextmanager
def transaction(engine: Engine, writers: Lock) -> Iterator[Session]:
    """Runs its block as one transaction of a session, with errors as in `translated`.

    Args:
        engine: of the database.
        writers: one for all threads that share the engine; see `queue_up`.
    """
    with translated(engine.url), ExitStack() as ended, Session(engine) as session, session.begin():
        session.info[_QUEUE_UP] = partial(_enter, writers, ended)
        yield session


def queue_up(session: Session) -> None:
    """Waits, once and before it writes, for the writers of this process that came earlier to end.

    Whose turn it is decides the database alone. But in SQLite there is no line: whoever finds the file locked
    sleeps for up to 100 ms before looking again, and others go before meanwhile.
    """
    session.info[_QUEUE_UP]()


def _enter(writers: Lock, ended: ExitStack) -> None:
    if writers.acquire(timeout=BUSY_SECONDS):
        ended.callback(writers.release)


def may_be_id(text: str) -> bool:
    """Returns whether a database can be asked for an id that somebody typed.

    It cannot take zero characters and broken UTF-8.
    """
    return text.isascii() and text.isalnum()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        parsed = None
    # The error must not be chained: the URL, and with it the password, may stand in it.
    if parsed is None or parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseError(
            "DATABASE_URL is not understood: write postgresql://user:password@host:5432/database "
            "or sqlite:///path/to/file."
        )
    if "@" in (parsed.host or ""):
        raise DatabaseError("The user name or password in DATABASE_URL holds an @: write it there as %40.")
    return parsed


def _postgresql(url: URL) -> Engine:
    url = url.set(drivername="postgresql+psycopg")
    if "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)})
    try:
        # The ping finds out that a server was restarted before a statement is lost on it.
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except ImportError as error:
        raise DatabaseError(
            'DATABASE_URL names a PostgreSQL server, whose driver is missing: pip install "psycopg[binary]".'
        ) from error


def _sqlite(url: URL) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise DatabaseError(
            "DATABASE_URL names a database in memory, which forgets everything: write sqlite:///path/to/file."
        )
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"The folder {path.parent} cannot be made or used ({error.strerror}): "
            "set ETUDE_DATA_DIR or DATABASE_URL to a place that can be written."
        ) from error
    # IMMEDIATE: a transaction that writes takes the lock at once, and so never has to give up half-way.
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": "IMMEDIATE"},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: SqliteConnection, _: ConnectionPoolEntry) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA foreign_keys = ON")
        # NORMAL could lose the last pieces at a power cut, after their final events were acknowledged; FULL
        # costs one more wait for the disk a piece.
        cursor.execute("PRAGMA synchronous = FULL")


def _postgresql_sentence(url: URL, error: BaseException | None) -> str:
    lines = str(error).splitlines() or [""]
    # libpq: `connection to server at "host", port 5432 failed: FATAL:  database "x" does not exist`
    reason = lines[0].rpartition(": ")[2].strip()
    place = f"{url.host or 'this machine'}:{url.port or 5432}"
    return (
        f"The PostgreSQL database at {place} cannot be used ({reason}): "
        "check DATABASE_URL and that the server runs."
    )


def _sqlite_sentence(url: URL, error: BaseException | None) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        trouble, cure = "is no SQLite database or is damaged", "move it away, or put a backup in its place"
    elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        trouble, cure = f"was locked for {BUSY_SECONDS} s", "end the other program that has it open"
    elif name.startswith("SQLITE_FULL"):
        trouble, cure = "cannot grow, the disk is full", "make room on it"
    else:
        trouble, cure = f"cannot be used ({error})", "check that file and folder can be written"
    return f"The database {url.database} {trouble}: {cure}."
