"""How alike any two stretches of a piece are."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.performance import Note

FRAME_SECONDS = 1.0
"""The resolution of a self-similarity matrix."""

SMOOTHING = 4
"""Similarities are averaged along diagonals over so many frames: stretches are compared, not moments."""


def chroma(notes: Sequence[Note], seconds: float) -> npt.NDArray[np.float64]:
    """Pitch classes by frame, each row of length 1, shape (frames, 12).

    A note counts by how long it sounds in a frame, half a frame more where it begins, and half as much in
    the frames beside.

    Args:
        notes: of the piece, in any order.
        seconds: its length.
    """
    frames = max(int(np.ceil(seconds / FRAME_SECONDS)), 1)
    held = np.zeros((frames + 2, 12))
    starts, ends = (np.array([getattr(note, edge) for note in notes]) for edge in ("start", "end"))
    classes = np.array([note.pitch % 12 for note in notes], dtype=np.int64)
    first = np.clip((starts / FRAME_SECONDS).astype(np.int64), 0, frames - 1)
    np.add.at(held, (first + 1, classes), 0.5 * FRAME_SECONDS)
    for frame in range(frames):
        begin = frame * FRAME_SECONDS
        lasting = np.minimum(ends, begin + FRAME_SECONDS) - np.maximum(starts, begin)
        sounds = lasting > 0
        np.add.at(held[frame + 1], classes[sounds], lasting[sounds])
    blurred = 0.5 * held[:-2] + held[1:-1] + 0.5 * held[2:]
    lengths = np.linalg.norm(blurred, axis=1, keepdims=True)
    unit: npt.NDArray[np.float64] = np.full_like(blurred, 12**-0.5)
    np.divide(blurred, lengths, out=unit, where=lengths > 0)
    return unit


def self_similarity(notes: Sequence[Note], seconds: float) -> npt.NDArray[np.float64]:
    """How alike the pitch classes of any two stretches of a piece are, 0 to 1, shape (frames, frames).

    Cosines of frames, averaged along diagonals over the `SMOOTHING` frames from each on (Müller,
    Fundamentals of Music Processing, 2015, section 4.2).
    """
    vectors = chroma(notes, seconds)
    cosines = vectors @ vectors.T
    size = cosines.shape[0]
    padded = np.pad(cosines, ((0, SMOOTHING - 1), (0, SMOOTHING - 1)), mode="edge")
    smoothed = np.zeros_like(cosines)
    for lag in range(SMOOTHING):
        smoothed += padded[lag : lag + size, lag : lag + size]
    smoothed /= SMOOTHING
    return smoothed
