"""Whether material returns: self-similarity, and the structureness indicator of a piece.

The indicator is that of Wu and Yang (The Jazz Transformer on the Front Line, ISMIR 2020): the largest
fitness of any segment whose length lies between two bounds. Fitness is that of Müller, Jiang and Grosche (A
robust fitness measure for capturing repetitions in music recordings, IEEE TASLP 2013): how much of a piece
the repetitions of a segment cover, and how exact they are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from model.form.similarity import FRAME_SECONDS, self_similarity
from model.note_table import Numbers
from model.performance import Note

RETURN_SECONDS = (10, 60)
"""How long material is whose return counts, in seconds."""

EVERY_SECONDS = 2
"""Segments whose lengths differ by less are not told apart."""

_KEPT = 0.2
_PENALTY = -2.0
"""As Müller computes it: the largest share of similarities is kept and spread over 0 to 1, and everything
below counts so much."""


def structureness(notes: Sequence[Note]) -> float:
    """The structureness indicator: the largest fitness of a segment of `RETURN_SECONDS`, 0 to 1.

    0 for a piece that is shorter than twice the shortest segment.
    """
    scores = _scores(self_similarity(notes, max((note.end for note in notes), default=0.0)))
    shortest, longest = (round(bound / FRAME_SECONDS) for bound in RETURN_SECONDS)
    step = round(EVERY_SECONDS / FRAME_SECONDS)
    lengths = range(shortest, min(longest, scores.shape[0] // 2) + 1, step)
    return max((float(fitness(scores, length).max()) for length in lengths), default=0.0)


def fitness(scores: Numbers, length: int) -> Numbers:
    """The fitness of every segment of a length.

    Args:
        scores: of every two frames, at most 1, negative where they are not alike, shape (frames, frames).
        length: of a segment, in frames.

    Returns:
        0 to 1, by the segment's first frame, shape (frames - length + 1,). 0 where nothing of it comes again.
    """
    frames = scores.shape[0]
    total, cells, covered = _best_family(sliding_window_view(scores, length, axis=1))
    exactness = np.clip((total - length) / cells, 0, None)
    coverage = np.clip((covered - length) / frames, 0, None)
    both = exactness + coverage
    fit: Numbers = np.zeros_like(both)
    np.divide(2 * exactness * coverage, both, out=fit, where=both > 0)
    return fit


def _best_family(scores: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The best families of paths over segments, by dynamic programming over the frames of the piece.

    A path runs through a segment from its first to its last frame while the piece goes on by one or two
    frames; paths of a family do not overlap in the piece.

    Args:
        scores: of every frame of the piece with every frame of each segment, shape (frames, segments,
            length).

    Returns:
        Of the best family of each segment: its score, its number of cells, and how many frames it covers,
        each of shape (segments,).
    """
    frames, segments, length = scores.shape
    # Of the best way to each place: score, cells, frames covered; a row's first place is "between paths".
    nowhere = np.zeros((3, segments, length + 1))
    nowhere[0] = -np.inf
    before, last = nowhere, nowhere.copy()
    between = np.zeros((3, segments, 1))
    for frame in range(frames):
        here = nowhere.copy()
        if frame:
            between = _better(last[:, :, :1], last[:, :, -1:])
        here[:, :, :1] = between
        one = np.stack([scores[frame], np.ones((segments, length)), np.ones((segments, length))])
        here[:, :, 1:2] = between + one[:, :, :1]
        if length > 1:
            ways = _better(last[:, :, 1:-1], before[:, :, 1:-1] + np.array([0.0, 0.0, 1.0])[:, None, None])
            ways[:, :, 1:] = _better(ways[:, :, 1:], last[:, :, 1:-2])
            here[:, :, 2:] = ways + one[:, :, 1:]
        before, last = last, here
    total, cells, covered = _better(last[:, :, :1], last[:, :, -1:])[:, :, 0]
    return total, np.maximum(cells, 1), covered


def _better(ways: Numbers, others: Numbers) -> Numbers:
    """The ways with the higher score, place by place."""
    return np.where(others[:1] > ways[:1], others, ways)


def _scores(similarity: Numbers) -> Numbers:
    """What similarities count: the largest 0 to 1, all others `_PENALTY`; a frame is wholly like itself."""
    threshold = np.quantile(similarity, 1 - _KEPT)
    spread = np.maximum(similarity.max() - threshold, 1e-9)
    scores = np.where(similarity >= threshold, (similarity - threshold) / spread, _PENALTY)
    np.fill_diagonal(scores, 1.0)
    return scores
