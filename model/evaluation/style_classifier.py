"""Whether classifiers that know real music hear the style that was asked for: two opinions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from model.evaluation.pieces import RealPiece
from model.evaluation.section import ALL
from model.note_table import NoteTable, Numbers
from model.style_features import WIDTH, style_features

FOLDS = 5

WINDOWS = 3
"""At most so many windows are taken from a real piece."""

_LARGEST_INTERVAL = 24
_LEAST_WINDOWS = 5
_MANY_WINDOWS = 100
"""A pair of intervals that occurs in fewer windows is not listened to, if there are many."""


@dataclass(frozen=True)
class StyleRow:
    """How often one style is recognised.

    Attributes:
        real_windows: windows of real pieces.
        real_compositions: how many compositions they come from.
        real_recall: share of these windows that classifiers recognise which do not know the composition.
        pieces: sampled pieces.
        recall: share of these that are recognised as the style asked for.
        ratio: recall over real recall.
        taken_for: what most of the others are taken for; empty where there are none.
        second_real_recall: the real recall of the second opinion.
        second_recall: its recall.
        second_ratio: the second over the first.
    """

    real_windows: int
    real_compositions: int
    real_recall: float
    pieces: int
    recall: float
    ratio: float | None
    taken_for: str
    second_real_recall: float
    second_recall: float
    second_ratio: float | None


@dataclass(frozen=True)
class _Opinion:
    """A kind of classifier.

    Attributes:
        hears: what of a window it is told.
        untrained: makes one that is to learn of so many windows.
    """

    hears: Callable[[NoteTable], Any]
    untrained: Callable[[int], Pipeline]


@dataclass(frozen=True)
class _Judgement:
    """What the classifiers of one opinion took everything for: places among the styles.

    Attributes:
        real: of real windows, each judged by the classifier that does not know its composition, (windows,).
        sampled: of sampled pieces by the style asked for, judged by all together, (pieces,) each.
    """

    real: npt.NDArray[np.int64]
    sampled: Mapping[str, npt.NDArray[np.int64]]


def recognise(
    real: Sequence[RealPiece], sampled: Mapping[str, Sequence[NoteTable]], seconds: float
) -> dict[str, StyleRow]:
    """Train classifiers on windows of real pieces, and show them the sampled ones.

    Real windows are split into `FOLDS` by composition, each judged by a classifier trained on the others;
    sampled pieces are judged by all of these classifiers together. There are two opinions, which have nothing
    in common: a Gaussian support vector machine that is told `style_features`, and a linear one that is told
    nothing but pairs of intervals. The choice among candidates listens to the features too, not to the pairs.

    Args:
        real: pieces of the styles of `sampled`.
        sampled: pieces by the style asked for.
        seconds: the length of a window.

    Returns:
        A row for each style that has `FOLDS` compositions, and before them `all`, where each style counts
        alike, so that its real recall is the balanced accuracy; nothing where there are not two such styles.
    """
    styles = [style for style in sampled if _compositions(real, style) >= FOLDS]
    if len(styles) < 2:
        return {}
    own = [one for one in real if one.style in styles]
    windows = [(one, window) for one in own for window in one.notes.windows(seconds, WINDOWS)]
    compositions = np.array([one.composition for one, _ in windows])
    labels = np.array([styles.index(one.style) for one, _ in windows])
    first, second = (
        _judged(
            opinion, [window for _, window in windows], labels, compositions, {s: sampled[s] for s in styles}
        )
        for opinion in (_FEATURES, _INTERVALS)
    )
    rows = {}
    for place, style in enumerate(styles):
        is_own = labels == place
        taken = first.sampled[style]
        recall, real_recall = _mean(taken == place), _mean(first.real[is_own] == place)
        second_recall, second_real = (
            _mean(second.sampled[style] == place),
            _mean(second.real[is_own] == place),
        )
        others = taken[taken != place]
        rows[style] = StyleRow(
            int(is_own.sum()),
            int(np.unique(compositions[is_own]).size),
            real_recall,
            len(taken),
            recall,
            _ratio(recall, real_recall),
            styles[int(np.bincount(others).argmax())] if others.size else "",
            second_real,
            second_recall,
            _ratio(second_recall, second_real),
        )
    return {ALL: _all(rows), **rows}


def _judged(
    opinion: _Opinion,
    windows: Sequence[NoteTable],
    labels: npt.NDArray[np.int64],
    compositions: npt.NDArray[np.str_],
    sampled: Mapping[str, Sequence[NoteTable]],
) -> _Judgement:
    """Train and ask the classifiers of an opinion."""
    told = [opinion.hears(window) for window in windows]
    shown = {style: [opinion.hears(notes) for notes in pieces] for style, pieces in sampled.items()}
    heard = np.zeros(len(windows), dtype=np.int64)
    votes = {style: np.zeros((len(pieces), len(sampled))) for style, pieces in sampled.items()}
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for known, unknown in folds.split(labels, labels, compositions):
        judge = opinion.untrained(len(known)).fit([told[place] for place in known], labels[known])
        heard[unknown] = judge.predict([told[place] for place in unknown])
        for style, pieces in shown.items():
            if pieces:
                votes[style] += _scores(judge, pieces)
    return _Judgement(heard, {style: own.argmax(axis=1) for style, own in votes.items()})


def _gaussian(_: int) -> Pipeline:
    """A support vector machine with a Gaussian kernel, every style weighing the same.

    Of those tried on this corpus it recognises most: 0.80 of real windows, logistic regression 0.79,
    extremely randomised trees 0.74.
    """
    return make_pipeline(
        StandardScaler(),
        SVC(C=2.0, gamma=0.3 / WIDTH, class_weight="balanced", decision_function_shape="ovr"),
    )


def _intervals(notes: NoteTable) -> list[str]:
    """The intervals from each note to the next in semitones, singly and in pairs; no time, no loudness."""
    steps = np.clip(np.diff(notes.pitches), -_LARGEST_INTERVAL, _LARGEST_INTERVAL).tolist()
    return [*map(str, steps), *(f"{one} {other}" for one, other in pairwise(steps))]


def _linear(windows: int) -> Pipeline:
    """A linear support vector machine over how often terms occur; 0.76 of real windows by `_intervals`."""
    least = _LEAST_WINDOWS if windows >= _MANY_WINDOWS else 1
    return make_pipeline(
        TfidfVectorizer(analyzer=_as_it_is, sublinear_tf=True, min_df=least),
        LinearSVC(C=0.3, class_weight="balanced"),
    )


def _as_it_is(terms: list[str]) -> list[str]:
    return terms


_FEATURES = _Opinion(style_features, _gaussian)
_INTERVALS = _Opinion(_intervals, _linear)


def _scores(judge: Pipeline, pieces: Sequence[Any]) -> Numbers:
    """How much speaks for each style, shape (pieces, styles)."""
    scores: Numbers = judge.decision_function(pieces)
    return np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores  # 1: of two styles


def _compositions(real: Sequence[RealPiece], style: str) -> int:
    return len({one.composition for one in real if one.style == style})


def _mean(answers: npt.NDArray[np.bool_]) -> float:
    return float(answers.mean()) if answers.size else 0.0


def _ratio(recall: float, real_recall: float) -> float | None:
    return recall / real_recall if real_recall else None


def _all(rows: Mapping[str, StyleRow]) -> StyleRow:
    def mean(name: str) -> float:
        return float(np.mean([getattr(row, name) for row in rows.values()]))

    recall, real_recall, second_recall, second_real = map(
        mean, ("recall", "real_recall", "second_recall", "second_real_recall")
    )
    return StyleRow(
        sum(row.real_windows for row in rows.values()),
        sum(row.real_compositions for row in rows.values()),
        real_recall,
        sum(row.pieces for row in rows.values()),
        recall,
        _ratio(recall, real_recall),
        "",
        second_real,
        second_recall,
        _ratio(second_recall, second_real),
    )
