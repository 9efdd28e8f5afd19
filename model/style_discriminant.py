"""Which style a piece sounds like: a linear discriminant of real music, small enough for a checkpoint.

Fisher's, with the covariance within styles pooled and shrunk (Friedman 1989, "Regularized discriminant
analysis"), every style weighing the same. It chooses among candidates, see `model.sampling.choice`; the
evaluation asks other classifiers. Learnt of the train split alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.note_table import NoteTable, Numbers
from model.performance import Note, decode
from model.prepared import PreparedCorpus, evenly
from model.style_features import WIDTH, WINDOW_SECONDS, style_features

MOST_PIECES = 200
MOST_WINDOWS = 3
"""Of so many pieces of a style, and so many windows of a piece, it learns at most."""

FEWEST_PIECES = 8
"""A style with fewer pieces is not told apart from others."""

SHRINKAGE = 0.2
"""So much of the covariance is that of features which do not depend on each other. Of 2,317 windows of eight
styles, cross-validated by composition, 0.77 are told apart (styles alike); with 0.05 and with 0.4 0.76."""

_LEAST_SPREAD = 1e-3
_LEAST_LEVEL = 0.1
"""Music that is all alike, of which few pieces were heard, is not quite so certain."""

_UNHEARD = 0.1
"""So much of a window may be left over at the end."""

_TENSORS = ("means", "spreads", "weights", "biases")


@dataclass(frozen=True)
class StyleDiscriminant:
    """How far the features of a piece speak for each style.

    Attributes:
        styles: those told apart.
        means: of every feature over all styles, shape (features,).
        spreads: standard deviations likewise, shape (features,).
        weights: of the standardised features, shape (styles, features).
        biases: shape (styles,).
    """

    styles: tuple[str, ...]
    means: Numbers
    spreads: Numbers
    weights: Numbers
    biases: Numbers

    @classmethod
    def of(cls, corpus: PreparedCorpus) -> "StyleDiscriminant | None":
        """Learn from the train split of a corpus; None where no two styles have `FEWEST_PIECES`."""
        train = corpus.originals("train")
        of_style: dict[str, list[NoteTable]] = {}
        for style, name in enumerate(corpus.styles):
            own = evenly([index for index in train if corpus.labels[index, 1] == style], MOST_PIECES)
            tables = [NoteTable.of(decode(corpus[index].events)) for index in own]
            pieces = [windows for one in tables if (windows := one.windows(WINDOW_SECONDS, MOST_WINDOWS))]
            if len(pieces) >= FEWEST_PIECES:
                of_style[name] = [window for windows in pieces for window in windows]
        return cls.learnt(of_style) if len(of_style) > 1 else None

    @classmethod
    def learnt(cls, windows: Mapping[str, Sequence[NoteTable]]) -> "StyleDiscriminant":
        """Learn from windows of two styles or more."""
        features = [np.array([style_features(one) for one in own]) for own in windows.values()]
        every = np.concatenate(features)  # (windows, features)
        means, spreads = every.mean(axis=0), np.maximum(every.std(axis=0), _LEAST_SPREAD)
        standard = [(own - means) / spreads for own in features]
        centres = np.array([own.mean(axis=0) for own in standard])  # (styles, features)
        within = np.mean([np.cov(own, rowvar=False, bias=True) for own in standard], axis=0)
        level = max(np.trace(within) / len(within), _LEAST_LEVEL)
        within = (1 - SHRINKAGE) * within + SHRINKAGE * level * np.eye(len(within))
        weights = np.linalg.solve(within, centres.T).T
        biases = -(weights * centres).sum(axis=1) / 2
        return cls(tuple(windows), means, spreads, weights, biases)

    def log_share(self, style: str | None, notes: Sequence[Note]) -> float | None:
        """How far a piece speaks for a style: the logarithm of its share of all styles, 0 or less.

        A longer piece is heard in as many windows as it takes, their logarithms averaged.

        Returns:
            None where the style is not among those told apart.
        """
        if style not in self.styles:
            return None
        table = NoteTable.of(notes)
        count = max(math.ceil(table.end / WINDOW_SECONDS - _UNHEARD), 1)
        begins = np.linspace(0.0, max(table.end - WINDOW_SECONDS, 0.0), count)
        windows = [table.window(float(begin), WINDOW_SECONDS) for begin in begins]
        features = np.array([style_features(window) for window in windows])
        scores = (features - self.means) / self.spreads @ self.weights.T + self.biases
        shares = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        return float(shares[:, self.styles.index(style)].mean())

    def as_tensors(self) -> dict[str, npt.NDArray[np.float32]]:
        """All numbers by name; the styles go without saying."""
        return {name: getattr(self, name).astype(np.float32) for name in _TENSORS}

    @classmethod
    def from_tensors(
        cls, styles: Sequence[str], tensors: Mapping[str, npt.NDArray[np.float32]]
    ) -> "StyleDiscriminant":
        """The inverse of `as_tensors`.

        Raises:
            KeyError: one is missing.
            ValueError: their shapes are not those of a discriminant of so many styles.
        """
        own = {name: tensors[name].astype(np.float64) for name in _TENSORS}
        shapes = [own[name].shape for name in own]
        if shapes != [(WIDTH,), (WIDTH,), (len(styles), WIDTH), (len(styles),)]:
            raise ValueError("a discriminant has other shapes")
        return cls(tuple(styles), **own)
