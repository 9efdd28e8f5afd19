"""MIDI files in and out, through pretty_midi.

Reading applies the sustain pedal to note ends, so that a note lasts as long as it sounds.
"""

import contextlib
import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

with contextlib.redirect_stdout(io.StringIO()):  # pyfluidsynth, which it imports, prints where CI is set
    import pretty_midi

from model.errors import MidiError
from model.pedal import last_moment, sustained
from model.performance import Note

_ENDLESS_NUMBER = re.compile(rb"[\x80-\xff]{1024}")
"""Bytes that may be one number of thousands of digits, which mido would take hours and gigabytes to read."""


@dataclass(frozen=True)
class MidiLimits:
    """How much a MIDI file may hold before it is refused."""

    max_bytes: int = 1 << 20
    max_notes: int = 50_000
    max_seconds: float = 3600.0


def read_midi(data: bytes, limits: MidiLimits | None = None) -> list[Note]:
    """The notes of a MIDI file as they sound, pedal applied, all instruments but drums together.

    Args:
        data: the file's bytes.
        limits: what is still accepted; the defaults of `MidiLimits` where none are given.

    Returns:
        Notes ordered by onset, then pitch; times in seconds from the start of the file.

    Raises:
        MidiError: the bytes are empty, too many, no MIDI file, or one without notes.
    """
    limits = limits or MidiLimits()
    if not data:
        raise MidiError("The MIDI file is empty; give one that holds notes.")
    if len(data) > limits.max_bytes:
        raise MidiError(f"The MIDI file has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted.")
    if not data.startswith(b"MThd"):
        raise MidiError("This is not a MIDI file: it does not begin with a MIDI header.")
    pianos = [instrument for instrument in parse_midi(data).instruments if not instrument.is_drum]
    count = sum(len(piano.notes) for piano in pianos)
    if not count:
        raise MidiError("The MIDI file holds no notes; give one that does.")
    if count > limits.max_notes:
        raise MidiError(f"The MIDI file has {count:,} notes; at most {limits.max_notes:,} are accepted.")
    end = max(last_moment(piano) for piano in pianos)
    notes = [note for piano in pianos for note in sustained(piano, end)]
    if max(note.end for note in notes) > limits.max_seconds:
        raise MidiError(f"The MIDI file lasts more than the {limits.max_seconds:g} s that are accepted.")
    return sorted(notes, key=lambda note: (note.start, note.pitch))


def write_midi(notes: Iterable[Note]) -> bytes:
    """A MIDI file of one piano track in which a tick is a millisecond.

    The bytes depend on the notes alone: no date, no name of a piece stands in them.
    """
    midi = pretty_midi.PrettyMIDI(resolution=500, initial_tempo=120.0)
    piano = pretty_midi.Instrument(program=0, name="Piano")
    piano.notes = [pretty_midi.Note(note.velocity, note.pitch, note.start, note.end) for note in notes]
    midi.instruments.append(piano)
    file = io.BytesIO()
    midi.write(file)
    return file.getvalue()


def parse_midi(data: bytes) -> pretty_midi.PrettyMIDI:
    """A MIDI file as pretty_midi has it.

    Raises:
        MidiError: the bytes are no MIDI file, or a damaged one.
    """
    damaged = "The MIDI file is damaged or cut short and cannot be read."
    if _ENDLESS_NUMBER.search(data):
        raise MidiError(damaged)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tempo changes outside of track 0 are common and harmless
            return pretty_midi.PrettyMIDI(io.BytesIO(data))
    except Exception as error:  # mido answers damaged bytes with any of a dozen types
        raise MidiError(damaged) from error
