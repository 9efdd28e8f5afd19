"""How much real pieces share with those that the network learnt from: the bound for composed ones."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.originality.matching import Match

PERCENTILE = 95
"""So many in a hundred excerpts of one length of the validation split share no more than the bound."""

EXCERPT_SECONDS = (10, 30, 60, 120, 180, 300)


class Bound(NamedTuple):
    """The most that a piece of a length may share.

    Attributes:
        seconds: the length.
        longest_notes: of the longest match.
        share: of matched notes, 0 to 1.
    """

    seconds: float
    longest_notes: float
    share: float

    def likeness(self, match: Match) -> float:
        """How many times the bound a match is, by the worse of both figures: above 1 it goes beyond it."""
        least_notes, least_share = max(self.longest_notes, 1.0), max(self.share, 0.001)  # never 0
        return max(match.longest_notes / least_notes, match.share / least_share)


def bound_of(seconds: float, matches: Sequence[Match]) -> Bound:
    """The bound that matches of excerpts of a length set."""
    figures = [(match.longest_notes, match.share) for match in matches]
    longest_notes, share = np.percentile(figures, PERCENTILE, axis=0).tolist()
    return Bound(seconds, longest_notes, share)


def bound_at(bounds: Sequence[Bound], seconds: float) -> Bound:
    """The bound for a length: between two measured ones in proportion, beyond them as at the nearest."""
    lengths, longest, shares = zip(*bounds, strict=True)
    return Bound(
        seconds, float(np.interp(seconds, lengths, longest)), float(np.interp(seconds, lengths, shares))
    )
