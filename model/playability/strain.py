"""What a piece asks of two hands, in a few figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from model.events import STEPS_PER_SECOND
from model.performance import Note
from model.playability.hands import CHORD_STEPS, LEFT, QUICK_STEPS, RIGHT, Chord, chords

OVERLAP_STEPS = 10
"""Until so long after a chord a hand may still let go what it held before: fingers pass a melody on with some
overlap."""


@dataclass(frozen=True)
class Strain:
    """What a piece asks of two hands; all 0 where there are no notes.

    What is struck is told apart from what is held. Whoever uses the pedal need hold nothing, so that only the
    former counts; without a pedal fingers hold whatever sounds.

    Attributes:
        span: the largest from the lowest to the highest note that a hand strikes at once, in semitones.
        hand_notes: the most notes that a hand strikes at once.
        notes: the most notes that both strike at once.
        leap: the widest leap of a hand, in semitones a half second, see `Grips.leaps`.
        strokes: how often a hand strikes within half a second at the most.
        held_span: as `span`, of what a hand strikes and of what it holds then, without a pedal.
        held_hand_notes: as `hand_notes`, likewise.
        held_notes: as `notes`, likewise.
    """

    span: int = 0
    hand_notes: int = 0
    notes: int = 0
    leap: float = 0.0
    strokes: int = 0
    held_span: int = 0
    held_hand_notes: int = 0
    held_notes: int = 0

    @property
    def strokes_per_second(self) -> float:
        """How often a hand strikes, reckoned to a second."""
        return self.strokes * STEPS_PER_SECOND / QUICK_STEPS


def strain(notes: Sequence[Note]) -> Strain:
    """What some notes ask of two hands."""
    found = chords(notes)
    if not found:
        return Strain()
    held = _held(notes, found)
    return Strain(
        span=max(int(chord.grips.spans.max()) for chord in found),
        hand_notes=max(int(chord.grips.notes.max()) for chord in found),
        notes=max(int(chord.grips.notes.sum()) for chord in found),
        leap=max(float(chord.grips.leaps.max()) for chord in found),
        strokes=max(int(chord.grips.strokes.max()) for chord in found),
        held_span=max(span_of(pitches) for both in held for pitches in both),
        held_hand_notes=max(len(pitches) for both in held for pitches in both),
        held_notes=max(sum(map(len, both)) for both in held),
    )


def span_of(pitches: Sequence[int]) -> int:
    """From the lowest to the highest, in semitones; 0 where there are none."""
    return max(pitches) - min(pitches) if pitches else 0


def _held(notes: Sequence[Note], found: Sequence[Chord]) -> list[tuple[list[int], list[int]]]:
    """The pitches that each hand still holds when it had time to let go what was before a chord, by chord."""
    coming = sorted(
        (round(note.start * STEPS_PER_SECOND), note.pitch, round(note.end * STEPS_PER_SECOND))
        for note in notes
    )
    place = 0
    sounding: list[tuple[int, int, int]] = []  # hand, pitch, end
    held = []
    for chord in found:
        while place < len(coming) and coming[place][0] <= chord.step + CHORD_STEPS:
            _, pitch, end = coming[place]
            sounding.append((LEFT if pitch in chord.hands[LEFT] else RIGHT, pitch, end))
            place += 1
        sounding = [one for one in sounding if one[2] > chord.step + OVERLAP_STEPS]
        left, right = ([pitch for hand, pitch, _ in sounding if hand == which] for which in (LEFT, RIGHT))
        held.append((left, right))
    return held
