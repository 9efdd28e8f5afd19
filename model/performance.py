"""From notes to performance events and back.

Encoding agrees event by event with `note_seq.performance_lib.Performance` on a sequence quantised by
`quantize_note_sequence_absolute` at 100 steps a second.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.events import (
    END,
    MAX_SHIFT_STEPS,
    NOTE_OFF,
    NOTE_ON,
    START,
    STEPS_PER_SECOND,
    TIME_SHIFT,
    VELOCITY,
    bin_to_velocity,
    velocity_to_bin,
)

Events = npt.NDArray[np.uint16]
"""Vocabulary indices of a performance, shape (events,), without START and END."""

DEFAULT_VELOCITY_BIN = 17
"""The loudness of notes that come before the first VELOCITY event: MIDI velocity 65."""


class Note(NamedTuple):
    """A key pressed and let go: MIDI pitch 0..127, velocity 1..127, times in seconds."""

    pitch: int
    velocity: int
    start: float
    end: float


def quantize(seconds: float) -> int:
    """The step nearest to a time; halves go up, as in note-seq."""
    return int(seconds * STEPS_PER_SECOND + 0.5)


def encode(notes: Iterable[Note]) -> Events:
    """The performance events of notes whose pedal is already applied.

    A note shorter than one step is held for one. Time runs from 0, so a silence before the first note
    becomes TIME_SHIFT events.
    """
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    moments: list[tuple[int, int, bool]] = []
    for index, note in enumerate(ordered):
        start = quantize(note.start)
        moments.append((start, index, False))
        moments.append((max(quantize(note.end), start + 1), index, True))
    moments.sort()

    events: list[int] = []
    now = 0
    velocity_bin = 0
    for step, index, is_release in moments:
        if step > now:
            events.extend(shifts(step - now))
            now = step
        note = ordered[index]
        if is_release:
            events.append(NOTE_OFF + note.pitch)
            continue
        if velocity_to_bin(note.velocity) != velocity_bin:
            velocity_bin = velocity_to_bin(note.velocity)
            events.append(VELOCITY + velocity_bin - 1)
        events.append(NOTE_ON + note.pitch)
    return np.array(events, dtype=np.uint16)


def shifts(steps: int) -> list[int]:
    """The TIME_SHIFT events that wait for `steps`, the longest first."""
    whole, rest = divmod(steps, MAX_SHIFT_STEPS)
    return [TIME_SHIFT + MAX_SHIFT_STEPS - 1] * whole + ([TIME_SHIFT + rest - 1] if rest else [])


def decode(events: Sequence[int] | Events) -> list[Note]:
    """The notes that events play, ordered by onset, then pitch.

    A NOTE_OFF ends the oldest sounding note of its pitch, one for a silent pitch does nothing, and
    whatever still sounds after the last event ends there.
    """
    sounding: dict[int, list[tuple[int, int]]] = {}
    notes: list[Note] = []
    now = 0
    velocity = bin_to_velocity(DEFAULT_VELOCITY_BIN)

    def release(pitch: int) -> None:
        start, struck = sounding[pitch].pop(0)
        if now > start:
            notes.append(Note(pitch, struck, start / STEPS_PER_SECOND, now / STEPS_PER_SECOND))

    for event in map(int, events):
        if event < NOTE_OFF:
            sounding.setdefault(event - NOTE_ON, []).append((now, velocity))
        elif event < TIME_SHIFT:
            if sounding.get(event - NOTE_OFF):
                release(event - NOTE_OFF)
        elif event < VELOCITY:
            now += event - TIME_SHIFT + 1
        elif event < START:
            velocity = bin_to_velocity(event - VELOCITY + 1)
        elif event == END:
            break
    for pitch, held in sounding.items():
        for _ in range(len(held)):
            release(pitch)
    return sorted(notes, key=lambda note: (note.start, note.pitch, note.end))


def from_first_onset(notes: Sequence[Note]) -> list[Note]:
    """The same notes, moved in time so that the first begins at 0."""
    lead = min((note.start for note in notes), default=0.0)
    return [note._replace(start=note.start - lead, end=note.end - lead) for note in notes]


def one_note_a_key(notes: Iterable[Note]) -> list[Note]:
    """The same notes as one piano can play them: a key struck again ends the note it still held.

    Of several notes struck on one key at once the longest stays.
    """
    last: dict[int, int] = {}  # pitch -> place of its latest note
    played: list[Note] = []
    for note in sorted(notes, key=lambda note: (note.start, note.pitch, note.end)):
        place = last.get(note.pitch)
        if place is not None and played[place].start == note.start:
            played[place] = note
            continue
        if place is not None and played[place].end > note.start:
            played[place] = played[place]._replace(end=note.start)
        last[note.pitch] = len(played)
        played.append(note)
    return played


def event_steps(events: Events) -> npt.NDArray[np.int64]:
    """The time at which each event happens, in steps, shape (events,)."""
    is_shift = (events >= TIME_SHIFT) & (events < VELOCITY)
    waited = np.where(is_shift, events.astype(np.int64) - TIME_SHIFT + 1, 0)
    return np.cumsum(waited) - waited
