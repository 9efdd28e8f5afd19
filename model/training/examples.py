"""What the network is shown: augmented performances with some of their controls told."""

import numpy as np
import numpy.typing as npt

from model.controls import ControlSet
from model.events import STEPS_PER_SECOND
from model.piece import Piece
from model.prepared import PreparedCorpus
from model.training.config import TrainingConfig
from model.windows import Reading, make_reading

CUT_EVENTS = 24
"""So many events after the cut of an abridged piece do not count: nothing foretells them. Nor do the first
after a foreign opening, if the style is not told."""


class Examples:
    """Draws performances of the train split without end.

    Every piece comes up before any comes again, small styles more often (`style_balance`); each time it
    is transposed, stretched, now and then abridged or put after a foreign opening, and told with other
    controls.
    """

    def __init__(
        self, corpus: PreparedCorpus, controls: ControlSet, config: TrainingConfig, seed: int
    ) -> None:
        self._corpus = corpus
        self._controls = controls
        self._config = config
        self._random = np.random.default_rng(seed)
        self._pieces = np.array(corpus.split("train"))
        self._shows = self._shows_a_round()
        self._round: list[int] = []

    def draw(self) -> tuple[int, Reading]:
        """The next piece's number and its reading."""
        if not self._round:
            shows = np.floor(self._shows + self._random.random(self._shows.size)).astype(int)
            self._round = self._random.permutation(np.repeat(self._pieces, shows)).tolist()
        index = self._round.pop()
        piece, cut = self._abridged(self._augmented(self._corpus[index]))
        whole, begin = self._after_another(piece)
        told = self._told()
        reading = make_reading(whole, self._controls, told, mask_flat=True)
        cut += whole.events.size - piece.events.size  # as far from the end as it was
        reading.weights[cut : min(cut + CUT_EVENTS, whole.events.size)] = 0  # END counts
        is_foretold = told is None or "style" in told
        reading.weights[: begin + (CUT_EVENTS if begin and not is_foretold else 0)] = 0
        return index, reading

    def _shows_a_round(self) -> npt.NDArray[np.float64]:
        """How often each piece is shown in a round, 1 or more."""
        styles = self._corpus.labels[self._pieces, 1]
        lengths = np.diff(self._corpus.offsets)[self._pieces]
        shares = np.array([lengths[styles == style].sum() for style in styles]) / lengths.sum()
        shows: npt.NDArray[np.float64] = shares**-self._config.style_balance
        is_original = np.isin(self._pieces, self._corpus.originals("train"))
        is_mixed = np.isin(styles, styles[~is_original])
        shows[is_mixed & is_original] *= self._config.original_weight
        shows /= shows.min()
        return shows

    def _augmented(self, piece: Piece) -> Piece:
        semitones = int(self._random.integers(-self._config.transpose, self._config.transpose + 1))
        factor = 1 + self._random.uniform(-self._config.tempo, self._config.tempo)
        return piece.transposed(semitones).stretched(factor)

    def _abridged(self, piece: Piece) -> tuple[Piece, int]:
        """A piece, or one without its middle, and the place of the cut; at the end where there is none."""
        if self._random.random() >= self._config.abridged_share:
            return piece, piece.events.size
        shortest, longest = np.log(self._config.abridged_seconds)
        parts = np.exp(self._random.uniform(shortest, longest, size=2)) * STEPS_PER_SECOND
        return piece.abridged(int(parts[0]), int(parts[1]))

    def _after_another(self, piece: Piece) -> tuple[Piece, int]:
        """A piece, or one after a foreign opening, and the place of its own first event."""
        if self._random.random() >= self._config.foreign_share:
            return piece, 0
        other = self._augmented(self._corpus[int(self._random.choice(self._pieces))])
        seconds = self._random.uniform(*self._config.foreign_seconds)
        return piece.after(other, round(seconds * STEPS_PER_SECOND))

    def _told(self) -> frozenset[str] | None:
        """Which controls are told: none, style and key, all, or some of them.

        Time left and style are told more often than the rest: sampling nearly always tells them, but END,
        which only the first foretells, comes once in thousands of events, and of the second the music heard
        so far tells most.
        """
        kind = self._random.choice(4, p=(0.2, 0.15, 0.3, 0.35))
        names = [control.name for control in self._controls.controls]
        if kind == 0:
            return frozenset()
        if kind == 1:
            more = {"rendition", "time_left"} if self._random.random() < 0.5 else set()
            return frozenset({"style", "key"} | more)
        if kind == 2:
            return None
        often = {"time_left", "style"}
        return frozenset(name for name in names if self._random.random() < (0.75 if name in often else 0.5))
