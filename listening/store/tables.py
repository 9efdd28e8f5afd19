"""The tables as they are now; how they came to be so stands in `migrations/versions`."""

from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
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


class Message(Base):
    """A request made in chat, and the message that answers it: what it shows, where, and how far it is.

    Ids of Discord are integers of 64 bits. What the columns mean stands at `messages.StoredMessage`.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "user_id", "state"),
        Index(None, "guild_id", "state"),
        Index(None, "state", "changed_at"),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    kind: Mapped[Literal["compose", "render"]] = mapped_column(String(16))
    piece_id: Mapped[str] = mapped_column(String(12), index=True)
    guild_id: Mapped[int] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    task: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    message_id: Mapped[int | None] = mapped_column(BigInteger, unique=True, default=None)
    reconciled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    last_turn: Mapped[int] = mapped_column(Integer, default=0)
    # Somebody's ratings were erased, but the reactions may still stand in the chat: see `Ratings.reconcile`.
    is_partly_erased: Mapped[bool] = mapped_column(default=False)


class Reaction(Base):
    """One of the reactions 1 to 5 that stand under a message, as far as is known.

    What the columns mean stands at `standing.Standing`.
    """

    __tablename__ = "reactions"
    __table_args__ = (CheckConstraint("value BETWEEN 1 AND 5", name="value"),)

    request_id: Mapped[str] = mapped_column(ForeignKey(Message.id), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, index=True)
    value: Mapped[int] = mapped_column(Integer, primary_key=True)
    turn: Mapped[int] = mapped_column(Integer)
    is_heard: Mapped[bool] = mapped_column()
    learned_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Guild(Base):
    """A server's settings; NULL is one that was not set. What they mean stands at `guilds.GuildSettings`."""

    __tablename__ = "guild_settings"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    default_style: Mapped[str | None] = mapped_column(Text, default=None)
    default_length_seconds: Mapped[float | None] = mapped_column(Double, default=None)
    channel_ids: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True), default=None)
    user_limit: Mapped[int | None] = mapped_column(default=None)
    is_voting_on: Mapped[bool | None] = mapped_column(default=None)
