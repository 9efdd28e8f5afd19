"""MIDI files in and out, through pretty_midi.

Reading applies the sustain pedal to note ends, so that a note lasts as long as it sounds.
"""

import contextlib
import io
import re
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

with contextlib.redirect_stdout(io.StringIO()):  # pyfluidsynth, which it imports, prints where CI is set
    import pretty_midi

from model.errors import MidiError
from model.pedal import last_moment, sustained
from model.performance import Note

_DAMAGED = "The MIDI file is damaged or cut short and cannot be read."

_ENDLESS_NUMBER = re.compile(rb"(?<![\x80-\xff])[\x80-\xff]{1024}")
"""Bytes that may be one number of thousands of digits, which mido would take hours and gigabytes to read.

Looked for only where such bytes begin: anywhere else it would take a thousand times as long.
"""


@dataclass(frozen=True)
class MidiLimits:
    """How much a MIDI file may hold before it is refused.

    Attributes:
        max_bytes: of the file.
        max_tracks: where nothing is said, as many as the bytes hold.
        max_events: notes on and off, controls, tempi, texts and all else in all tracks together; where
            nothing is said, as many as the bytes hold.
        max_notes: that are heard.
        max_seconds: from the beginning of the file to the end of its last note.
    """

    max_bytes: int = 1 << 20
    max_tracks: int = sys.maxsize
    max_events: int = sys.maxsize
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
        MidiError: the bytes are no MIDI file, a damaged one, one that holds more than `limits` accept, or one
            without notes.
    """
    limits = limits or MidiLimits()
    pianos = [instrument for instrument in parse_midi(data, limits).instruments if not instrument.is_drum]
    # Once more, since of what a channel is told before its notes every program that plays there has a share.
    if sum(len(piano.notes) + len(piano.control_changes) for piano in pianos) > limits.max_events:
        raise _too_many_events(limits)
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


def parse_midi(data: bytes, limits: MidiLimits | None = None) -> pretty_midi.PrettyMIDI:
    """A MIDI file as pretty_midi has it.

    Of the limits those of bytes, tracks and events are kept here; none where none are given.

    Raises:
        MidiError: the bytes are no MIDI file, a damaged one, or one that holds more than `limits` accept.
        MemoryError: it takes more memory than there is.
    """
    limits = limits or MidiLimits(max_bytes=sys.maxsize)
    check_unread(data, limits)
    if _ENDLESS_NUMBER.search(data):
        raise MidiError(_DAMAGED)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tempo changes outside of track 0 are common and harmless
            return pretty_midi.PrettyMIDI(_MeteredFile(data, limits))
    except (MidiError, MemoryError):
        raise
    except Exception as error:  # mido answers damaged bytes with any of a dozen types
        raise MidiError(_DAMAGED) from error


def check_unread(data: bytes, limits: MidiLimits) -> None:
    """Refuse whatever a look at size and header is enough for; what passes may still be anything.

    Raises:
        MidiError: the bytes are none, too many, no MIDI file, or one of too many tracks.
    """
    if not data:
        raise MidiError("The MIDI file is empty; give one that holds notes.")
    if len(data) > limits.max_bytes:
        raise MidiError(f"The MIDI file has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted.")
    if not data.startswith(b"MThd"):
        raise MidiError("This is not a MIDI file: it does not begin with a MIDI header.")
    tracks = _tracks(data)
    if tracks > limits.max_tracks:
        raise MidiError(f"The MIDI file has {tracks:,} tracks; at most {limits.max_tracks:,} are accepted.")


class _MeteredFile(io.BytesIO):
    """A file that ends mido's reading when it has read as many events as are accepted.

    Before each event, and at the end of each track, mido asks how far it is; of a track's first event it asks
    twice. It reads as many tracks as the header says.
    """

    def __init__(self, data: bytes, limits: MidiLimits) -> None:
        super().__init__(data)
        self._limits = limits
        self._left = limits.max_events + 2 * _tracks(data)

    def tell(self) -> int:
        """How far reading is, in bytes."""
        if not self._left:
            raise _too_many_events(self._limits)
        self._left -= 1
        return super().tell()


def _tracks(data: bytes) -> int:
    """The number of tracks that a file's header says."""
    return int.from_bytes(data[10:12], "big")


def _too_many_events(limits: MidiLimits) -> MidiError:
    return MidiError(f"The MIDI file holds more than the {limits.max_events:,} events that are accepted.")
