"""A study: what is known of one, and how it is read."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from listening.store.errors import RevisionError
from listening.store.study_tables import Study, StudyExcerpt
from listening.study.design import Condition, Design, Excerpt, Origin


class StudyState(StrEnum):
    """How far a study is: it is prepared, asks listeners, or only its votes are kept."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class StoredStudy:
    """A study.

    Attributes:
        id: of the study.
        state: how far it is.
        design: what is compared.
        design_sha256: of the design as it was opened; None before.
        withdrawn: ids of excerpts whose piece was deleted.
        created_at, opened_at, closed_at: when, in UTC; None where it has not come to that.
    """

    id: int
    state: StudyState
    design: Design
    design_sha256: str | None
    withdrawn: frozenset[str]
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


def read_study(session: Session, study: Study) -> StoredStudy:
    """Returns a study as a transaction sees it, with errors as `Studies.get`."""
    rows = session.execute(
        select(StudyExcerpt.about, StudyExcerpt.id, StudyExcerpt.is_withdrawn)
        .where(StudyExcerpt.study_id == study.id)
        .order_by(StudyExcerpt.number)
    ).all()
    design = _design(study, [about for about, _, _ in rows])
    if study.design_sha256 is not None and design.digest() != study.design_sha256:
        raise RevisionError(
            f"The study {study.name!r} is not what was opened: its rows were changed, or another version of "
            "Etude wrote them; put a backup of the database in its place, or update Etude."
        )
    return StoredStudy(
        id=study.id,
        state=StudyState(study.state),
        design=design,
        design_sha256=study.design_sha256,
        withdrawn=frozenset(excerpt for _, excerpt, is_withdrawn in rows if is_withdrawn),
        created_at=study.created_at,
        opened_at=study.opened_at,
        closed_at=study.closed_at,
    )


def _design(study: Study, excerpts: list[dict[str, Any]]) -> Design:
    try:
        fields = dict(study.design)
        conditions = [
            Condition(**{**one, "origin": Origin(one["origin"])}) for one in fields.pop("conditions")
        ]
        return Design(
            **{
                **fields,
                "conditions": tuple(conditions),
                "excerpts": tuple(Excerpt(**about) for about in excerpts),
            }
        )
    except (TypeError, ValueError, KeyError) as error:
        raise RevisionError(
            f"The study {study.name!r} was written by a version of Etude that this one cannot read: "
            "update Etude."
        ) from error
