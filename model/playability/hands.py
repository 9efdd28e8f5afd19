"""Two hands at a piano: which of them plays which notes.

A performance does not say. It is told here by onsets alone, as releases say little of the fingers: under
the pedal a note sounds on when its key is up. Notes struck within `CHORD_STEPS` of a first one are a chord.
The left hand takes its lower notes and the right its upper ones, divided where it is easiest from where the
hands were: with little to travel, narrow, and uncrossed. So a chord's division depends on what was struck
until then, in whatever order, and on nothing that follows: a piece in the making and the same piece finished
are divided alike.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.events import STEPS_PER_SECOND
from model.performance import Note

LEFT, RIGHT = 0, 1

CHORD_STEPS = 5
"""Notes that follow the first so soon are struck with it, 50 ms: pianists are no more exact."""

QUICK_STEPS = 50
"""Half a second. In twice the time a hand goes twice as far as easily, and in less no less far."""

_RESTED_STEPS = 200
"""After so long a hand travels as easily as ever."""

_HOME = (48, 72)
"""Where the hands lie before their first notes."""

_OCTAVE = 12
_FIFTH = 7
"""What lies under the five fingers."""

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grips:
    """What both hands do for each of some chords.

    Attributes:
        places: of each chord, how many of its notes are the left hand's, shape (chords,).
        notes: how many notes each hand strikes, shape (2, chords).
        spans: from the lowest to the highest of them, in whole semitones, shape (2, chords).
        leaps: from the lowest to the highest of them and of what the hand struck before, in semitones a half
            second, see `QUICK_STEPS`; 0 where the hand strikes nothing or its first notes, shape (2, chords).
        strokes: how often a hand struck within the last half second, this chord included; 0 where it
            strikes nothing, shape (2, chords).
    """

    places: Integers
    notes: Integers
    spans: npt.NDArray[np.float64]
    leaps: npt.NDArray[np.float64]
    strokes: Integers


@dataclass(frozen=True)
class Chord:
    """Notes struck together, divided between the hands.

    Attributes:
        step: when the first of them was struck.
        hands: the pitches of the left and of the right hand, in order.
        grips: what the hands do, of this one chord.
    """

    step: int
    hands: tuple[tuple[int, ...], tuple[int, ...]]
    grips: Grips


class Hands:
    """Both hands as a piece goes on."""

    def __init__(self) -> None:
        self._lows = np.array(_HOME, dtype=np.float64).reshape(2, 1, 1)
        self._highs = self._lows.copy()
        self._strokes: tuple[list[int], list[int]] = ([], [])
        self._step = 0
        self._pitches: list[int] = []  # of the chord that may still grow
        self._chord: Chord | None = None  # it, if it was asked for

    def strike(self, step: int, pitch: int) -> Chord | None:
        """A key is struck, no earlier than the one before.

        Returns:
            The chord before, if this note is none of it.
        """
        closed = None if self.is_open(step) else self.close()
        if not self._pitches:
            self._step = step
        insort(self._pitches, pitch)
        self._chord = None
        return closed

    def is_open(self, step: int) -> bool:
        """Whether a note struck at a step belongs to the last chord."""
        return bool(self._pitches) and step <= self._step + CHORD_STEPS

    @property
    def pitches(self) -> Sequence[int]:
        """What was struck of the last chord, in order; nothing where it was closed."""
        return self._pitches

    def chord(self) -> Chord | None:
        """The last chord as it is divided so far; None where it was closed."""
        if self._chord is None and self._pitches:
            grips = self._divided(np.array([self._pitches]), self._step)
            place = int(grips.places[0])
            hands = tuple(self._pitches[:place]), tuple(self._pitches[place:])
            self._chord = Chord(self._step, hands, grips)
        return self._chord

    def close(self) -> Chord | None:
        """End the last chord: whatever is struck from now on is none of it; None where there is none."""
        chord = self.chord()
        if chord is None:
            return None
        for hand, pitches in enumerate(chord.hands):
            if pitches:
                self._lows[hand], self._highs[hand] = pitches[0], pitches[-1]
                recent = [step for step in self._strokes[hand] if step > chord.step - QUICK_STEPS]
                self._strokes[hand][:] = [*recent, chord.step]
        self._pitches, self._chord = [], None
        return chord

    def grips(self, step: int, pitches: Integers) -> Grips:
        """What the hands would do if a pitch was struck at a step, for each of some pitches.

        A chord that none of them would belong to has to be closed before.
        """
        chords = np.empty((pitches.size, len(self._pitches) + 1), dtype=np.int64)
        chords[:, :-1] = self._pitches
        chords[:, -1] = pitches
        chords.sort(axis=1)
        return self._divided(chords, self._step if self._pitches else step)

    def _divided(self, chords: Integers, step: int) -> Grips:
        """Chords of equally many notes, each in order, (chords, notes), as they are divided at a step."""
        rows, size = chords.shape
        lows = np.empty((2, rows, size + 1))  # (hands, chords, divisions: how many notes are the left hand's)
        highs = np.empty_like(lows)
        lows[LEFT], highs[LEFT, :, 1:], highs[LEFT, :, 0] = chords[:, :1], chords, self._highs[LEFT]
        highs[RIGHT], lows[RIGHT, :, :-1], lows[RIGHT, :, size] = chords[:, -1:], chords, self._lows[RIGHT]
        spans = highs - lows
        leaps = np.maximum(highs, self._highs)
        leaps -= np.minimum(lows, self._lows)
        leaps /= self._ease(step)
        hardness = leaps / _OCTAVE
        hardness *= hardness
        stretch = np.maximum(spans - _FIFTH, 0) / (_OCTAVE - _FIFTH)
        hardness += stretch * stretch
        hardness[LEFT, :, 0] = hardness[RIGHT, :, size] = 0.0  # who strikes nothing has nothing to do
        crossed = np.maximum(highs[LEFT] - lows[RIGHT], 0) / _OCTAVE
        crossed *= crossed
        places = (crossed + hardness[LEFT] + hardness[RIGHT]).argmin(axis=1)

        chosen = np.arange(rows) * (size + 1) + places
        notes = np.array([places, size - places])
        plays = notes > 0
        struck = [[sum(one > step - QUICK_STEPS for one in strokes) + 1] for strokes in self._strokes]
        began = np.array([[bool(strokes)] for strokes in self._strokes])
        return Grips(
            places,
            notes,
            spans.reshape(2, -1)[:, chosen] * plays,
            leaps.reshape(2, -1)[:, chosen] * (plays & began),
            plays * np.array(struck),
        )

    def _ease(self, step: int) -> npt.NDArray[np.float64]:
        """How much farther than in half a second each hand may go by a step, shape (2, 1, 1)."""
        waits = [
            min(step - strokes[-1], _RESTED_STEPS) if strokes else _RESTED_STEPS for strokes in self._strokes
        ]
        return np.array([max(wait / QUICK_STEPS, 1.0) for wait in waits]).reshape(2, 1, 1)


def chords(notes: Sequence[Note]) -> list[Chord]:
    """The chords of a piece, divided between the hands, in order."""
    hands = Hands()
    ordered = sorted((round(note.start * STEPS_PER_SECOND), note.pitch) for note in notes)
    found = [hands.strike(step, pitch) for step, pitch in ordered]
    return [chord for chord in (*found, hands.close()) if chord is not None]
