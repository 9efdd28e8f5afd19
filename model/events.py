"""The vocabulary of Performance RNN: what a pianist does, as a sequence of small events.

388 events as in Oore, Simon, Dieleman, Eck, Simonyan: "This Time with Feeling: Learning Expressive
Musical Performance" (2018) and magenta's `performance_lib`, in the order of its one-hot encoding,
followed by the start and the end of a piece.
"""

from enum import IntEnum
from typing import NamedTuple

STEPS_PER_SECOND = 100
"""Time resolution: one step is 10 ms."""

MAX_SHIFT_STEPS = 100
"""The longest TIME_SHIFT, in steps; longer waits are several events."""

VELOCITY_BINS = 32
"""Loudness resolution; a bin is four of MIDI's 127 velocities wide."""

VELOCITY_BIN_SIZE = 4

PITCHES = 128


class EventType(IntEnum):
    """What an event does, numbered as in magenta's `PerformanceEvent`."""

    NOTE_ON = 1
    NOTE_OFF = 2
    TIME_SHIFT = 3
    VELOCITY = 4
    START = 5
    END = 6


class PerformanceEvent(NamedTuple):
    """One event.

    `value` is a MIDI pitch 0..127 (NOTE_ON, NOTE_OFF), steps 1..100 (TIME_SHIFT), a bin 1..32
    (VELOCITY) or 0 (START, END).
    """

    type: EventType
    value: int


NOTE_ON = 0
"""Index of NOTE_ON of pitch 0; the pitches follow in order."""

NOTE_OFF = NOTE_ON + PITCHES
TIME_SHIFT = NOTE_OFF + PITCHES
"""Index of a shift by one step."""

VELOCITY = TIME_SHIFT + MAX_SHIFT_STEPS
"""Index of velocity bin 1."""

START = VELOCITY + VELOCITY_BINS
END = START + 1
VOCABULARY_SIZE = END + 1

_FIRST = {
    EventType.NOTE_ON: (NOTE_ON, 0, PITCHES),
    EventType.NOTE_OFF: (NOTE_OFF, 0, PITCHES),
    EventType.TIME_SHIFT: (TIME_SHIFT, 1, MAX_SHIFT_STEPS),
    EventType.VELOCITY: (VELOCITY, 1, VELOCITY_BINS),
    EventType.START: (START, 0, 1),
    EventType.END: (END, 0, 1),
}


def index_of(event: PerformanceEvent) -> int:
    """The event's place in the vocabulary, 0..389.

    Raises:
        ValueError: the value is outside of its type's range.
    """
    first, least, count = _FIRST[event.type]
    if not least <= event.value < least + count:
        raise ValueError(f"{event.type.name} cannot be {event.value}")
    return first + event.value - least


def event_at(index: int) -> PerformanceEvent:
    """The event at a place in the vocabulary; the inverse of `index_of`.

    Raises:
        ValueError: no event stands there.
    """
    for event_type, (first, least, count) in _FIRST.items():
        if first <= index < first + count:
            return PerformanceEvent(event_type, index - first + least)
    raise ValueError(f"no event has the index {index}")


def velocity_to_bin(velocity: int) -> int:
    """The bin 1..32 of a MIDI velocity 1..127."""
    return (velocity - 1) // VELOCITY_BIN_SIZE + 1


def bin_to_velocity(velocity_bin: int) -> int:
    """The least MIDI velocity of a bin, as magenta decodes it."""
    return 1 + (velocity_bin - 1) * VELOCITY_BIN_SIZE
