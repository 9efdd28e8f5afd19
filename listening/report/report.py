"""A study's report: every figure, as plain frozen data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import TypeVar

import numpy as np

from listening.report.count import Count, count
from listening.statistics.agreement import Agreement, krippendorff_alpha
from listening.statistics.bradley_terry import BradleyTerry, bradley_terry
from listening.statistics.discrimination import CorrectShare, Discrimination, correct_share, d_prime
from listening.statistics.equivalence import Equivalence, equivalence
from listening.statistics.estimate import Estimate
from listening.statistics.mean_opinion import MeanOpinion, mean_opinion
from listening.statistics.paired import Comparison, comparisons
from listening.statistics.shrinkage import ShrunkenMeans, shrunken_means
from listening.statistics.sign_test import Preference, sign_test
from listening.statistics.votes import Guess, Id, Rating
from listening.study.design import Design, Origin
from listening.study.reaction import ReactionRating
from listening.study.vote import Vote

BOUND = 0.5
"""Points of the mean opinion score within which two conditions are held to be equally good."""

SEED = 1
"""Of the bootstrap: the same votes always give the same report."""

FEWEST = 3
"""From so many ratings of an excerpt on it is told whether listeners are at one about it."""

ANY_STYLE = "any"

_Figure = TypeVar("_Figure", bound=Estimate)


class Consensus(StrEnum):
    """What listeners make of an excerpt."""

    PREFERRED = "preferred by all"
    """Everybody gave it 4 or 5."""
    NONE = "no consensus"
    """Some gave it 4 or 5, others 1 or 2."""


@dataclass(frozen=True)
class Guesses:
    """Human or machine.

    Attributes:
        all: the share of right guesses.
        d_prime: of all guesses.
        called_human: of each condition the share that was called human; right only for those by people.
        d_primes: of each other condition, against all pieces by people.
    """

    all: CorrectShare
    d_prime: Discrimination
    called_human: Mapping[str, CorrectShare]
    d_primes: Mapping[str, Discrimination]


@dataclass(frozen=True)
class Reactions:
    """Ratings by reactions: public, of whoever passed by, and so a source of its own.

    Attributes:
        all: the mean of all but requesters'.
        by_style: the same, for each style.
        own: the mean of what requesters gave to what they had asked for.
        agreement: between listeners other than requesters.
        pieces: by shrunken mean.
        numbers: of each piece, as in "No. 1041".
    """

    all: MeanOpinion
    by_style: Mapping[str, MeanOpinion]
    own: MeanOpinion
    agreement: Agreement
    pieces: ShrunkenMeans
    numbers: Mapping[Id, int]


@dataclass(frozen=True)
class Report:
    """All that is known of a study, and beside it of reactions.

    Attributes:
        design: of the study; None where there is none.
        count: which votes count; None where there is no study.
        mos: the mean opinion score of each condition that was rated, the best first.
        own: the same of pieces that listeners had asked for themselves.
        agreement: between those who rated.
        comparisons: of every two conditions by ratings.
        equivalences: of every other condition with each by people, by ratings.
        pieces: excerpts by shrunken mean.
        spreads: of each excerpt the standard deviation of its ratings; None for one rating.
        consensus: about excerpts of `FEWEST` ratings or more; those left out are neither.
        duels: all conditions on one scale.
        sign_tests: of every two conditions that met.
        guesses: human or machine.
        reactions: the second source.
    """

    design: Design | None
    count: Count | None
    mos: Mapping[str, MeanOpinion]
    own: Mapping[str, MeanOpinion]
    agreement: Agreement
    comparisons: Sequence[Comparison]
    equivalences: Mapping[tuple[str, str], Equivalence]
    pieces: ShrunkenMeans
    spreads: Mapping[Id, float | None]
    consensus: Mapping[Id, Consensus]
    duels: BradleyTerry
    sign_tests: Sequence[Preference]
    guesses: Guesses
    reactions: Reactions


def report(
    design: Design | None,
    votes: Sequence[Vote],
    reactions: Sequence[ReactionRating],
    *,
    bound: float = BOUND,
    seed: int = SEED,
) -> Report:
    """Everything that votes and reactions say.

    Args:
        design: of the study; None where there is none: then `votes` is empty.
        votes: all that was answered in it.
        reactions: ratings by reactions, those of requesters among them.
        bound: points of the mean opinion score that are held to be no difference.
        seed: of the bootstrap.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    counted = None if design is None else count(design, votes)
    ratings = [] if counted is None else counted.ratings
    rated = {} if counted is None else counted.by_condition(ratings)
    own = {} if counted is None else counted.by_condition(counted.own_ratings)
    duels = [] if counted is None else counted.duels
    met = {frozenset((duel.first, duel.second)) for duel in duels}
    people = [] if design is None else [one.name for one in design.conditions if one.origin is Origin.HUMAN]
    names = sorted({name for pair in met for name in pair})
    return Report(
        design=design,
        count=counted,
        mos=_best_first({name: mean_opinion(one, random) for name, one in sorted(rated.items())}),
        own={name: mean_opinion(one, random) for name, one in sorted(own.items())},
        agreement=krippendorff_alpha(ratings, random),
        comparisons=comparisons(rated, random),
        equivalences={
            (name, human): equivalence(rated[name], rated[human], bound)
            for human in people
            if human in rated
            for name in sorted(rated)
            if name not in people
        },
        pieces=shrunken_means(ratings),
        spreads={
            piece: float(np.std(own, ddof=1)) if len(own) > 1 else None
            for piece, own in _by_piece(ratings).items()
        },
        consensus=_consensus(ratings),
        duels=bradley_terry(duels, random),
        sign_tests=[
            sign_test(duels, first, second)
            for first, second in combinations(names, 2)
            if frozenset((first, second)) in met
        ],
        guesses=_guesses(counted, random),
        reactions=_reactions(reactions, random),
    )


def _guesses(counted: Count | None, random: np.random.Generator) -> Guesses:
    guesses: Sequence[Guess] = [] if counted is None else counted.guesses
    by_condition: dict[str, list[Guess]] = {}
    for guess in guesses:
        assert counted is not None  # noqa: S101 - for the type checker: guesses come from it
        by_condition.setdefault(counted.conditions[guess.piece], []).append(guess)
    human = [guess for guess in guesses if guess.is_human]
    # "Correct" is counted for "human" here, whatever the excerpt is: the share of a condition called human.
    called = {
        name: [Guess(one.listener, one.piece, is_human=True, said_human=one.said_human) for one in own]
        for name, own in sorted(by_condition.items())
    }
    return Guesses(
        all=correct_share(guesses),
        d_prime=d_prime(guesses, random),
        called_human=_best_first({name: correct_share(own) for name, own in called.items()}),
        d_primes={
            name: d_prime([*human, *own], random)
            for name, own in sorted(by_condition.items())
            if not own[0].is_human
        },
    )


def _reactions(reactions: Sequence[ReactionRating], random: np.random.Generator) -> Reactions:
    others = [one for one in reactions if not one.is_requester]
    styles = sorted({one.style or ANY_STYLE for one in others})
    ratings = _ratings(others)
    return Reactions(
        all=mean_opinion(ratings, random),
        by_style={
            style: mean_opinion(
                _ratings([one for one in others if (one.style or ANY_STYLE) == style]), random
            )
            for style in styles
        },
        own=mean_opinion(_ratings([one for one in reactions if one.is_requester]), random),
        agreement=krippendorff_alpha(ratings, random),
        pieces=shrunken_means(ratings),
        numbers={one.piece_id: one.number for one in reactions},
    )


def _ratings(reactions: Sequence[ReactionRating]) -> list[Rating]:
    return [Rating(one.listener, one.piece_id, float(one.value)) for one in reactions]


def _best_first(figures: Mapping[str, _Figure]) -> dict[str, _Figure]:
    return dict(sorted(figures.items(), key=lambda one: -(one[1].estimate or 0.0)))


def _consensus(ratings: Sequence[Rating]) -> dict[Id, Consensus]:
    found = {}
    for piece, own in _by_piece(ratings).items():
        if len(own) >= FEWEST and min(own) >= 4:
            found[piece] = Consensus.PREFERRED
        elif len(own) >= FEWEST and min(own) <= 2 and max(own) >= 4:
            found[piece] = Consensus.NONE
    return found


def _by_piece(ratings: Sequence[Rating]) -> dict[Id, list[float]]:
    values: dict[Id, list[float]] = {}
    for rating in ratings:
        values.setdefault(rating.piece, []).append(rating.value)
    return dict(sorted(values.items()))
