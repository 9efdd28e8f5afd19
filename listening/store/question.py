"""A question put to a listener: what is known of it, and what is told of it once it is answered."""

from dataclasses import dataclass, field
from enum import StrEnum

from jobs.audio import AudioFormat
from listening.store.study_tables import StudyQuestion
from listening.study.design import Condition, Design, Excerpt, Origin
from listening.study.question import Answer, Kind, Question, Role


@dataclass(frozen=True)
class Clip:
    """What is played: nothing in it tells what it is.

    Attributes:
        audio: the file.
        audio_format: its format, by which it is named.
        seconds: how long it is.
    """

    audio: bytes = field(repr=False)
    audio_format: AudioFormat
    seconds: float


@dataclass(frozen=True)
class Asked:
    """A question that waits for its listener's answer.

    Attributes:
        id: of the question, 12 small letters and digits: what buttons carry.
        kind: how it is asked.
        place: the how manieth of this kind it is for this listener, from 1.
        step: the how manieth it is of the set of `steps` that was begun.
        steps: how many questions that set has.
        first: what is played; of a pair as A.
        second: what is played as B; None where there is no pair.
    """

    id: str
    kind: Kind
    place: int
    step: int
    steps: int
    first: Clip
    second: Clip | None


class Ballot(StrEnum):
    """What became of an answer."""

    COUNTED = "counted"
    """It is stored and counts. That reports may leave a listener out as a whole is not told here."""
    TOO_EARLY = "too_early"
    """It is stored as too early and does not count, for good."""
    OWN = "own"
    """It is stored, but the listener asked for the piece themselves: shown apart."""
    DELETED = "deleted"
    """It is stored, but the piece was deleted meanwhile: it does not count."""
    ALREADY = "already"
    """The question was answered before; that answer stands, whatever this one was."""
    CLOSED = "closed"
    """The study was closed before: nothing is stored."""
    UNKNOWN = "unknown"
    """This listener was not asked this (or their data were erased since): nothing is stored."""


@dataclass(frozen=True)
class Disclosure:
    """What a clip was, told once it is voted on.

    Attributes:
        title: of the piece.
        condition: what it stands for.
        attribution, licence: whose it is, and on what terms; None where nothing has to be said.
        piece_id: by which `/show` finds it; None where it is no piece of Etude's.
        seconds: how long it is.
    """

    title: str
    condition: Condition
    attribution: str | None
    licence: str | None
    piece_id: str | None
    seconds: float


@dataclass(frozen=True)
class Voted:
    """What became of an answer, and what is told for it.

    Attributes:
        ballot: whether it is stored, and counts.
        kind: of the question; None where it is not known.
        answer: the one that stands; None where none does.
        first, second: what was played; None where there was none or nothing is told, as to who was not asked.
        is_correct: of a guess, whether it was right; None of others.
        step, steps: as in `Asked`; the set goes on where `step` is less.
        needed_seconds: how long after the question appeared an answer counts.
    """

    ballot: Ballot
    kind: Kind | None = None
    answer: Answer | None = None
    first: Disclosure | None = None
    second: Disclosure | None = None
    is_correct: bool | None = None
    step: int = 1
    steps: int = 1
    needed_seconds: float = 0.0


@dataclass(frozen=True)
class Score:
    """A listener's guesses in the open study, as far as they count: how many, and how many were right."""

    guesses: int
    correct: int


def read_question(row: StudyQuestion) -> Question:
    """What a row asks."""
    return Question(Kind(row.kind), Role(row.role), row.first_id, row.second_id)


def needed_seconds(design: Design, question: Question) -> float:
    """How long after a question appeared an answer counts: half of all that there is to hear."""
    lengths = {excerpt.id: excerpt.seconds for excerpt in design.excerpts}
    return sum(lengths[excerpt] for excerpt in question.excerpts) / 2


def voted(design: Design, row: StudyQuestion, ballot: Ballot) -> Voted:
    """What is told of an answered question."""
    question = read_question(row)
    excerpts = {excerpt.id: excerpt for excerpt in design.excerpts}
    first = excerpts[question.first]
    right = truth(design.condition(first.condition))
    return Voted(
        ballot=ballot,
        kind=question.kind,
        answer=None if row.answer is None else Answer(row.answer),
        first=_disclosure(design, first),
        second=None if question.second is None else _disclosure(design, excerpts[question.second]),
        is_correct=row.answer == right if question.kind is Kind.GUESS else None,
        step=row.step,
        steps=row.steps,
        needed_seconds=needed_seconds(design, question),
    )


def _disclosure(design: Design, excerpt: Excerpt) -> Disclosure:
    return Disclosure(
        title=excerpt.title,
        condition=design.condition(excerpt.condition),
        attribution=excerpt.attribution,
        licence=excerpt.licence,
        piece_id=excerpt.piece_id,
        seconds=excerpt.seconds,
    )


def truth(condition: Condition) -> Answer:
    """What is right to guess of a condition."""
    return Answer.HUMAN if condition.origin is Origin.HUMAN else Answer.MACHINE
