"""The tables of studies as they are now; how they came to be so stands in `migrations/versions`."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from listening.store.tables import Base, UtcDateTime


class HumanExcerpt(Base):
    """A piece by people, to be cut and played in studies to come."""

    __tablename__ = "human_excerpts"

    midi_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    midi: Mapped[bytes] = mapped_column(LargeBinary)


class Study(Base):
    """A study. `design` is `listening.study.design.Design` without its excerpts, which are rows."""

    __tablename__ = "studies"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    design: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Random: by it the ids of listeners in exports are made, which nobody can compute who does not know it.
    salt: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    design_sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class StudyExcerpt(Base):
    """An excerpt of a study. What the columns mean stands at `listening.study.design.Excerpt`."""

    __tablename__ = "study_excerpts"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey(Study.id), index=True)
    number: Mapped[int] = mapped_column(Integer)
    piece_id: Mapped[str | None] = mapped_column(String(12), index=True)
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    audio_format: Mapped[str] = mapped_column(String(8))
    # NULL: its piece was deleted, and with it the files.
    midi: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    audio: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)


class StudyListener(Base):
    """A listener of a study; `user_id` is NULL once their data were erased."""

    __tablename__ = "study_listeners"
    __table_args__ = (UniqueConstraint("study_id", "user_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, init=False)
    study_id: Mapped[int] = mapped_column(ForeignKey(Study.id))
    number: Mapped[int] = mapped_column(Integer)
    user_id: Mapped[int | None] = mapped_column(BigInteger, index=True)


class StudyQuestion(Base):
    """A question put to a listener, and the answer. What the columns mean stands at `questions.Asked`."""

    __tablename__ = "study_questions"
    # One question of a kind at a place: whoever asks twice at the same time gets the same one.
    __table_args__ = (UniqueConstraint("listener_id", "kind", "place"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    listener_id: Mapped[int] = mapped_column(ForeignKey(StudyListener.id))
    kind: Mapped[str] = mapped_column(String(16))
    place: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(16))
    first_id: Mapped[str] = mapped_column(ForeignKey(StudyExcerpt.id))
    second_id: Mapped[str | None] = mapped_column(ForeignKey(StudyExcerpt.id))
    guild_id: Mapped[int] = mapped_column(BigInteger)
    # Among all questions of the listener: in which order they came.
    turn: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer, default=1)
    steps: Mapped[int] = mapped_column(Integer, default=1)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    answer: Mapped[str | None] = mapped_column(String(16), default=None)
    left_out: Mapped[str | None] = mapped_column(String(16), default=None)
