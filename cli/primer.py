"""A primer named on the command line: bounded, and seen to begin like MIDI. No front looks further."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandError
from cli.files import read_bounded
from jobs.capabilities import PrimerLimits

MIDI_HEADER = b"MThd"


@dataclass(frozen=True)
class Primer:
    """A primer's bytes, of which no more is known than that they may be a MIDI file."""

    data: bytes

    @property
    def sha256(self) -> str:
        """By which a request names it."""
        return hashlib.sha256(self.data).hexdigest()


def read_primer(path: Path, limits: PrimerLimits) -> Primer:
    """Read a primer's bytes.

    Raises:
        CommandError: the file is missing, too large, empty or no MIDI file.
    """
    data = read_bounded(path, "primer", limits.max_bytes)
    if not data:
        raise CommandError(f"The primer {path} is empty; give a MIDI file that holds notes.")
    if not data.startswith(MIDI_HEADER):
        raise CommandError(f"The primer {path} is not a MIDI file: it does not begin with a MIDI header.")
    return Primer(data)
