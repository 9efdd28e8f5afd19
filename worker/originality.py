"""Each piece one of its own: too like what was learnt from, or earlier ones, it is sampled again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

import structlog

from jobs.request import GenerationRequest
from jobs.result import Originality
from model.events import STEPS_PER_SECOND
from model.originality.bounds import Bound
from model.originality.fingerprints import Fingerprints, fingerprints_of, grams_of
from model.originality.matching import index_of
from model.originality.training_index import TrainingIndex
from model.performance import Note
from model.sampling.randomness import renewed_seed, sub_seed
from worker.record import others, record_of

MOST_ATTEMPTS = 2
"""How often a piece is sampled again from its seed; about one in 500 is beyond the bound."""

MOST_RENEWALS = 2
"""How often a piece whose seed nobody asked for gets another one."""

_TOLERANCE_SECONDS = 0.5 / STEPS_PER_SECOND
_log = structlog.get_logger(__name__)


class Sampled(Protocol):
    """What was sampled."""

    def notes(self) -> list[Note]:
        """Its notes from its first onset on."""


class Earlier(Protocol):
    """The pieces that were made before."""

    def put(self, piece_id: str, record: bytes) -> None:
        """Let those that come later know of a piece, by its record."""

    def records(self) -> Mapping[str, bytes] | None:
        """The records of all that are known, this one among them; None where nobody can tell."""


S = TypeVar("S", bound=Sampled)


@dataclass(frozen=True)
class Comparison:
    """What a piece is compared with.

    Attributes:
        training: what the checkpoint learnt from; without it there is no bound, and nothing is compared.
        earlier: the pieces before; None where they are not to be known.
    """

    training: TrainingIndex | None = None
    earlier: Earlier | None = None


NOTHING = Comparison()


@dataclass(frozen=True)
class Chosen(Generic[S]):
    """What was sampled in the end.

    Attributes:
        sampled: the piece.
        request: that it fulfils: the one that was asked, or the same with another seed.
        originality: how much of it is met elsewhere; None where it was compared with nothing.
        record: what is kept of it for those that come later, see `worker.record`.
    """

    sampled: S
    request: GenerationRequest
    originality: Originality | None
    record: bytes


@dataclass(frozen=True)
class _Trial(Generic[S]):
    """A piece that may be chosen.

    Attributes:
        chosen: if it is.
        own: its fingerprints, as far as they are not its primer's.
        bound: what it may share.
        likeness: how many times the bound it shares at most.
    """

    chosen: Chosen[S]
    own: Fingerprints
    bound: Bound
    likeness: float


def original(
    request: GenerationRequest,
    sample: Callable[[GenerationRequest], S],
    primer: list[Note],
    comparison: Comparison,
) -> Chosen[S]:
    """Sample a piece, and again where it is too like others.

    It is compared with the music that was learnt from first: where it shares more than real pieces do, it is
    sampled again, with a seed that follows from its own. So far it is a function of the request alone. Then,
    if nobody asked for this very seed, it is compared with earlier pieces: too like them, it gets another.

    Args:
        request: what was asked for.
        sample: samples a request, which has another seed at times.
        primer: the notes that the piece goes on from, which are not compared; none where it has no primer.
        comparison: what with.

    Returns:
        The first that is not too like others, or of all the least alike.
    """
    if comparison.training is None:
        sampled = sample(request)
        own = fingerprints_of(_own(sampled, request, primer)).without(grams_of(primer))
        data = record_of(request, own.hashes)
        _put(comparison, request, data)
        return Chosen(sampled, request, None, data)
    trials = []
    for renewal in range(1 if request.is_seed_given else 1 + MOST_RENEWALS):
        seed = request.seed if renewal == 0 else renewed_seed(request.seed, renewal)
        asked = request.model_copy(update={"seed": seed})
        trial = _unlike_training(asked, sample, primer, comparison.training)
        # It is put before it is compared: of two that are made at once, one at least sees the other.
        _put(comparison, request, trial.chosen.record)
        if comparison.earlier is not None and not request.is_seed_given:
            trial = _beside(trial, renewal, comparison.earlier, comparison.training)
        trials.append(trial)
        if trial.likeness <= 1:
            return trial.chosen
        _log.info("originality.too_alike", likeness=round(trial.likeness, 2), renewal=renewal)
    chosen = min(trials, key=lambda trial: trial.likeness).chosen
    _put(comparison, request, chosen.record)
    return chosen


def _unlike_training(
    request: GenerationRequest,
    sample: Callable[[GenerationRequest], S],
    primer: list[Note],
    training: TrainingIndex,
) -> _Trial[S]:
    """The first attempt that is not too like the music that was learnt from, or the least like it."""
    trials: list[_Trial[S]] = []
    for attempt in range(1 + MOST_ATTEMPTS):
        sampled = sample(request.model_copy(update={"seed": sub_seed(request.seed, attempt)}))
        notes = _own(sampled, request, primer)
        own = fingerprints_of(notes).without(grams_of(primer))
        match = training.match(own)
        bound = training.bound(max((note.end for note in notes), default=0.0) - _begin(notes))
        likeness = bound.likeness(match)
        originality = Originality(
            longest_match=match.longest_notes,
            longest_in=None if match.piece is None else training.names[match.piece],
            matched_share=match.share,
            most_notes=bound.longest_notes,
            most_share=bound.share,
            index=training.name,
            attempts=attempt,
            is_alike=likeness > 1,
        )
        chosen = Chosen(sampled, request, originality, record_of(request, own.hashes))
        trials.append(_Trial(chosen, own, bound, likeness))
        if likeness <= 1:
            break
        _log.info("originality.too_like_training", notes=match.longest_notes, share=round(match.share, 3))
    return min(trials, key=lambda trial: trial.likeness)


def _beside(trial: _Trial[S], renewal: int, earlier: Earlier, training: TrainingIndex) -> _Trial[S]:
    """The same piece, compared with earlier ones."""
    chosen = trial.chosen
    records = earlier.records()
    if records is None or chosen.originality is None:
        return trial
    known = others(records, chosen.request.id, chosen.record)
    match = index_of(known, range(len(known))).match(trial.own.without(training.common))
    likeness = max(trial.likeness, trial.bound.likeness(match))
    told = {"earlier": len(known), "renewals": renewal, "is_alike": likeness > 1}
    originality = chosen.originality.model_copy(update=told)
    return replace(trial, chosen=replace(chosen, originality=originality), likeness=likeness)


def _own(sampled: Sampled, request: GenerationRequest, primer: list[Note]) -> list[Note]:
    """A piece's notes after those of its primer, if that is heard."""
    notes = sampled.notes()
    if not primer or not request.primer_echo:
        return notes
    border = max(note.end for note in primer) - _begin(primer)
    return [note for note in notes if note.start > border - _TOLERANCE_SECONDS]


def _begin(notes: list[Note]) -> float:
    return min((note.start for note in notes), default=0.0)


def _put(comparison: Comparison, request: GenerationRequest, data: bytes) -> None:
    if comparison.earlier is not None:
        comparison.earlier.put(request.id, data)
