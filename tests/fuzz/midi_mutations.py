"""MIDI files that are nearly right: real ones with some things changed that a reader has to bear."""

import struct
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random

from tests.fuzz.midi_file import Event, MidiFile, meta, read, write

LARGEST = 1 << 16
"""Bytes of a file: what can go wrong does so in small ones too, and many of them are to be read."""

_TICKS = (0, 1, 2, 127, 128, 480, 9_600, 1 << 14, 100_000, 5_000_000, (1 << 28) - 1)
_DIVISIONS = (1, 2, 24, 96, 480, 960, 20_000, 0x7FFF, 0, 0x8000, 0xE728, 0xFFFF)
_TEMPI = (0, 1, 1_000, 250_000, 500_000, 2_000_000, 0xFFFFFF)
_CONTROLS = (0, 1, 6, 7, 32, 64, 66, 67, 120, 121, 123, 127)

Mutation = Callable[[Random, MidiFile], None]


def mutated(random: Random, seeds: Sequence[bytes]) -> bytes:
    """A file that comes of one or two others."""
    file = deepcopy(read(random.choice(seeds)))
    if random.random() < 0.15:
        _splice(random, file, read(random.choice(seeds)))
    for _ in range(random.choice((1, 1, 2, 3, 5, 9))):
        random.choice(_MUTATIONS)(random, file)
    data = write(file, is_running=random.random() < 0.3)
    if random.random() < 0.12:
        data = _damaged(random, data)
    return data[:LARGEST]


def _splice(random: Random, file: MidiFile, other: MidiFile) -> None:
    """Some music of another file, in a track of its own or in the midst of one."""
    track = random.choice(other.tracks)
    begin = random.randrange(len(track))
    part = track[begin : begin + random.randint(1, 200)]
    if random.random() < 0.5 or not file.tracks:
        file.tracks.append(part)
        file.kind = random.choice((0, 1, 2))
    else:
        into = random.choice(file.tracks)
        place = random.randint(0, len(into))
        into[place:place] = part


def _track(random: Random, file: MidiFile) -> list[Event]:
    if not file.tracks:
        file.tracks.append([])
    return random.choice(file.tracks)


def _retime(random: Random, file: MidiFile) -> None:
    track = _track(random, file)
    for event in random.sample(track, min(len(track), random.choice((1, 1, 4, 32)))):
        event.ticks = random.choice(_TICKS) if random.random() < 0.2 else random.randint(0, 2_000)


def _change_data(random: Random, file: MidiFile) -> None:
    """Other pitches, loudnesses, controls, channels."""
    track = _track(random, file)
    for event in random.sample(track, min(len(track), random.choice((1, 4, 32)))):
        if event.message[0] < 0xF0:
            status = event.message[0] if random.random() < 0.7 else random.randrange(0x80, 0xF0)
            size = 1 if status & 0xE0 == 0xC0 else 2
            event.message = bytes([status, *(random.randrange(128) for _ in range(size))])


def _insert(random: Random, file: MidiFile) -> None:
    """Something of every kind that there is."""
    kinds: list[Callable[[Random], bytes]] = [
        lambda r: bytes([0x90 | r.randrange(16), r.randrange(128), r.choice((0, 1, 64, 127))]),
        lambda r: bytes([0x80 | r.randrange(16), r.randrange(128), r.randrange(128)]),
        lambda r: bytes([0xB0 | r.randrange(16), r.choice(_CONTROLS), r.randrange(128)]),
        lambda r: bytes([0xB0, 64, r.choice((0, 63, 64, 127))]),
        lambda r: bytes([0xC0 | r.randrange(16), r.randrange(128)]),
        lambda r: bytes([0xE0 | r.randrange(16), r.randrange(128), r.randrange(128)]),
        lambda r: meta(0x51, struct.pack(">I", r.choice(_TEMPI))[1:]),
        lambda r: meta(0x58, bytes(r.choice((0, 1, 4, 8, 255)) for _ in range(4))),
        lambda r: meta(
            0x59, bytes([r.randrange(256) if r.random() < 0.2 else r.randrange(8), r.randrange(2)])
        ),
        lambda r: meta(r.randrange(1, 8), r.randbytes(r.choice((0, 3, 40, 300)))),
        lambda r: meta(r.randrange(128), r.randbytes(r.randrange(8))) if r.random() < 0.2 else meta(6, b"x"),
        lambda r: b"\xf0" + bytes([3, r.randrange(128), r.randrange(128), 0xF7]),
        lambda r: meta(0x2F, b""),
    ]
    weights = [8, 8, 4, 6, 3, 3, 2, 1, 1, 1, 1, 1, 1]
    track = _track(random, file)
    for _ in range(random.choice((1, 2, 8, 64))):
        (make,) = random.choices(kinds, weights)
        track.insert(random.randint(0, len(track)), Event(random.choice((0, 0, 10, 240)), make(random)))


def _drop(random: Random, file: MidiFile) -> None:
    track = _track(random, file)
    begin = random.randint(0, len(track))
    del track[begin : begin + random.choice((1, 1, 5, 50))]


def _repeat(random: Random, file: MidiFile) -> None:
    track = _track(random, file)
    begin = random.randint(0, len(track))
    part = track[begin : begin + random.choice((1, 5, 50))]
    track[begin:begin] = deepcopy(part * random.choice((1, 2, 20)))


def _shuffle(random: Random, file: MidiFile) -> None:
    track = _track(random, file)
    begin = random.randint(0, len(track))
    part = track[begin : begin + random.randint(2, 30)]
    random.shuffle(part)
    track[begin : begin + len(part)] = part


def _change_header(random: Random, file: MidiFile) -> None:
    if random.random() < 0.7:
        file.division = random.choice(_DIVISIONS) if random.random() < 0.5 else random.randint(24, 2_000)
    else:
        file.kind = random.choice((0, 1, 2, 3, 0xFFFF))


def _add_track(random: Random, file: MidiFile) -> None:
    if random.random() < 0.5 or not file.tracks:
        file.tracks.append([])
    else:
        file.tracks.append(deepcopy(random.choice(file.tracks)))


def _leave_hanging(random: Random, file: MidiFile) -> None:
    """No note is ever let go, or none is struck."""
    kind = random.choice((0x80, 0x90))
    for track in file.tracks:
        track[:] = [event for event in track if event.message[0] & 0xF0 != kind or random.random() < 0.3]


_MUTATIONS: tuple[Mutation, ...] = (
    *(_retime, _retime, _change_data, _change_data, _insert, _insert, _insert),
    *(_drop, _repeat, _shuffle, _change_header, _add_track, _leave_hanging),
)


def _damaged(random: Random, data: bytes) -> bytes:
    """As bytes that nobody understands: flipped, cut, or with lengths that lie."""
    changed = bytearray(data)
    match random.randrange(4):
        case 0:
            for _ in range(random.choice((1, 3, 20))):
                changed[random.randrange(len(changed))] = random.randrange(256)
        case 1:
            del changed[random.randrange(len(changed)) :]
        case 2:
            place = data.find(b"MTrk", random.randrange(len(data)))
            if place >= 0:
                changed[place + 4 : place + 8] = struct.pack(">I", random.choice((0, 1, 9, 1 << 16, 1 << 31)))
        case _:
            place = random.randrange(len(changed))
            changed[place:place] = random.choice((b"\xff", b"\x80", b"\x00", b"MTrk")) * random.choice(
                (1, 9, 900)
            )
    return bytes(changed)
