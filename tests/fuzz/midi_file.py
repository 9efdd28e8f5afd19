"""A MIDI file as parts that can be changed one by one, and written again with lengths that are right."""

import struct
from dataclasses import dataclass, field

META, SYSEX, SYSEX_MORE = 0xFF, 0xF0, 0xF7
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


@dataclass
class Event:
    """Something in a track.

    Attributes:
        ticks: since the event before.
        message: status byte and all that follows; of meta events and system exclusives with their length.
    """

    ticks: int
    message: bytes


@dataclass
class MidiFile:
    """A file.

    Attributes:
        kind: 0, 1 or 2.
        division: ticks a quarter.
        tracks: their events.
    """

    kind: int
    division: int
    tracks: list[list[Event]] = field(default_factory=list)


def number(value: int) -> bytes:
    """A number of variable length."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(0x80 | value & 0x7F)
    return bytes(reversed(parts))


def meta(kind: int, content: bytes) -> bytes:
    """A meta event."""
    return bytes([META, kind]) + number(len(content)) + content


def read(data: bytes) -> MidiFile:
    """A well-formed file as its parts."""
    kind, count, division = struct.unpack(">HHH", data[8:14])
    file, place = MidiFile(kind, division), 14
    for _ in range(count):
        (length,) = struct.unpack(">I", data[place + 4 : place + 8])
        file.tracks.append(_events(data[place + 8 : place + 8 + length]))
        place += 8 + length
    return file


def write(file: MidiFile, *, is_running: bool = False) -> bytes:
    """The bytes of a file.

    Args:
        file: its parts.
        is_running: whether a status that is that of the event before is left out.
    """
    header = struct.pack(
        ">4sIHHH", b"MThd", 6, file.kind & 0xFFFF, len(file.tracks) & 0xFFFF, file.division & 0xFFFF
    )
    return header + b"".join(_chunk(track, is_running=is_running) for track in file.tracks)


def _chunk(track: list[Event], *, is_running: bool) -> bytes:
    body, status = bytearray(), b""
    for event in track:
        message = event.message
        may_be_left_out = is_running and message[:1] == status and message[0] < SYSEX
        body += number(event.ticks) + (message[1:] if may_be_left_out else message)
        status = message[:1] if message[0] < SYSEX else b""
    return struct.pack(">4sI", b"MTrk", len(body)) + bytes(body)


def _events(body: bytes) -> list[Event]:
    events, place, status = [], 0, 0
    while place < len(body):
        ticks, place = _number(body, place)
        if body[place] & 0x80:
            status, place = body[place], place + 1
        if status in (META, SYSEX, SYSEX_MORE):
            begin = place + (status == META)
            length, content = _number(body, begin)
            end = content + length
        else:
            end = place + _DATA_BYTES[status & 0xF0]
        events.append(Event(ticks, bytes([status]) + body[place:end]))
        place = end
    return events


def _number(body: bytes, place: int) -> tuple[int, int]:
    value = 0
    while True:
        value, place = value << 7 | body[place] & 0x7F, place + 1
        if not body[place - 1] & 0x80:
            return value, place
