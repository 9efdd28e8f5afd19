"""Sets of ratings that listeners give one after another: how far one is, and what was rated in it."""

from sqlalchemy import Select, select

from listening.store.database import Transaction
from listening.store.question import Ballot, Voted, read_question, voted
from listening.store.study import StudyState, read_study
from listening.store.study_tables import Study, StudyListener, StudyQuestion
from listening.study.question import Kind


class ListeningSets:
    """Sets in the open study; every method is a transaction, with errors as those of `Store`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def begun(self, user_id: int) -> tuple[int, int] | None:
        """Returns step and steps of the rating that a listener was asked for last and still owes, if any."""
        query = _own(user_id).where(StudyQuestion.answer.is_(None)).order_by(StudyQuestion.place.desc())
        with self._transaction() as session:
            study = session.scalars(select(Study).where(Study.state == StudyState.OPEN)).first()
            withdrawn = frozenset() if study is None else read_study(session, study).withdrawn
            for row in session.scalars(query):
                if not withdrawn & set(read_question(row).excerpts):
                    return row.step, row.steps
        return None

    def rated(self, user_id: int, last: int) -> list[Voted]:
        """Returns a listener's so many last ratings, in the order in which they were asked for."""
        query = _own(user_id).where(StudyQuestion.answer.is_not(None))
        with self._transaction() as session:
            study = session.scalars(select(Study).where(Study.state == StudyState.OPEN)).first()
            if study is None:
                return []
            stored = read_study(session, study)
            rows = session.scalars(query.order_by(StudyQuestion.place.desc()).limit(last)).all()
            told = []
            for row in reversed(rows):
                ballot = Ballot.COUNTED if row.left_out is None else Ballot(row.left_out)
                is_gone = bool(stored.withdrawn & set(read_question(row).excerpts))
                told.append(voted(stored.design, row, Ballot.DELETED if is_gone else ballot))
        return told


_OWN = (
    select(StudyQuestion)
    .join(StudyListener, StudyListener.id == StudyQuestion.listener_id)
    .join(Study, Study.id == StudyListener.study_id)
    .where(Study.state == StudyState.OPEN, StudyQuestion.kind == Kind.LISTEN)
)


def _own(user_id: int) -> Select[StudyQuestion]:
    return _OWN.where(StudyListener.user_id == user_id)
