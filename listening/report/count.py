"""Which votes of a study count, which are left out and why, and which only check their listeners."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from listening.statistics.reliability import Check, Kind, Reliability, rating_checks, reliabilities
from listening.statistics.votes import Duel, Guess, Id, Outcome, Rating
from listening.study.design import Design, Origin
from listening.study.question import Answer, Role
from listening.study.question import Kind as Asked
from listening.study.vote import LeftOut, Vote

_OUTCOMES = {
    Answer.FIRST: Outcome.FIRST,
    Answer.SECOND: Outcome.SECOND,
    Answer.TIE: Outcome.TIE,
    Answer.BOTH_BAD: Outcome.BOTH_BAD,
}


@dataclass(frozen=True)
class Count:
    """A study's votes, sorted. All that was answered is counted, a check, or left out: one of the three.

    Attributes:
        answered: how many votes there are.
        listeners: how many gave them.
        checks: how many repeated and trapping items were answered in time; they only check their listeners.
        left_out: how many votes are left out, for each reason.
        duels, guesses, ratings: what counts; pieces are ids of excerpts.
        own_ratings: of pieces that their listeners had asked for themselves: to be shown apart.
        own_guesses, own_duels: how many of those there are besides.
        conditions: of each excerpt, by name.
        reliabilities: of every listener who was checked.
    """

    answered: int
    listeners: int
    checks: Mapping[Kind, int]
    left_out: Mapping[LeftOut, int]
    duels: Sequence[Duel]
    guesses: Sequence[Guess]
    ratings: Sequence[Rating]
    own_ratings: Sequence[Rating]
    own_guesses: int
    own_duels: int
    conditions: Mapping[Id, str]
    reliabilities: Mapping[Id, Reliability]

    @property
    def unreliable(self) -> list[Id]:
        """The listeners who are left out as a whole."""
        return sorted(name for name, one in self.reliabilities.items() if not one.is_reliable)

    def by_condition(self, ratings: Sequence[Rating]) -> dict[str, list[Rating]]:
        """Ratings, by the condition of their excerpt."""
        sorted_ratings: dict[str, list[Rating]] = {}
        for rating in ratings:
            sorted_ratings.setdefault(self.conditions[rating.piece], []).append(rating)
        return sorted_ratings


def count(design: Design, votes: Sequence[Vote]) -> Count:
    """Sorts a study's votes.

    A vote that comes too early, or is about a deleted piece, or about one that the listener had asked for, is
    left out by itself; of listeners who are not reliable all votes are.
    """
    valid = [vote for vote in votes if vote.left_out is None]
    origins = {excerpt.id: design.condition(excerpt.condition).origin for excerpt in design.excerpts}
    marks = reliabilities(_checks(valid, origins))
    unreliable = {name for name, one in marks.items() if not one.is_reliable}
    ordinary = [vote for vote in valid if vote.question.role is Role.ORDINARY]
    counted = [vote for vote in ordinary if vote.listener not in unreliable]
    left_out = Counter(vote.left_out for vote in votes if vote.left_out is not None)
    left_out[LeftOut.UNRELIABLE] += len(ordinary) - len(counted)
    conditions: dict[Id, str] = {excerpt.id: excerpt.condition for excerpt in design.excerpts}
    own = [vote for vote in votes if vote.left_out is LeftOut.OWN and vote.question.role is Role.ORDINARY]
    return Count(
        answered=len(votes),
        listeners=len({vote.listener for vote in votes}),
        checks={
            Kind.REPEATED: sum(vote.question.role is Role.REPEATED for vote in valid),
            Kind.TRAPPING: sum(vote.question.role is Role.TRAPPING for vote in valid),
        },
        left_out={reason: left_out[reason] for reason in LeftOut},
        duels=[_duel(vote, conditions) for vote in _of(counted, Asked.DUEL)],
        guesses=[
            Guess(
                vote.listener,
                vote.question.first,
                origins[vote.question.first] is Origin.HUMAN,
                vote.answer is Answer.HUMAN,
            )
            for vote in _of(counted, Asked.GUESS)
        ],
        ratings=[_rating(vote) for vote in _of(counted, Asked.LISTEN)],
        own_ratings=[_rating(vote) for vote in _of(own, Asked.LISTEN)],
        own_guesses=len(_of(own, Asked.GUESS)),
        own_duels=len(_of(own, Asked.DUEL)),
        conditions=conditions,
        reliabilities=marks,
    )


def _of(votes: Sequence[Vote], kind: Asked) -> list[Vote]:
    return [vote for vote in votes if vote.question.kind is kind]


def _rating(vote: Vote) -> Rating:
    return Rating(vote.listener, vote.question.first, float(vote.answer.value))


def _duel(vote: Vote, conditions: Mapping[Id, str]) -> Duel:
    first, second = vote.question.first, vote.question.second
    assert second is not None  # noqa: S101 - for the type checker: a duel has two
    return Duel(vote.listener, first, second, conditions[first], conditions[second], _OUTCOMES[vote.answer])


def _checks(votes: Sequence[Vote], origins: Mapping[str, Origin]) -> list[Check]:
    """What listeners' care is judged by.

    A shuffled piece is not to be preferred to a real one, and not to be taken for a human's.
    """
    ratings = _of(votes, Asked.LISTEN)
    checks = rating_checks(
        [_rating(vote) for vote in ratings if vote.question.role is Role.ORDINARY],
        [_rating(vote) for vote in ratings if vote.question.role is Role.REPEATED],
        [_rating(vote) for vote in ratings if vote.question.role is Role.TRAPPING],
    )
    for vote in votes:
        if vote.question.role is not Role.TRAPPING or vote.question.kind is Asked.LISTEN:
            continue
        is_first = origins[vote.question.first] is Origin.SHUFFLED
        fooled: Collection[Answer] = (
            (Answer.HUMAN,)
            if vote.question.kind is Asked.GUESS
            else (Answer.FIRST if is_first else Answer.SECOND,)
        )
        checks.append(Check(vote.listener, Kind.TRAPPING, vote.answer not in fooled))
    return checks
