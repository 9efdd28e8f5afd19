"""Levels: what a student can play.

The bounds are ours, in round figures; they are no syllabus's. They were chosen by what pieces that are taught
measure, see `model.playability.strain`. Of twelve first pieces (minuets from Anna Magdalena Bach's book, the
first of Schumann's op. 68, Mozart's K. 2) all keep to what "easy" lets a hand strike at once and how often,
and eleven to what both may strike; only half leap no farther, and 5 keep within everything. Within everything
of "medium" are all twelve, and 12 of 21 studies (Burgmüller's op. 100, Clementi's op. 36); of "advanced" 16
of these, and 4 of 24 concert pieces: it is what an amateur plays, not a virtuoso.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from model.playability.hands import Grips
from model.playability.strain import Strain


@dataclass(frozen=True)
class Level:
    """What a piece may ask of two hands at the most.

    Attributes:
        span: from the lowest to the highest note that a hand strikes at once, in semitones.
        hand_notes: that a hand strikes at once.
        notes: that both strike at once.
        leap: of a hand, in semitones a half second, see `model.playability.hands.Grips`.
        strokes: of a hand within half a second.
        is_pedalled: whether the pedal may hold what the hands leave. Otherwise the first three bounds hold
            for all that sounds.
        density: the most notes a second that the network is told, so that it seldom wants what it may not.
        polyphony: the most notes at once that it is told; None for any.
    """

    span: int
    hand_notes: int
    notes: int
    leap: float
    strokes: int
    is_pedalled: bool
    density: float
    polyphony: float | None

    def allows(self, grips: Grips) -> npt.NDArray[np.bool_]:
        """Whether each of some chords may be struck, shape (chords,)."""
        allowed: npt.NDArray[np.bool_] = (
            (grips.spans <= self.span)
            & (grips.notes <= self.hand_notes)
            & (grips.leaps <= self.leap)
            & (grips.strokes <= self.strokes)
        ).all(axis=0) & (grips.notes.sum(axis=0) <= self.notes)
        return allowed

    def fits(self, strain: Strain) -> bool:
        """Whether a piece keeps within every bound."""
        is_struck = (
            strain.span <= self.span
            and strain.hand_notes <= self.hand_notes
            and strain.notes <= self.notes
            and strain.leap <= self.leap
            and strain.strokes <= self.strokes
        )
        return is_struck and (
            self.is_pedalled
            or (
                strain.held_span <= self.span
                and strain.held_hand_notes <= self.hand_notes
                and strain.held_notes <= self.notes
            )
        )


LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        "easy": Level(12, 3, 4, 12, 3, is_pedalled=False, density=4.0, polyphony=2.0),
        "medium": Level(12, 4, 6, 19, 5, is_pedalled=True, density=7.0, polyphony=None),
        "advanced": Level(16, 5, 10, 24, 7, is_pedalled=True, density=12.0, polyphony=None),
    }
)
"""The levels by name, from the easiest up: an octave a hand; an octave, and leaps of an octave and a fifth; a
tenth, and leaps of two octaves."""
