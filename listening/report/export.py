"""A study's votes as a table for other programs: pseudonymised."""

import csv
import io
from collections.abc import Sequence

from listening.report.count import count
from listening.study.design import Design
from listening.study.question import Role
from listening.study.vote import LeftOut, Vote

HEADINGS = (
    "study",
    "listener",
    "kind",
    "role",
    "first_excerpt",
    "first_condition",
    "second_excerpt",
    "second_condition",
    "answer",
    "seconds_to_answer",
    "left_out",
)


def votes_csv(design: Design, votes: Sequence[Vote]) -> str:
    """One row for each answered question.

    Listeners stand in it under their pseudonyms, in the order in which they came. No moment of the clock is
    told, as by it voters might be known: only how long an answer took.
    """
    unreliable = set(count(design, votes).unreliable)
    conditions = {excerpt.id: excerpt.condition for excerpt in design.excerpts}
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADINGS)
    for vote in votes:
        question, reason = vote.question, vote.left_out
        if reason is None and vote.listener in unreliable and question.role is Role.ORDINARY:
            reason = LeftOut.UNRELIABLE
        second = question.second
        writer.writerow(
            [
                design.name,
                vote.listener,
                question.kind.value,
                question.role.value,
                question.first,
                conditions[question.first],
                second or "",
                "" if second is None else conditions[second],
                vote.answer.value,
                round((vote.answered_at - vote.shown_at).total_seconds(), 1),
                "" if reason is None else reason.value,
            ]
        )
    return file.getvalue()
