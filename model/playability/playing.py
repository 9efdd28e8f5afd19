"""A piece in the making, kept within a level: which keys may be struck now, and which must be let go."""

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt

from model.events import PITCHES
from model.playability.hands import LEFT, RIGHT, Chord, Hands
from model.playability.levels import Level
from model.playability.strain import OVERLAP_STEPS, span_of

Keys = npt.NDArray[np.bool_]
"""Some of the 128 pitches, shape (128,)."""

_ALL = np.arange(PITCHES)
_NONE = np.zeros(PITCHES, dtype=np.bool_)


class Playing:
    """Two hands at a level, as a piece goes on; of a primer they know nothing."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._hands = Hands()
        self._strikers: dict[int, tuple[int, int]] = {}  # by pitch: its chord's step, and the hand
        self._keys = _NONE
        self._step = -1  # at which `_keys` may be struck

    def strike(self, step: int, pitch: int) -> None:
        """A key is struck."""
        self._remember(self._hands.strike(step, pitch))
        self._step = -1

    def strikable(self, step: int) -> Keys:
        """The keys that a hand may strike at a step; not to be changed."""
        if self._step != step:
            if not self._hands.is_open(step):
                self._remember(self._hands.close())
            self._keys = self._level.allows(self._hands.grips(step, _ALL))
            self._keys[list(self._hands.pitches)] = False  # struck at once it is struck once
            self._step = step
        return self._keys

    def overheld(self, step: int, sounding: Mapping[int, int]) -> Collection[int]:
        """Pitches of which one must be let go first, as the hands cannot hold them all; or none.

        Args:
            step: the time now.
            sounding: the step at which each sounding pitch was struck.
        """
        return self._beyond(sounding, step - OVERLAP_STEPS)

    def longest_wait(self, step: int, sounding: Mapping[int, int]) -> int | None:
        """How long nothing must be let go, in steps; None if that will not be before something is struck."""
        if not self._beyond(sounding, step):
            return None
        times = (time + OVERLAP_STEPS for time, *_ in self._held(sounding, step))
        return min(time for time in times if time > step) - step

    def _beyond(self, sounding: Mapping[int, int], latest: int) -> Collection[int]:
        """Of what was struck in chords until a step and sounds, what was there before it became too much."""
        level, held = self._level, self._held(sounding, latest)
        if level.is_pedalled or (len(held) <= level.hand_notes and _span(held) <= level.span):
            return ()
        groups = [[one for one in held if one[1] == hand] for hand in (LEFT, RIGHT)]
        too_much = [
            group for group in groups if len(group) > level.hand_notes or _span(group) > level.span
        ] + [held] * (len(held) > level.notes)
        beyond: set[int] = set()
        for group in too_much:
            last = max(step for step, *_ in group)
            beyond.update(pitch for step, _, pitch in group if step < last)
        return beyond

    def _held(self, sounding: Mapping[int, int], latest: int) -> list[tuple[int, int, int]]:
        """What was struck in chords until a step and sounds: the chord's step, the hand, the pitch."""
        if self._level.is_pedalled:
            return []
        self._remember(self._hands.chord())
        strikers = ((pitch, self._strikers.get(pitch)) for pitch in sounding)
        return [
            (*striker, pitch) for pitch, striker in strikers if striker is not None and striker[0] <= latest
        ]

    def _remember(self, chord: Chord | None) -> None:
        """Take note of who struck the notes of a chord, as far as that is known."""
        if chord is not None and not self._level.is_pedalled:
            for hand, pitches in enumerate(chord.hands):
                for pitch in pitches:
                    self._strikers[pitch] = chord.step, hand


def _span(held: list[tuple[int, int, int]]) -> int:
    return span_of([pitch for *_, pitch in held])
