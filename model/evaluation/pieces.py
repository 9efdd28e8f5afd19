"""The two sets that stand side by side: sampled pieces and real ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.corpus import STYLE_ALIASES, manifest_lines
from model.errors import CorpusError
from model.evaluation.plan import SECONDS, Part, Planned
from model.evaluation.section import ALL
from model.events import STEPS_PER_SECOND
from model.exemplars import RENDITION_SHARE
from model.keys import key_index
from model.note_table import NoteTable
from model.performance import Events, decode
from model.piece import Rendition
from model.prepared import PreparedCorpus, evenly

FEWEST = 10
"""A style with fewer real pieces is shown, not judged."""


@dataclass(frozen=True)
class SampledPiece:
    """A piece as it was asked for and as it came out; `events` are without END."""

    planned: Planned
    events: Events
    notes: NoteTable

    @classmethod
    def of(cls, planned: Planned, events: Events) -> "SampledPiece":
        """A piece of events."""
        return cls(planned, events, NoteTable.of(decode(events)))


@dataclass(frozen=True)
class RealPiece:
    """A piece of the corpus.

    Attributes:
        style: its name.
        composition: the same for all performances of one composition.
        key: as the manifest knows it, 0..23; an estimate does not count.
        is_reference: whether sampled pieces are compared with it. They are asked for as performed, so where
            `FEWEST` pieces of a style, and `RENDITION_SHARE` of it, are performances, those written out from
            scores do not count.
        is_flat: its velocities say nothing.
        notes: the whole piece.
    """

    style: str
    composition: str
    key: int | None
    is_reference: bool
    is_flat: bool
    notes: NoteTable


@dataclass(frozen=True)
class Music:
    """Sampled and real pieces.

    Attributes:
        styles: those asked for.
        sampled: what was sampled.
        real: real pieces of these styles.
    """

    styles: Sequence[str]
    sampled: Sequence[SampledPiece]
    real: Sequence[RealPiece]

    def main(self, style: str | None = None) -> list[SampledPiece]:
        """The sampled pieces of the part `MAIN`, of one style or of all."""
        return self.part(Part.MAIN, style)

    def part(self, part: Part, style: str | None = None) -> list[SampledPiece]:
        """The sampled pieces of a part, of one style or of all."""
        return [
            one for one in self.sampled if one.planned.part is part and style in (None, one.planned.style)
        ]

    def reference(self, style: str | None = None) -> list[RealPiece]:
        """The real pieces that sampled ones are compared with, of one style or of all."""
        return [one for one in self.real if one.is_reference and style in (None, one.style)]

    def openings(self, style: str | None = None, seconds: float = SECONDS[Part.MAIN]) -> list[NoteTable]:
        """The openings of the reference; of `seconds` each, of pieces that are so long."""
        return [one.notes.window(0.0, seconds) for one in self.reference(style) if one.notes.end >= seconds]

    def beside_real(
        self, sampled: Callable[[str | None], Any], real: Callable[[str | None], Any | None]
    ) -> dict[str, Any]:
        """The rows of a table: all styles together and then each, its sampled pieces and its real ones.

        Args:
            sampled: the row of a style, or of all.
            real: the same of real pieces; None where there are none.
        """
        rows: dict[str, Any] = {}
        for style in (None, *self.styles):
            rows[style or ALL] = sampled(style)
            if (row := real(style)) is not None:
                rows[f"{style or ALL}, real"] = row
        return rows

    @property
    def judged(self) -> list[str]:
        """The styles with enough real pieces to judge by."""
        return [style for style in self.styles if len(self.reference(style)) >= FEWEST]


@dataclass(frozen=True)
class Listed:
    """What a manifest says of a file: style, composition, known key."""

    style: str
    composition: str
    key: int | None


def read_listed(manifest: Path) -> dict[str, Listed]:
    """What a manifest says of each path.

    Raises:
        CorpusError: the manifest is missing, lacks a column, or a key is none.
    """
    listed = {}
    for row, place in manifest_lines(manifest):
        try:
            key = key_index(row["key"]) if row.get("key") else None
        except ValueError as error:
            raise CorpusError(f"{place}: {error}.") from None
        style = STYLE_ALIASES.get(row["style"], row["style"])
        listed[row["path"]] = Listed(style, row.get("piece_id") or row["path"], key)
    return listed


def of_split(corpus: PreparedCorpus, listed: Mapping[str, Listed], split: str) -> list[int]:
    """The indices of the pieces of a split that the manifest lists, in the style that it gives.

    What a prepared corpus has besides, for training, is left out: composed patterns, and pieces that stand a
    second time in another style.
    """
    return [
        index
        for index in corpus.split(split)
        if (facts := listed.get(corpus.paths[index])) is not None and facts.style == _style_of(corpus, index)
    ]


def real_pieces(
    corpus: PreparedCorpus, listed: Mapping[str, Listed], styles: Sequence[str], *, most: int = 150
) -> list[RealPiece]:
    """Pieces of the train and validation splits that last a minute at least, up to `most` a style.

    The test split is not looked at.
    """
    least_steps = SECONDS[Part.MAIN] * STEPS_PER_SECOND
    usable = [
        index
        for split in ("train", "validation")
        for index in of_split(corpus, listed, split)
        if corpus[index].total_steps >= least_steps
    ]
    chosen: list[RealPiece] = []
    for style in styles:
        own = [index for index in usable if _style_of(corpus, index) == style]
        performed = [index for index in own if corpus[index].rendition is Rendition.PERFORMED]
        is_known = len(performed) >= max(FEWEST, RENDITION_SHARE * len(own))  # as sampled, see `completed`
        reference = evenly(performed if is_known else own, most)
        others = sorted(set(own) - set(performed) - set(reference))
        for index in reference + evenly(others, most - len(reference)):
            piece, facts = corpus[index], listed[corpus.paths[index]]
            notes = NoteTable.of(decode(piece.events))
            is_reference = index in reference
            if len(notes):
                chosen.append(
                    RealPiece(style, facts.composition, facts.key, is_reference, piece.is_flat, notes)
                )
    return chosen


def _style_of(corpus: PreparedCorpus, index: int) -> str | None:
    style = corpus[index].style
    return None if style is None else corpus.styles[style]
