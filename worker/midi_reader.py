"""The child process in which a primer is read: `python -m worker.midi_reader`, started by `worker.primer`.

Anybody's bytes are parsed here, so the process takes limits on itself before it sees them, and ends at once
when whoever started it is gone.

    stdin    one line of JSON, the fields of `Question`, then the file's bytes; open until the answer is read
    stdout   the performance events, unsigned 16-bit numbers, little-endian; of a refused file the sentence
    status   one of `Status`; any other is a crash
"""

import json
import os
import resource
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import IntEnum
from threading import Thread
from typing import BinaryIO, Self

from model.errors import MidiError
from model.midi import MidiLimits, read_midi
from model.performance import Events, encode, from_first_onset, one_note_a_key

MAX_MEMORY_BYTES = 1 << 30
"""Of address space. The most that a file was seen to take before it was read or refused is 0.4 GiB."""

MAX_OPEN_FILES = 16

_STDIN = 0


class Status(IntEnum):
    """How the process ends; Python itself ends with 1 after an exception, and with 2 if wrongly called."""

    READ = 0
    REFUSED = 3
    OUT_OF_MEMORY = 4


@dataclass(frozen=True)
class Question:
    """What is to be read, and within which limits.

    Attributes:
        size: of the file, in bytes.
        cpu_seconds: that reading may take.
        limits: how much the file may hold.
    """

    size: int
    cpu_seconds: int
    limits: MidiLimits

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """What `to_line` wrote."""
        fields = json.loads(line)
        return cls(**fields | {"limits": MidiLimits(**fields["limits"])})


def read_performance(data: bytes, limits: MidiLimits) -> Events:
    """A MIDI file as the network knows music: from its first onset on, one note a key.

    Raises:
        MidiError: it is no MIDI file, a damaged one, one that holds more than `limits` accept, or no notes.
    """
    return encode(from_first_onset(one_note_a_key(read_midi(data, limits))))


def main(stdin: BinaryIO, stdout: BinaryIO) -> Status:
    """Answer the one question that stdin asks."""
    question = Question.from_line(stdin.readline())
    _limit_oneself(question.cpu_seconds)
    data = stdin.read(question.size)
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        status, answer = Status.READ, read_performance(data, question.limits).astype("<u2").tobytes()
    except MidiError as refusal:
        status, answer = Status.REFUSED, str(refusal).encode()
    except MemoryError:
        status, answer = Status.OUT_OF_MEMORY, b""
    stdout.write(answer)
    stdout.flush()
    return status


def _limit_oneself(cpu_seconds: int) -> None:
    for kind, most in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(
            ValueError, OSError
        ):  # a stricter limit holds already, or the system has none of this kind
            resource.setrlimit(kind, (most, most))


def _end_with_parent() -> None:
    """Waits for the end of stdin, which the parent closes, or the system when the parent is no more."""
    os.read(_STDIN, 1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
