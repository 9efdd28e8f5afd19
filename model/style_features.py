"""What tells styles apart in a piece: no loudness, no grid of onsets, no key, no absolute time grid.

Loudness and exact timing would tell which recordings a piece comes from rather than its style. Notes struck
within 30 ms count as one chord, and gaps and durations enter as quantiles and coarse classes of logarithms.
"""

import numpy as np
import numpy.typing as npt

from model.keys import key_correlations
from model.measures import ringing
from model.note_table import NoteTable, Numbers

WIDTH = 178
"""How many features a piece has."""

WINDOW_SECONDS = 60.0
"""How long the music is whose features are compared."""

_TEMPLATES = (
    (0,), (0, 7), (0, 4), (0, 3), (0, 6), (0, 2), (0, 1),
    (0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 8), (0, 5, 7), (0, 2, 7),
    (0, 4, 7, 10), (0, 3, 7, 10), (0, 4, 7, 11), (0, 3, 6, 9), (0, 3, 6, 10), (0, 4, 7, 9), (0, 2, 4, 7),
)  # fmt: skip
"""Chord types as pitch classes above some root: intervals, triads, sevenths, sixths, added ninths."""

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_LAGS = range(1, 13)
_LEAST_SECONDS = 0.02


def style_features(notes: NoteTable) -> Numbers:
    """The features of a piece of four chords or more, shape (WIDTH,); zeros of a shorter one."""
    if notes.chord_starts.size < 4:
        return np.zeros(WIDTH)
    features: Numbers = np.concatenate(
        [
            _tonal(notes),
            _melodic(notes),
            _harmonic(notes),
            _register(notes),
            _rhythmic(notes),
            _repetition(notes),
        ]
    )
    return features


def _tonal(notes: NoteTable) -> Numbers:
    """Pitch classes from the tonic of the best-fitting key upwards, its mode and how well it fits (14)."""
    correlations = key_correlations(ringing(notes))
    best = int(correlations.argmax())
    degrees = np.bincount((notes.pitches - best) % 12, minlength=12)
    return np.concatenate([_shares(degrees), [best // 12, correlations[best]]])


def _melodic(notes: NoteTable) -> Numbers:
    """Steps of the highest and of the lowest notes, and of neighbouring onsets (25 + 25 + 13)."""
    highest = np.maximum.reduceat(notes.pitches, notes.chord_starts)
    lowest = np.minimum.reduceat(notes.pitches, notes.chord_starts)
    steps = [np.bincount(np.clip(np.diff(line), -12, 12) + 12, minlength=25) for line in (highest, lowest)]
    every = np.bincount(np.minimum(np.abs(np.diff(notes.pitches)), 12), minlength=13)
    return np.concatenate([_shares(one) for one in (*steps, every)])


def _harmonic(notes: NoteTable) -> Numbers:
    """Sounding chord types, intervals above the bass, sizes of struck chords (21 + 12 + 6)."""
    times = notes.chord_times + 0.05  # as the chord stands
    classes = np.zeros((times.size, 12), dtype=np.bool_)
    bass = np.zeros(times.size, dtype=np.int64)
    for pitch in np.unique(notes.pitches)[::-1]:  # so that the lowest is written last
        own = notes.pitches == pitch
        begun = np.searchsorted(notes.starts[own], times, side="right")
        sounds = begun > np.searchsorted(np.sort(notes.ends[own]), times, side="right")
        classes[sounds, pitch % 12] = True
        bass[sounds] = pitch % 12
    types = _TYPES[classes @ (1 << np.arange(12))]
    heard = classes.any(axis=1)
    above = np.zeros(12)
    rows, columns = np.nonzero(classes)
    np.add.at(above, (columns - bass[rows]) % 12, 1.0)
    sizes = np.minimum(np.bincount(notes.chords), 6) - 1
    counted = np.bincount(types[heard], minlength=len(_TEMPLATES) + 1)
    return np.concatenate([_shares(counted), _shares(above), _shares(np.bincount(sizes, minlength=6))])


def _register(notes: NoteTable) -> Numbers:
    """Where on the keyboard, how wide, how many notes at once (5 + 3 + 5)."""
    pitches = np.quantile(notes.pitches, _QUANTILES)
    chord_spans = np.maximum.reduceat(notes.pitches, notes.chord_starts) - np.minimum.reduceat(
        notes.pitches, notes.chord_starts
    )
    begun = np.searchsorted(notes.starts, notes.chord_times + 0.05)
    ended = np.searchsorted(np.sort(notes.ends), notes.chord_times + 0.05)
    spread = [notes.pitches.std(), chord_spans.mean(), chord_spans.std()]
    return np.concatenate([pitches, spread, np.quantile(begun - ended, _QUANTILES)])


def _rhythmic(notes: NoteTable) -> Numbers:
    """How dense, how gaps between chords are spread and follow each other, durations (2 + 5 + 7 + 10)."""
    gaps = np.log2(np.maximum(np.diff(notes.chord_times), _LEAST_SECONDS))
    changes = np.clip(np.rint(np.abs(np.diff(gaps)) * 2), 0, 6).astype(np.int64)
    durations = np.log2(np.maximum(notes.durations, _LEAST_SECONDS))
    to_next = np.append(gaps, gaps[-1])[notes.chords]
    return np.concatenate(
        [
            [len(notes) / notes.seconds, notes.chord_starts.size / notes.seconds],
            np.quantile(gaps, _QUANTILES),
            _shares(np.bincount(changes, minlength=7)),
            np.quantile(durations, _QUANTILES),
            np.quantile(durations - to_next, _QUANTILES),
        ]
    )


def _repetition(notes: NoteTable) -> Numbers:
    """How alike the pitch classes of chords are at some distances in chords, and of seconds (12 + 13)."""
    struck = np.zeros((notes.chord_starts.size, 12))
    struck[notes.chords, notes.pitches % 12] = 1.0
    struck /= np.linalg.norm(struck, axis=1, keepdims=True)
    seconds = (notes.starts - notes.starts[0]).astype(np.int64)
    held = np.zeros((int(seconds.max()) + 1, 12))
    np.add.at(held, (seconds, notes.pitches % 12), 1.0)
    held /= np.maximum(np.linalg.norm(held, axis=1, keepdims=True), 1e-9)
    return np.concatenate([_likeness(struck), _likeness(held), [_repeated(notes.pitches)]])


def _likeness(vectors: Numbers) -> Numbers:
    """The mean cosine of vectors of length 1, shape (rows, 12), at each of `_LAGS`; 0 beyond their number."""
    products = [(vectors[lag:] * vectors[:-lag]).sum(axis=1) for lag in _LAGS]
    return np.array([product.mean() if product.size else 0.0 for product in products])


def _repeated(pitches: npt.NDArray[np.int64]) -> float:
    """Share of notes whose pitch was struck within the four notes before."""
    again = [pitches[lag:] == pitches[:-lag] for lag in range(1, 5) if lag < pitches.size]
    found = np.zeros(pitches.size, dtype=np.bool_)
    for lag, same in enumerate(again, 1):
        found[lag:] |= same
    return float(found.mean())


def _shares(counts: npt.NDArray[np.int64] | Numbers) -> Numbers:
    shares: Numbers = counts / max(float(counts.sum()), 1e-9)
    return shares


def _chord_types() -> npt.NDArray[np.int64]:
    """The place of each set of pitch classes in `_TEMPLATES`, or one beyond, by the set's bits, (4096,)."""
    types = np.full(1 << 12, len(_TEMPLATES), dtype=np.int64)
    for place, template in reversed(list(enumerate(_TEMPLATES))):
        for root in range(12):
            types[sum(1 << (root + degree) % 12 for degree in template)] = place
    return types


_TYPES = _chord_types()
