"""The questions of the open study: put to listeners, answered, told about.

Whatever is under way stands in the database: a question survives a restart between being asked and being
answered, and its buttons need to carry nothing but its id and the answer.
"""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobs.audio import AudioFormat
from jobs.request import new_piece_id
from listening.store.counters import take_turn
from listening.store.database import Transaction, may_be_id
from listening.store.errors import StudyError
from listening.store.question import (
    Asked,
    Ballot,
    Clip,
    Score,
    Voted,
    needed_seconds,
    read_question,
    truth,
    voted,
)
from listening.store.study import StudyState, read_study
from listening.store.study_tables import Study, StudyExcerpt, StudyListener, StudyQuestion
from listening.store.tables import Message
from listening.study.order import next_question
from listening.study.question import ANSWERS, Answer, Kind, Question, Role
from listening.study.vote import LeftOut


class Questions:
    """The open study's questions; every method is a transaction, with errors as those of `Store`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def ask(self, kind: Kind, *, user_id: int, guild_id: int, step: int = 1, steps: int = 1) -> Asked | None:
        """Returns what a listener is to be asked next, which is stored; one not answered yet comes again.

        Args:
            kind: how to ask.
            user_id: the listener, by Discord's id.
            guild_id: the server in which they are asked.
            step: the place of this question in the set that was begun, such as 3 of 10.
            steps: the size of that set.

        Returns:
            None where they have heard all that this study can ask so.

        Raises:
            StudyError: no study is open.
        """
        with self._transaction() as session:
            take_turn(session)
            study = session.scalars(select(Study).where(Study.state == StudyState.OPEN)).first()
            if study is None:
                raise StudyError("No listening study is open here: try again when one is announced.")
            listener = _listener(session, study, user_id)
            stored = read_study(session, study)
            row = self._pending(session, listener, kind, stored.withdrawn)
            if row is None:
                before = list(
                    session.scalars(
                        select(StudyQuestion)
                        .where(StudyQuestion.listener_id == listener.id)
                        .order_by(StudyQuestion.turn)
                    )
                )
                question = next_question(
                    stored.design,
                    listener.number,
                    kind,
                    [read_question(one) for one in before],
                    stored.withdrawn,
                )
                if question is None:
                    return None
                row = StudyQuestion(
                    id=new_piece_id(),
                    listener_id=listener.id,
                    kind=kind,
                    place=sum(one.kind == kind for one in before) + 1,
                    role=question.role,
                    first_id=question.first,
                    second_id=question.second,
                    guild_id=guild_id,
                    turn=len(before) + 1,
                )
                session.add(row)
            row.step, row.steps, row.guild_id = step, steps, guild_id
            session.flush()
            return Asked(
                id=row.id,
                kind=kind,
                place=row.place,
                step=step,
                steps=steps,
                first=_clip(session, row.first_id),
                second=None if row.second_id is None else _clip(session, row.second_id),
            )

    def shown(self, question_id: str, at: datetime | None = None) -> None:
        """Stores that a question's audio appeared before its listener; the first time counts.

        Args:
            question_id: as in `Asked`.
            at: when, aware of its time zone; now, where not given.
        """
        with self._transaction() as session:
            take_turn(session)
            row = session.get(StudyQuestion, question_id) if may_be_id(question_id) else None
            if row is not None and row.shown_at is None:
                row.shown_at = at or datetime.now(UTC)

    def answer(
        self,
        question_id: str,
        user_id: int,
        answer: Answer,
        *,
        at: datetime | None = None,
        appeared: datetime | None = None,
    ) -> Voted:
        """Stores an answer, once: whatever comes later for the same question changes nothing.

        Args:
            question_id: as in `Asked`.
            user_id: who answers.
            answer: one of `ANSWERS` for its kind.
            at: when, aware of its time zone; now, where not given.
            appeared: when the message with the question appeared, for where a crash kept `shown` from being
                stored; without either, the answer is too early.

        Raises:
            StudyError: the question cannot be answered so.
        """
        at = at or datetime.now(UTC)
        with self._transaction() as session:
            take_turn(session)
            row = session.get(StudyQuestion, question_id) if may_be_id(question_id) else None
            listener = None if row is None else session.get(StudyListener, row.listener_id)
            if row is None or listener is None or listener.user_id != user_id:
                return Voted(Ballot.UNKNOWN)
            if answer not in ANSWERS[Kind(row.kind)]:
                raise StudyError(
                    f"A {row.kind} is not answered by {answer.value!r}: press one of its buttons."
                )
            study = session.get_one(Study, listener.study_id)
            stored = read_study(session, study)
            if row.answer is not None:
                return voted(stored.design, row, Ballot.ALREADY)
            if study.state != StudyState.OPEN:
                return Voted(Ballot.CLOSED, Kind(row.kind), step=row.step, steps=row.steps)
            question = read_question(row)
            row.answer, row.answered_at = answer, at
            row.shown_at = row.shown_at or appeared or at
            heard = (at - row.shown_at).total_seconds()
            left_out = None
            if heard < needed_seconds(stored.design, question):
                left_out = LeftOut.TOO_EARLY
            elif _asked_for(session, question, user_id):
                left_out = LeftOut.OWN
            row.left_out = left_out
            session.flush()
            if stored.withdrawn & set(question.excerpts):
                return voted(stored.design, row, Ballot.DELETED)
            return voted(stored.design, row, Ballot.COUNTED if left_out is None else Ballot(left_out.value))

    def score(self, user_id: int) -> Score:
        """Returns how a listener's guesses in the open study went; none where no study is open."""
        guesses = (
            select(StudyQuestion, StudyExcerpt.about)
            .join(StudyListener, StudyListener.id == StudyQuestion.listener_id)
            .join(Study, Study.id == StudyListener.study_id)
            .join(StudyExcerpt, StudyExcerpt.id == StudyQuestion.first_id)
            .where(
                Study.state == StudyState.OPEN,
                StudyListener.user_id == user_id,
                StudyQuestion.kind == Kind.GUESS,
                StudyQuestion.role == Role.ORDINARY,
                StudyQuestion.answer.is_not(None),
                StudyQuestion.left_out.is_(None),
                StudyExcerpt.is_withdrawn.is_(False),
            )
        )
        with self._transaction() as session:
            study = session.scalars(select(Study).where(Study.state == StudyState.OPEN)).first()
            if study is None:
                return Score(0, 0)
            design = read_study(session, study).design
            found = [
                row.answer == truth(design.condition(about["condition"]))
                for row, about in session.execute(guesses)
            ]
        return Score(len(found), sum(found))

    def _pending(
        self, session: Session, listener: StudyListener, kind: Kind, withdrawn: frozenset[str]
    ) -> StudyQuestion | None:
        """The question that was asked and not answered yet, if all of it can still be played."""
        query = select(StudyQuestion).where(
            StudyQuestion.listener_id == listener.id,
            StudyQuestion.kind == kind,
            StudyQuestion.answer.is_(None),
        )
        for row in session.scalars(query.order_by(StudyQuestion.place.desc())):
            if not withdrawn & set(read_question(row).excerpts):
                return row
        return None


def _listener(session: Session, study: Study, user_id: int) -> StudyListener:
    """The listener in this study; whoever comes first time gets the next number."""
    here = StudyListener.study_id == study.id
    known = session.scalars(select(StudyListener).where(here, StudyListener.user_id == user_id)).first()
    if known is not None:
        return known
    last = session.scalars(select(func.max(StudyListener.number)).where(here)).one()
    listener = StudyListener(study_id=study.id, number=(last or 0) + 1, user_id=user_id)
    session.add(listener)
    session.flush()
    return listener


def _clip(session: Session, excerpt_id: str) -> Clip:
    query = select(StudyExcerpt.audio, StudyExcerpt.audio_format, StudyExcerpt.about)
    audio, audio_format, about = session.execute(query.where(StudyExcerpt.id == excerpt_id)).one()
    return Clip(audio, AudioFormat(audio_format), about["seconds"])


def _asked_for(session: Session, question: Question, user_id: int) -> bool:
    """Whether one of the pieces that are heard was composed at this listener's own request."""
    own = (
        select(func.count())
        .select_from(StudyExcerpt)
        .join(Message, Message.id == StudyExcerpt.piece_id)
        .where(StudyExcerpt.id.in_(question.excerpts), Message.user_id == user_id)
    )
    return session.scalars(own).one() > 0
