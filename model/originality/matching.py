"""What of a piece is met in others: its longest match, and the share of its notes that match at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.originality.fingerprints import GRAM_NOTES, GUARANTEED_NOTES, Fingerprints, Hashes

BRIDGED_NOTES = GUARANTEED_NOTES + GRAM_NOTES
"""Two shared fingerprints no further apart belong to one match, which one wrong note does not end."""

MOST_PIECES = 1 << 16


@dataclass(frozen=True)
class Match:
    """What of a piece is met in others.

    Attributes:
        longest_notes: how many notes its longest match with one work spans; 0 where there is none.
        share: how many of its notes lie in a match of any length with any work, 0 to 1.
        piece: the index of a piece that the longest match is met in; None where there is none.
    """

    longest_notes: int = 0
    share: float = 0.0
    piece: int | None = None


@dataclass(frozen=True)
class Index:
    """The fingerprints of many pieces; of equal ones in one work only the first.

    Attributes:
        hashes: rising, shape (entries,).
        pieces: which piece each is of, shape (entries,).
        works: which work each piece is a performance of, shape (pieces,).
    """

    hashes: Hashes
    pieces: npt.NDArray[np.uint16]
    works: npt.NDArray[np.uint16]

    def match(self, fingerprints: Fingerprints) -> Match:
        """What of a piece is met here."""
        first = np.searchsorted(self.hashes, fingerprints.hashes, side="left")
        counts = np.searchsorted(self.hashes, fingerprints.hashes, side="right") - first
        if not counts.any():
            return Match()
        asked = np.repeat(np.arange(counts.size), counts)
        entries = np.arange(asked.size) - np.repeat(np.cumsum(counts) - counts, counts) + first[asked]
        places, works = fingerprints.places[asked], self.works[self.pieces[entries]].astype(np.int64)
        order = np.lexsort((places, works))
        places, works, entries = places[order], works[order], entries[order]
        is_begin = np.append(True, (np.diff(works) != 0) | (np.diff(places) > BRIDGED_NOTES))
        begins = np.flatnonzero(is_begin)
        firsts, ends = places[begins], places[np.append(begins[1:], places.size) - 1] + GRAM_NOTES
        longest = int(np.argmax(ends - firsts))
        matches_at = np.zeros(fingerprints.notes + 1, dtype=np.int64)
        np.add.at(matches_at, firsts, 1)
        np.add.at(matches_at, ends, -1)
        return Match(
            longest_notes=int(ends[longest] - firsts[longest]),
            share=np.count_nonzero(np.cumsum(matches_at)) / fingerprints.notes,
            piece=int(self.pieces[entries[begins[longest]]]),
        )


def index_of(pieces: Sequence[Hashes], works: Sequence[int]) -> Index:
    """The index of the hashes of some pieces, fewer than `MOST_PIECES`, each a performance of a work."""
    numbered = np.asarray(works, dtype=np.uint16)
    hashes = np.concatenate([np.zeros(0, dtype=np.uint32), *pieces])
    owners = np.repeat(np.arange(len(pieces), dtype=np.uint16), [each.size for each in pieces])
    order = np.lexsort((owners, numbered[owners], hashes))
    hashes, owners = hashes[order], owners[order]
    owning = numbered[owners]
    is_first = np.append(True, (hashes[1:] != hashes[:-1]) | (owning[1:] != owning[:-1]))[: hashes.size]
    return Index(hashes[is_first], owners[is_first], numbered)
