"""Slow diatonic harmony: scales, progressions from a small grammar, and voices that move little."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

# Semitones above the tonic; the first of a kind is the plain scale, the others colour it:
# ionian, lydian, mixolydian; aeolian, dorian.
_MAJOR = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 4, 6, 7, 9, 11),
    (0, 2, 4, 5, 7, 9, 10),
)
_MINOR = ((0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10))

# Which degrees (0 = tonic) may follow which. The diminished degree of each mode is left out, as it asks for
# a resolution that music at rest does not want.
_AFTER_MAJOR = {0: (5, 3, 2, 1, 4), 1: (4, 3, 0), 2: (5, 3), 3: (0, 4, 1, 5), 4: (0, 5, 3), 5: (3, 2, 1, 4)}
_AFTER_MINOR = {
    0: (5, 2, 3, 6, 4),
    2: (6, 5, 3),
    3: (0, 6, 4, 5),
    4: (5, 3, 0),
    5: (2, 3, 6, 0),
    6: (2, 0, 5),
}

_PLAIN_SCALE = 0.8
"""How often a piece keeps to the plain major or natural minor scale."""


@dataclass(frozen=True)
class Scale:
    """Seven pitch classes, the tonic first."""

    tones: tuple[int, ...]
    minor: bool

    def triad(self, degree: int) -> tuple[int, ...]:
        """Pitch classes of the triad on a degree 0..6, its root first."""
        return tuple(self.tones[(degree + third) % 7] for third in (0, 2, 4))

    def near(self, pitch: int, steps: int) -> int:
        """The pitch that lies `steps` scale steps above the highest scale tone not above `pitch`."""
        ladder = [octave * 12 + tone for octave in range(11) for tone in sorted(self.tones)]
        start = max(place for place, rung in enumerate(ladder) if rung <= pitch)
        return ladder[start + steps]


@dataclass(frozen=True)
class Chord:
    """A harmony: the pitch class of its bass, and those of the voices above, the root first."""

    bass: int
    tones: tuple[int, ...]


def scale_of(key: int, rng: np.random.Generator) -> Scale:
    """A scale of a key 0..23, plain or coloured."""
    kinds = _MINOR if key >= 12 else _MAJOR
    kind = 0 if rng.random() < _PLAIN_SCALE else int(rng.integers(1, len(kinds)))
    return Scale(tuple((key + step) % 12 for step in kinds[kind]), key >= 12)


def progression(scale: Scale, length: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Degrees of a cycle of chords that begins on the tonic and leads back to it."""
    after = _AFTER_MINOR if scale.minor else _AFTER_MAJOR
    while True:
        degrees = [0]
        while len(degrees) < length:
            following = after[degrees[-1]]
            weights = np.arange(len(following), 0, -1, dtype=float)
            degrees.append(int(rng.choice(following, p=weights / weights.sum())))
        if length == 1 or (degrees[-1] != 0 and 0 in after[degrees[-1]]):
            return tuple(degrees)


def chord(scale: Scale, degree: int, colour: str, *, pedal_point: bool) -> Chord:
    """The chord on a degree.

    Args:
        scale: where its tones come from.
        degree: 0..6.
        colour: "triad", "seventh", "ninth" (instead of the third's octave) or "open" (second for third).
        pedal_point: whether the bass stays on the tonic.
    """
    tones = scale.triad(degree)
    if colour == "seventh" and degree != 4:  # a dominant seventh would press for a cadence
        tones += (scale.tones[(degree + 6) % 7],)
    elif colour == "ninth":
        tones += (scale.tones[(degree + 1) % 7],)
    elif colour == "open" and degree != 0:
        tones = (tones[0], scale.tones[(degree + 1) % 7], tones[2])
    return Chord(scale.tones[0] if pedal_point else tones[0], tones)


def voiced(tones: Sequence[int], previous: Sequence[int] | None, centre: float) -> tuple[int, ...]:
    """The close position of some pitch classes that moves least from the voices before.

    Args:
        tones: three or four pitch classes.
        previous: the pitches that sounded before, lowest first; None at the beginning.
        centre: the pitch around which the voices shall lie.

    Returns:
        Pitches, lowest first, within an octave.
    """
    lowest = round(centre) - 12
    places = [[pitch for pitch in range(lowest, lowest + 25) if pitch % 12 == tone] for tone in tones]
    best: tuple[float, tuple[int, ...]] | None = None
    for pitches in product(*places):
        voices = tuple(sorted(pitches))
        if voices[-1] - voices[0] > 12:
            continue
        cost = 0.5 * abs(sum(voices) / len(voices) - centre)
        if previous is not None:
            cost += sum(min(abs(voice - old) for old in previous) for voice in voices)
        if best is None or (cost, voices) < best:
            best = (cost, voices)
    assert best is not None  # noqa: S101  (25 semitones hold every tone twice)
    return best[1]


def nearest(tone: int, pitch: float) -> int:
    """The pitch of a pitch class that lies nearest to a pitch, the lower one of two."""
    low = round(pitch) - 6
    return low + (tone - low) % 12
