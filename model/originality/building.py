"""Building the fingerprints of a training split, and measuring what its validation split shares with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.corpus import manifest_lines
from model.errors import CorpusError
from model.events import STEPS_PER_SECOND
from model.originality.bounds import EXCERPT_SECONDS, bound_of
from model.originality.fingerprints import GUARANTEED_NOTES, Fingerprints, fingerprints_of_events
from model.originality.matching import MOST_PIECES, Match, index_of
from model.originality.training_index import TrainingIndex
from model.piece import Piece
from model.prepared import PreparedCorpus

COMMON_WORKS = 5
"""A fingerprint that stands in so many works is common property: a scale, a broken chord, a trill."""

SAME_WORK_SHARE = 0.25
"""A validation piece of whose notes more are met is taken for a work of the training split, under another id;
no other piece comes near."""


@dataclass(frozen=True)
class Work:
    """Where a piece of the corpus belongs.

    Attributes:
        composition: the same for all performances of one composition.
        name: for people.
    """

    composition: str
    name: str


@dataclass(frozen=True)
class Baseline:
    """What real pieces share with those that were learnt from.

    Attributes:
        matches: of every excerpt, by the seconds of its length.
        left_out: paths of validation pieces whose work is in the training split, too.
    """

    matches: Mapping[int, list[Match]]
    left_out: tuple[str, ...]


def read_works(manifest: Path) -> dict[str, Work]:
    """The works of a corpus by path, from its manifest's columns path, piece_id, composer and title.

    Raises:
        CorpusError: the manifest is missing, lacks a column, or is no CSV file.
    """
    works = {}
    for row, place in manifest_lines(manifest):
        if not row.get("piece_id"):
            raise CorpusError(f"{place} has no piece_id, by which performances of one composition are known.")
        named = ": ".join(part.replace("_", " ") for part in (row.get("composer"), row.get("title")) if part)
        works[row["path"]] = Work(row["piece_id"], named or row["path"])
    return works


def build(corpus: PreparedCorpus, works: Mapping[str, Work]) -> tuple[TrainingIndex, Baseline]:
    """The index of a corpus' training split, and the baseline that its bounds are of.

    Raises:
        CorpusError: a piece of the corpus stands in no manifest, or a split is too small.
    """
    originals = corpus.originals("train")
    validation = corpus.originals("validation")
    for place in (*originals, *validation):
        if corpus.paths[place] not in works:
            raise CorpusError(f"{corpus.paths[place]} of the prepared corpus does not stand in the manifest.")
    if not 0 < len(originals) < MOST_PIECES:
        raise CorpusError(
            f"The training split has {len(originals):,} pieces; 1 to {MOST_PIECES - 1:,} can be."
        )
    told = [works[corpus.paths[place]] for place in originals]
    numbers: dict[str, int] = {}
    numbered = [numbers.setdefault(one.composition, len(numbers)) for one in told]
    found = [fingerprints_of_events(corpus[place]).hashes for place in originals]
    everything = index_of(found, numbered)
    hashes, counts = np.unique(everything.hashes, return_counts=True)
    common = hashes[counts >= COMMON_WORKS]
    index = index_of([each[~np.isin(each, common)] for each in found], numbered)
    training = TrainingIndex(index, tuple(one.name for one in told), common, ())
    baseline = _baseline(corpus, validation, training)
    bounds = tuple(bound_of(seconds, matches) for seconds, matches in baseline.matches.items() if matches)
    if not bounds:
        raise CorpusError("The validation split has no piece to measure what real pieces share.")
    return TrainingIndex(index, training.names, common, bounds), baseline


def _baseline(corpus: PreparedCorpus, validation: list[int], training: TrainingIndex) -> Baseline:
    matches: dict[int, list[Match]] = {seconds: [] for seconds in EXCERPT_SECONDS}
    left_out = []
    for place in validation:
        piece = corpus[place]
        if training.match(fingerprints_of_events(piece)).share > SAME_WORK_SHARE:
            left_out.append(corpus.paths[place])
            continue
        for seconds, found in matches.items():
            found.extend(map(training.match, _excerpts(piece, seconds)))
    return Baseline(matches, tuple(left_out))


def _excerpts(piece: Piece, seconds: int) -> Iterator[Fingerprints]:
    """The fingerprints of one excerpt after another, without those that have hardly any notes."""
    length = seconds * STEPS_PER_SECOND
    for begin in range(0, piece.total_steps - length + 1, length):
        first, last = np.searchsorted(piece.steps, [begin, begin + length])
        found = fingerprints_of_events(Piece(piece.events[first:last]))
        if found.notes >= GUARANTEED_NOTES:
            yield found
