"""The sustain pedal, applied to the ends of notes.

Step for step as `note_seq.sequences_lib.apply_sustain_control_changes` does it.
"""

from collections import defaultdict
from enum import IntEnum
from operator import itemgetter
from typing import TYPE_CHECKING

from model.performance import Note

if TYPE_CHECKING:
    import pretty_midi

SUSTAIN_PEDAL = 64
"""Number of the pedal's control change."""

PEDAL_DOWN = 64
"""The least value of it that counts as down."""


class _Kind(IntEnum):
    """What happens at a moment; of one moment's happenings the lower number comes first."""

    PEDAL_DOWN = 0
    PEDAL_UP = 1
    ON = 2
    OFF = 3


def last_moment(instrument: "pretty_midi.Instrument") -> float:
    """When the last key is let go or the pedal moves for the last time, in seconds."""
    moves = (change.time for change in instrument.control_changes if change.number == SUSTAIN_PEDAL)
    return max([note.end for note in instrument.notes] + list(moves), default=0.0)


def sustained(instrument: "pretty_midi.Instrument", end: float) -> list[Note]:
    """An instrument's notes as long as they sound.

    Under the pedal a note sounds until the pedal is lifted or its key is struck again, and until `end`
    (seconds) where the pedal is never lifted.
    """
    moments: list[tuple[float, _Kind, int]] = []
    for index, note in enumerate(instrument.notes):
        moments += [(note.start, _Kind.ON, index), (note.end, _Kind.OFF, index)]
    for change in instrument.control_changes:
        if change.number == SUSTAIN_PEDAL:
            kind = _Kind.PEDAL_DOWN if change.value >= PEDAL_DOWN else _Kind.PEDAL_UP
            moments.append((change.time, kind, -1))
    moments.sort(key=itemgetter(0, 1))

    strings = _Strings(instrument)
    for time, kind, index in moments:
        if kind is _Kind.ON:
            strings.strike(index, time)
        elif kind is _Kind.OFF:
            strings.release(index)
        elif kind is _Kind.PEDAL_DOWN:
            strings.is_pedal_down = True
        else:
            strings.lift_pedal(time)
    return strings.notes(end)


class _Strings:
    """The strings of a piano: which notes sound on each, and where those that ended have ended."""

    def __init__(self, instrument: "pretty_midi.Instrument") -> None:
        self.is_pedal_down = False
        self._notes = instrument.notes
        self._ends = [note.end for note in instrument.notes]
        self._sounding: dict[int, set[int]] = defaultdict(set)  # pitch -> places in the list of notes
        self._held: set[int] = set()  # those of them that only the pedal holds
        self._dropped: set[int] = set()

    def strike(self, index: int, time: float) -> None:
        """A key goes down; under the pedal its string's earlier notes end."""
        note = self._notes[index]
        sounding = self._sounding[note.pitch]
        if self.is_pedal_down:
            for other in sounding:
                self._ends[other] = time
                if self._notes[other].start == time:  # struck twice at once: one note is enough
                    self._dropped.add(other)
            self._held -= sounding
            sounding.clear()
        sounding.add(index)

    def release(self, index: int) -> None:
        """A key is let go; under the pedal its note goes on."""
        sounding = self._sounding[self._notes[index].pitch]
        if not self.is_pedal_down:
            sounding.discard(index)
        elif index in sounding:
            self._held.add(index)

    def lift_pedal(self, time: float) -> None:
        """Notes whose keys are up end now."""
        self.is_pedal_down = False
        for index in self._held:
            self._ends[index] = time
            self._sounding[self._notes[index].pitch].discard(index)
        self._held.clear()

    def notes(self, end: float) -> list[Note]:
        """All notes; those that sound still end at `end`."""
        for sounding in self._sounding.values():
            for index in sounding:
                self._ends[index] = end
        return [
            Note(int(note.pitch), int(note.velocity), float(note.start), float(self._ends[index]))
            for index, note in enumerate(self._notes)
            if index not in self._dropped
        ]
