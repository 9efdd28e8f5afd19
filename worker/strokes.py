"""What a synth is told, and when: from a MIDI file, or from a performance while it is sampled."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from model.errors import MidiError
from model.events import NOTE_OFF, NOTE_ON, START, STEPS_PER_SECOND, TIME_SHIFT, VELOCITY, bin_to_velocity
from model.midi import parse_midi
from model.performance import DEFAULT_VELOCITY_BIN
from worker.errors import SynthesisError

STEP = 64
"""So many samples FluidSynth computes at once: between them nothing can change."""

TAIL_SECONDS = 8.0
"""The longest time that the last note may ring on."""

_SECONDS_PER_TICK = 0.001
_TICKS_PER_STEP = round(1 / (_SECONDS_PER_TICK * STEPS_PER_SECOND))
"""Of `write_midi`. Times are multiplied as they are when a file is read, to the last bit: some lie half-way
between two places where a stroke may fall."""

_PIANO_CONTROLS = frozenset({7, 11, 64, 66, 67})  # volume, expression, sustain, sostenuto, soft pedal


@dataclass(frozen=True, order=True)
class Stroke:
    """What the synth is told before it computes the sample `sample`; controls first, then releases."""

    sample: int
    order: int
    kind: Literal["control", "off", "on"]
    number: int  # pitch or control, 0..127
    value: int  # velocity or the control's value, 0..127


def read_strokes(midi: bytes, sample_rate: int) -> list[Stroke]:
    """The strokes of a MIDI file in order; every instrument of it but drums is played on the piano.

    Raises:
        SynthesisError: the bytes are no MIDI file with notes.
    """
    try:
        piece = parse_midi(midi)
    except MidiError as error:
        raise SynthesisError("The MIDI file is damaged or cut short and cannot be played.") from error
    pianos = [instrument for instrument in piece.instruments if not instrument.is_drum]
    if not any(instrument.notes for instrument in pianos):
        raise SynthesisError("The MIDI file holds no notes to play; give one that does.")
    strokes = []
    for instrument in pianos:
        for note in instrument.notes:
            start = _sample_at(note.start, sample_rate)
            end = max(_sample_at(note.end, sample_rate), start + STEP)
            strokes.append(_off(end, note.pitch))
            strokes.append(_on(start, note.pitch, note.velocity))
        strokes.extend(
            Stroke(_sample_at(change.time, sample_rate), 0, "control", change.number, change.value)
            for change in instrument.control_changes
            if change.number in _PIANO_CONTROLS
        )
    # A control hours behind the last release would be hours of silence.
    limit = max(stroke.sample for stroke in strokes if stroke.kind == "off") + TAIL_SECONDS * sample_rate
    return list(_released_last(sorted(stroke for stroke in strokes if stroke.sample <= limit)))


class Performed:
    """The strokes of a performance while it is sampled: those of the MIDI file that will be written of it.

    That holds for what is sampled without a primer, which begins with a note, holds no key twice, and lets go
    of all of them; of anything else the file's own strokes have to be read.
    """

    def __init__(self, sample_rate: int) -> None:
        self.strokes: list[Stroke] = []
        """All that are known so far."""

        self._sample_rate = sample_rate
        self._now = 0
        self._velocity = bin_to_velocity(DEFAULT_VELOCITY_BIN)
        self._at_once: list[Stroke] = []  # at the present moment, to which others may come

    def play(self, events: Sequence[int]) -> list[Stroke]:
        """Go on by some events; gives the strokes that are known by them."""
        known: list[Stroke] = []
        for event in events:
            if event < NOTE_OFF:
                self._at_once.append(_on(self._sample, event - NOTE_ON, self._velocity))
            elif event < TIME_SHIFT:
                self._at_once.append(_off(self._sample, event - NOTE_OFF))
            elif event < VELOCITY:
                known += sorted(self._at_once)
                self._at_once.clear()
                self._now += event - TIME_SHIFT + 1
            elif event < START:
                self._velocity = bin_to_velocity(event - VELOCITY + 1)
        self.strokes += known
        return known

    def finish(self) -> list[Stroke]:
        """No more events will come; gives the last strokes."""
        known = sorted(self._at_once)
        self.strokes += known
        return known

    @property
    def _sample(self) -> int:
        return _sample_at(_SECONDS_PER_TICK * (_TICKS_PER_STEP * self._now), self._sample_rate)


def _sample_at(seconds: float, sample_rate: int) -> int:
    """The nearest sample at which a synth can be told something."""
    return round(seconds * sample_rate / STEP) * STEP


def _on(sample: int, pitch: int, velocity: int) -> Stroke:
    return Stroke(sample, 2, "on", pitch, velocity)


def _off(sample: int, pitch: int) -> Stroke:
    return Stroke(sample, 1, "off", pitch, 0)


def _released_last(strokes: list[Stroke]) -> Iterator[Stroke]:
    """The strokes without releases of a pitch that another hand still holds: the last release counts."""
    sounding: Counter[int] = Counter()
    for stroke in strokes:
        if stroke.kind == "on":
            sounding[stroke.number] += 1
        elif stroke.kind == "off":
            sounding[stroke.number] -= 1
            if sounding[stroke.number]:
                continue
        yield stroke
