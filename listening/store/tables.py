"""The tables as they are now; how they came to be so stands in `migrations/versions`."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware of it on every database: SQLite keeps no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Returns an aware `value` in UTC."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Returns `value`, naive UTC or in the server's time zone, as an aware time in UTC."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Base of all tables. Constraints get names, by which later revisions can alter them on SQLite too."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
        }
    )


class Counter(Base):
    """The last number that was given out, for each kind of thing that is numbered.

    A row and not a sequence, which SQLite lacks: one UPDATE is atomic on every database.
    """

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class Memory(Base):
    """The name of this database, one row: answers on their way from a worker are addressed to it."""

    __tablename__ = "memory"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)


class Piece(Base):
    """A composed piece.

    `result` is the truth: the whole `jobs.result.GenerationResult`, request and versions included.
    `style`, `checkpoint` and `sampler` are copies of what is in it, for queries that choose pieces by them.
    """

    __tablename__ = "pieces"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    style: Mapped[str | None] = mapped_column(Text)
    checkpoint: Mapped[str] = mapped_column(String(64))
    sampler: Mapped[str] = mapped_column(String(16))
    midi_sha256: Mapped[str] = mapped_column(String(64))
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The files come last: SQLite walks through what stands before a column to read it.
    midi: Mapped[bytes] = mapped_column(LargeBinary)
    primer: Mapped[bytes | None] = mapped_column(LargeBinary)
