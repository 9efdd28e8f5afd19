"""Brings a database to the tables of this version, whoever else starts at the same time."""

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, column, inspect, select, table
from sqlalchemy.exc import OperationalError

from listening.store.database import BUSY_SECONDS
from listening.store.errors import RevisionError

MIGRATIONS = Path(__file__).parent / "migrations"
REVISION_TABLE = "etude_revision"
"""Where a database's revision stands; not Alembic's own name for it, which other programs use."""

ADVISORY_LOCK = int.from_bytes(b"etude")
"""The number under which processes that migrate one PostgreSQL database exclude each other."""


def migrate(engine: Engine) -> None:
    """Runs the revisions that the database lacks, all in one transaction, under a lock.

    Raises:
        RevisionError: the database was written by a newer version.
        sqlalchemy.exc.SQLAlchemyError: whatever else the database says.
    """
    with engine.connect() as connection:
        config = alembic_config(connection)
        if revisions(connection) == set(ScriptDirectory.from_config(config).get_heads()):
            return
        connection.detach()  # so that it is closed afterwards, with what is set for the migration only
        _lock(connection)
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise RevisionError(
                "The database was written by a newer version of Etude: update Etude, or set DATABASE_URL or "
                "ETUDE_DATA_DIR to another place."
            ) from None
        connection.commit()


def alembic_config(connection: Connection) -> Config:
    """Returns what Alembic's commands need to migrate the database behind an open connection."""
    config = Config(attributes={"connection": connection})
    # Alembic reads % as the start of a variable.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def revisions(connection: Connection) -> set[str]:
    """Returns the revisions that a database is at: one, or none where it is empty."""
    # Asked here and not of Alembic, which logs two lines for every look.
    if not inspect(connection).has_table(REVISION_TABLE):
        return set()
    return set(connection.scalars(select(column("version_num")).select_from(table(REVISION_TABLE))))


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        return
    _write_ahead(connection)
    # A revision that alters a table makes it anew and drops the old one: nothing may cascade from that.
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _write_ahead(connection: Connection) -> None:
    """Turns on WAL mode, which stays with the file: readers and a writer then do not wait for each other."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            # For this statement SQLite does not wait by itself when another process is at it.
            if "locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
