"""Studies: made, opened, closed, and what listeners answered in them.

One study is open at a time in a database, and so in all servers: its listeners are one sample of people, its
operator opens it from the command line, and nobody has to choose between studies in the chat. Who voted in
which server is stored, so that a server's moderators get the votes of their own server alone.
"""

import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from jobs.audio import AudioFormat
from listening.store.counters import take_turn
from listening.store.database import Transaction
from listening.store.errors import StudyError
from listening.store.question import read_question
from listening.store.study import StoredStudy, StudyState, read_study
from listening.store.study_tables import Study, StudyExcerpt, StudyListener, StudyQuestion
from listening.study.design import Condition, Design, Excerpt
from listening.study.question import Answer
from listening.study.vote import LeftOut, Vote, pseudonym


class Studies:
    """Studies; every method is a transaction, with errors as those of `Store`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def create(self, design: Design) -> StoredStudy:
        """Stores a new study, a draft; the design's excerpts are added one by one.

        Raises:
            StudyError: there is one of that name already, or the design has excerpts.
        """
        if design.excerpts:
            raise StudyError("A study begins without excerpts: add them one by one.")
        with self._transaction() as session:
            take_turn(session)
            if session.scalars(select(Study.id).where(Study.name == design.name)).first() is not None:
                raise StudyError(f"There is a study {design.name!r} already: give another name.")
            study = Study(
                name=design.name,
                state=StudyState.DRAFT,
                design=asdict(design),
                salt=secrets.token_hex(32),
                created_at=datetime.now(UTC),
            )
            session.add(study)
            session.flush()
            return read_study(session, study)

    def add(
        self, name: str, condition: Condition, excerpt: Excerpt, midi: bytes, audio: bytes, kind: AudioFormat
    ) -> None:
        """Adds an excerpt with its files to a draft, and its condition where that is new.

        Raises:
            StudyError: there is no such study, it is open or closed, or its condition of that name is
                another.
        """
        if excerpt.condition != condition.name:
            raise StudyError(f"The excerpt {excerpt.id} stands for another condition than {condition.name}.")
        with self._transaction() as session:
            take_turn(session)
            study = _draft(session, name)
            design = read_study(session, study).design
            known = {one.name: one for one in design.conditions}
            if known.setdefault(condition.name, condition) != condition:
                raise StudyError(
                    f"The study {name!r} has another condition {condition.name!r} already: give another name."
                )
            changed = replace(design, conditions=tuple(known.values()), excerpts=())
            study.design = asdict(changed)
            session.add(
                StudyExcerpt(
                    id=excerpt.id,
                    study_id=study.id,
                    number=len(design.excerpts) + 1,
                    piece_id=excerpt.piece_id,
                    about=asdict(excerpt),
                    audio_format=kind.value,
                    midi=midi,
                    audio=audio,
                )
            )

    def check_draft(self, name: str) -> None:
        """Refuses to go on with a study that is not a draft.

        Raises:
            StudyError: there is no such study, or its design is frozen.
        """
        with self._transaction() as session:
            _draft(session, name)

    def open(self, name: str) -> StoredStudy:
        """Opens a draft to listeners; from then on its design is frozen.

        Raises:
            StudyError: there is no such draft, another study is open, or there is nothing to compare.
        """
        with self._transaction() as session:
            take_turn(session)
            study = _draft(session, name)
            other = session.scalars(select(Study.name).where(Study.state == StudyState.OPEN)).first()
            if other is not None:
                raise StudyError(f"The study {other!r} is open: close it first.")
            stored = read_study(session, study)
            if len(stored.design.compared) < 2:
                raise StudyError(
                    f"The study {name!r} has nothing to compare: prepare excerpts of two conditions or more."
                )
            study.state, study.opened_at = StudyState.OPEN, datetime.now(UTC)
            study.design_sha256 = stored.design.digest()
            session.flush()
            return read_study(session, study)

    def close(self, name: str) -> StoredStudy:
        """Closes the open study of that name: nothing more is asked, answers come too late.

        Raises:
            StudyError: it is not open.
        """
        with self._transaction() as session:
            take_turn(session)
            study = _named(session, name)
            if study.state != StudyState.OPEN:
                raise StudyError(f"The study {name!r} is not open: `etude listening list` says which one is.")
            study.state, study.closed_at = StudyState.CLOSED, datetime.now(UTC)
            session.flush()
            return read_study(session, study)

    def discard(self, name: str) -> None:
        """Removes a draft with its excerpts.

        Raises:
            StudyError: there is no such draft.
        """
        with self._transaction() as session:
            take_turn(session)
            study = _draft(session, name)
            session.execute(delete(StudyExcerpt).where(StudyExcerpt.study_id == study.id))
            session.delete(study)

    def get(self, name: str) -> StoredStudy:
        """Returns a study.

        Raises:
            StudyError: there is none of that name.
            RevisionError: it is not what was opened, or was written by another version.
        """
        with self._transaction() as session:
            return read_study(session, _named(session, name))

    def opened(self) -> StoredStudy | None:
        """Returns the study that is open, if there is one, with errors as `get`."""
        with self._transaction() as session:
            study = session.scalars(select(Study).where(Study.state == StudyState.OPEN)).first()
            return None if study is None else read_study(session, study)

    def latest(self) -> StoredStudy | None:
        """Returns the study that is open, else the one that was closed last, if there is one."""
        order = (Study.closed_at.is_(None).desc(), Study.closed_at.desc())
        opened = select(Study).where(Study.opened_at.is_not(None)).order_by(*order).limit(1)
        with self._transaction() as session:
            study = session.scalars(opened).first()
            return None if study is None else read_study(session, study)

    def all(self) -> list[StoredStudy]:
        """Returns all studies, the oldest first."""
        with self._transaction() as session:
            return [read_study(session, study) for study in session.scalars(select(Study).order_by(Study.id))]

    def files(self, excerpt_id: str) -> tuple[bytes, bytes, AudioFormat] | None:
        """Returns an excerpt's MIDI and audio; None where there is none, or its piece was deleted."""
        query = select(StudyExcerpt.midi, StudyExcerpt.audio, StudyExcerpt.audio_format)
        with self._transaction() as session:
            found = session.execute(query.where(StudyExcerpt.id == excerpt_id)).first()
        if found is None or found.midi is None or found.audio is None:
            return None
        return found.midi, found.audio, AudioFormat(found.audio_format)

    def votes(self, name: str, guild_id: int | None = None) -> list[Vote]:
        """Returns all that was answered in a study, in the order in which listeners came and were asked.

        Args:
            name: of the study.
            guild_id: only the answers given in this server.

        Raises:
            StudyError: there is none of that name.
        """
        query = (
            select(StudyQuestion, StudyListener)
            .join(StudyListener, StudyListener.id == StudyQuestion.listener_id)
            .where(StudyQuestion.answer.is_not(None))
            .order_by(StudyListener.number, StudyQuestion.turn)
        )
        if guild_id is not None:
            query = query.where(StudyQuestion.guild_id == guild_id)
        with self._transaction() as session:
            study = _named(session, name)
            gone = read_study(session, study).withdrawn
            return [
                _vote(study, listener, row, gone)
                for row, listener in session.execute(query.where(StudyListener.study_id == study.id))
            ]

    def listeners(self, name: str) -> int:
        """Returns how many listeners a study has asked."""
        with self._transaction() as session:
            study = _named(session, name)
            count = select(func.count()).select_from(StudyListener).where(StudyListener.study_id == study.id)
            return session.scalars(count).one()


def withdraw(session: Session, piece_id: str) -> None:
    """Takes a deleted piece's excerpts and their files out of all studies; votes on them stay, uncounted."""
    session.execute(
        update(StudyExcerpt)
        .where(StudyExcerpt.piece_id == piece_id)
        .values(is_withdrawn=True, midi=None, audio=None)
    )


def _named(session: Session, name: str) -> Study:
    known = select(Study).where(Study.name == name)
    study = session.scalars(known).first() if name.isprintable() else None  # a database takes no broken UTF-8
    if study is None:
        raise StudyError(f"There is no study {name!r}: `etude listening list` names those that there are.")
    return study


def _draft(session: Session, name: str) -> Study:
    study = _named(session, name)
    if study.state != StudyState.DRAFT:
        raise StudyError(
            f"The study {name!r} was opened, and its design is frozen since: prepare another one."
        )
    return study


def _vote(study: Study, listener: StudyListener, row: StudyQuestion, gone: frozenset[str]) -> Vote:
    question = read_question(row)
    left_out = None if row.left_out is None else LeftOut(row.left_out)
    assert row.answer is not None  # noqa: S101 - for the type checker: the query asks for nothing else
    assert row.shown_at is not None  # noqa: S101 - the same: nothing is answered before
    assert row.answered_at is not None  # noqa: S101 - the same
    return Vote(
        listener=pseudonym(study.salt, listener.id),
        question=question,
        answer=Answer(row.answer),
        shown_at=row.shown_at,
        answered_at=row.answered_at,
        left_out=LeftOut.DELETED if gone & set(question.excerpts) else left_out,
    )
