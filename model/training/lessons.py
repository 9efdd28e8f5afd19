"""What a network is shown while it is finetuned: new pieces, and in between those that it remembers."""

from collections.abc import Sequence

import numpy as np

from model.controls import ControlSet
from model.events import STEPS_PER_SECOND
from model.piece import Piece
from model.training.examples import CUT_EVENTS
from model.windows import Reading, make_reading

NEW, REMEMBERED = 0, 1
"""The numbers that a window's rows go by."""


class Lessons:
    """Draws pieces without end, transposed, stretched and told with other controls each time.

    New pieces are abridged to an opening and a closing, so that a long one does not count more than several
    short ones, and told at least their style, as sampling does; remembered ones are told anything.
    """

    def __init__(
        self,
        new: Sequence[Piece],
        remembered: Sequence[Piece],
        controls: ControlSet,
        *,
        remembered_share: float,
        transpose: int,
        tempo: float,
        abridged_seconds: float,
        seed: int,
    ) -> None:
        """Begin with the first round.

        Args:
            new: pieces of the new style, labelled so.
            remembered: pieces of the network's own, see `remember`; may be none.
            controls: the widened network's.
            remembered_share: of all events that are shown.
            transpose: pieces are moved by up to so many semitones.
            tempo: pieces are stretched by up to this share.
            abridged_seconds: how long the opening and the closing of a new piece are at most, each.
            seed: of all that is drawn.
        """
        self._pieces = (list(new), list(remembered))
        self._controls = controls
        self._share = remembered_share if remembered else 0.0
        self._transpose = transpose
        self._tempo = tempo
        self._abridged_seconds = abridged_seconds
        self._random = np.random.default_rng(seed)
        self._rounds: tuple[list[int], list[int]] = ([], [])
        self._shown = [0, 0]

    def draw(self) -> tuple[int, Reading]:
        """The next piece: which kind it is, and its reading."""
        kind = REMEMBERED if self._shown[REMEMBERED] < self._share * sum(self._shown) else NEW
        pieces, order = self._pieces[kind], self._rounds[kind]
        if not order:
            order.extend(self._random.permutation(len(pieces)).tolist())
        piece = self._augmented(pieces[order.pop()])
        cut = piece.events.size
        if kind == NEW:
            longest = self._abridged_seconds * STEPS_PER_SECOND
            opening, closing = (int(steps) for steps in self._random.uniform(longest / 4, longest, size=2))
            piece, cut = piece.abridged(opening, closing)
        self._shown[kind] += piece.events.size
        told = self._told() | ({"style"} if kind == NEW else set())
        reading = make_reading(piece, self._controls, told, mask_flat=True)
        reading.weights[cut : min(cut + CUT_EVENTS, piece.events.size)] = 0  # END counts
        return kind, reading

    def _augmented(self, piece: Piece) -> Piece:
        semitones = int(self._random.integers(-self._transpose, self._transpose + 1))
        return piece.transposed(semitones).stretched(1 + self._random.uniform(-self._tempo, self._tempo))

    def _told(self) -> frozenset[str]:
        """Which controls are told: none, what sampling always tells, all, or some of them."""
        names = [control.name for control in self._controls.controls]
        kind = self._random.choice(4, p=(0.1, 0.2, 0.3, 0.4))
        if kind == 0:
            return frozenset()
        if kind == 1:
            return frozenset({"style", "time_left", "rendition"})
        return frozenset(names if kind == 2 else (name for name in names if self._random.random() < 0.5))
