"""A primer named on the command line: read, bounded, and checked to be music."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandError
from cli.files import read_bounded
from jobs.capabilities import PrimerLimits


@dataclass(frozen=True)
class Primer:
    """A primer's bytes, and how long it lasts from its first onset to its last release."""

    data: bytes
    seconds: float

    @property
    def sha256(self) -> str:
        """By which a request names it."""
        return hashlib.sha256(self.data).hexdigest()


def read_primer(path: Path, limits: PrimerLimits) -> Primer:
    """Read a primer.

    Raises:
        CommandError: the file is missing, too large, no MIDI file, or without notes.
    """
    from model.errors import MidiError
    from model.midi import MidiLimits, read_midi

    data = read_bounded(path, "primer", limits.max_bytes)
    try:
        notes = read_midi(data, MidiLimits(max_bytes=limits.max_bytes))
    except MidiError as error:
        raise CommandError(f"The primer {path} cannot be used: {error}") from error
    return Primer(data, max(note.end for note in notes) - min(note.start for note in notes))
