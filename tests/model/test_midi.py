import itertools
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import MidiError
from model.midi import MidiLimits, read_midi, write_midi
from model.performance import Note, encode, quantize

FIXTURES = Path(__file__).parents[1] / "fixtures"
BAD = sorted((FIXTURES / "bad").glob("*.mid"))
GOOD = [path.read_bytes() for path in sorted((FIXTURES / "note_seq").glob("*.mid"))]

NO_MIDI = "This is not a MIDI file: it does not begin with a MIDI header."
DAMAGED = "The MIDI file is damaged or cut short and cannot be read."
EMPTY = "The MIDI file is empty; give one that holds notes."
NO_NOTES = "The MIDI file holds no notes; give one that does."
SENTENCES = {
    "empty": EMPTY,
    "picture": NO_MIDI,
    "text": NO_MIDI,
    "notes_free": NO_NOTES,
    "hung_note": NO_NOTES,
}


def file_of(track: bytes, division: int = 480) -> bytes:
    """A MIDI file of one track."""
    return struct.pack(">4sIHHH4sI", b"MThd", 6, 0, 1, division, b"MTrk", len(track) + 4) + (
        track + b"\x00\xff\x2f\x00"
    )


def on_grid(notes: list[Note]) -> list[tuple[int, int, int, int]]:
    """Notes with their times in steps, ordered."""
    return sorted((quantize(n.start), n.pitch, quantize(n.end), n.velocity) for n in notes)


@st.composite
def melodies(draw: st.DrawFn) -> list[Note]:
    """Notes on a grid of 10 ms; no key is struck while it is down."""
    notes = []
    for pitch in draw(st.sets(st.integers(0, 127), min_size=1, max_size=4)):
        now = 0
        lengths = st.tuples(st.integers(0, 1000), st.integers(1, 1000), st.integers(1, 127))
        for silence, length, velocity in draw(st.lists(lengths, min_size=1, max_size=5)):
            start, now = now + silence, now + silence + length
            notes.append(Note(pitch, velocity, start / 100, now / 100))
    return notes


@given(melodies())
def test_what_was_written_is_read_back_to_the_step(notes: list[Note]) -> None:
    read = read_midi(write_midi(notes))
    assert on_grid(read) == on_grid(notes)
    assert read == sorted(read, key=lambda note: (note.start, note.pitch))
    assert encode(read).tolist() == encode(notes).tolist()


def test_times_far_into_a_piece_stay_on_the_grid() -> None:
    notes = [Note(60, 64, step / 100, (step + 1) / 100) for step in range(0, 350_000, 3499)]
    assert on_grid(read_midi(write_midi(notes))) == on_grid(notes)


def test_the_written_bytes_are_determined_by_the_notes() -> None:
    notes = [Note(60, 64, 0.0, 1.0), Note(64, 80, 0.5, 1.5)]
    written = write_midi(iter(notes))
    assert written == write_midi(notes)
    # One millisecond a tick: 500 ticks a quarter of half a second.
    assert struct.unpack(">H", written[12:14]) == (500,)
    assert b"\xff\x51\x03\x07\xa1\x20" in written


def test_reading_applies_the_pedal_and_leaves_drums_out() -> None:
    # At ticks of a millisecond: pedal down at 1, a C from 1 to 101, pedal up and a drum at 401.
    track = b"\x01\xb0\x40\x7f\x00\x90\x3c\x40\x64\x80\x3c\x00\x82\x2c\xb0\x40\x00"
    track += b"\x00\x99\x24\x40\x32\x89\x24\x00"
    notes = read_midi(file_of(track, 500))
    assert on_grid(notes) == [(0, 60, 40, 64)]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_files_are_refused_with_a_sentence(path: Path) -> None:
    with pytest.raises(MidiError) as refusal:
        read_midi(path.read_bytes())
    assert str(refusal.value) == SENTENCES.get(path.stem, DAMAGED)


def test_a_wav_file_is_no_midi_file() -> None:
    with pytest.raises(MidiError) as refusal:
        read_midi(b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40))
    assert str(refusal.value) == NO_MIDI


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (MidiLimits(max_bytes=50), "The MIDI file has 1,377 bytes; at most 50 are accepted."),
        (MidiLimits(max_notes=10), "The MIDI file has 201 notes; at most 10 are accepted."),
        (MidiLimits(max_seconds=7.5), "The MIDI file lasts more than the 7.5 s that are accepted."),
        (MidiLimits(max_tracks=1), "The MIDI file has 2 tracks; at most 1 are accepted."),
        (MidiLimits(max_events=406), "The MIDI file holds more than the 406 events that are accepted."),
    ],
)
def test_limits(limits: MidiLimits, sentence: str) -> None:
    data = (FIXTURES / "note_seq" / "bach_invention_10.mid").read_bytes()
    assert len(read_midi(data)) == 201
    with pytest.raises(MidiError) as refusal:
        read_midi(data, limits)
    assert str(refusal.value) == sentence


def test_as_much_as_is_accepted_is_read() -> None:
    """Two tracks of 3 and 404 events, the ends of the tracks counted."""
    data = (FIXTURES / "note_seq" / "bach_invention_10.mid").read_bytes()
    limits = MidiLimits(max_bytes=1377, max_tracks=2, max_events=407, max_notes=201, max_seconds=20.0)
    assert read_midi(data, limits) == read_midi(data)


def test_controls_that_many_programs_share_are_counted_for_each() -> None:
    """pretty_midi lets all 128 instruments of this channel have its 801 pedal moves."""
    pedals = b"\x00\xb0\x40\x7f" + b"\x00\x40\x7f" * 800
    notes = b"".join(bytes([0, 0xC0, program, 0, 0x90, 60, 64, 9, 60, 0]) for program in range(128))
    data = file_of(pedals + notes)
    assert len(read_midi(data)) == 128
    with pytest.raises(MidiError, match="holds more than the 2,000 events"):
        read_midi(data, MidiLimits(max_events=2000))


def test_fifty_megabytes_are_refused_unread() -> None:
    with pytest.raises(MidiError, match=r"52,428,800 bytes; at most 1,048,576"):
        read_midi(bytes(50 << 20))


BOMBS = {
    "a delta of 300,000 digits": b"\xff" * 300_000 + b"\x00\x90\x3c\x40",
    "one long delta before many messages": b"\xff" * 2000 + b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 9000,
    "60,000 notes that end together": b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 60_000 + b"\x10\x3c\x00",
    "268 million ticks": b"\xff\xff\xff\x7f\x90\x3c\x40\x01\x3c\x00",
    "2 hours at the slowest tempo": b"\x00\xff\x51\x03\xff\xff\xff\x00\x90\x3c\x40\x90\x80\x00\x3c\x00",
}


@pytest.mark.parametrize("track", BOMBS.values(), ids=BOMBS.keys())
def test_files_that_ask_for_too_much_are_refused(track: bytes) -> None:
    with pytest.raises(MidiError):
        read_midi(file_of(track))


def test_many_pedal_changes_over_many_held_notes_take_no_longer_than_each_alone() -> None:
    held = b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 3000
    pedals = b"\x05\xb0\x40\x00" + b"\x01\x40\x7f\x00\x40\x00" * 3000  # 9 million steps if done naively
    assert len(read_midi(file_of(held + pedals + b"\x10\x90\x3c\x00"))) == 3001


def read_or_refuse(data: bytes) -> None:
    try:
        notes = read_midi(data)
    except MidiError as refusal:
        sentence = str(refusal)
        assert sentence.endswith(".")
        assert len(sentence.splitlines()) == 1
    else:
        assert notes
        assert all(0 <= note.start < note.end for note in notes)
        assert all(0 <= note.pitch <= 127 and 1 <= note.velocity <= 127 for note in notes)
        encode(notes)


@given(st.binary(max_size=200), st.booleans())
def test_random_bytes_are_read_or_refused(data: bytes, has_header: bool) -> None:
    read_or_refuse(file_of(data) if has_header else data)


@given(
    st.sampled_from([data for data in GOOD if len(data) < 700]),
    st.lists(
        st.tuples(st.sampled_from(["flip", "insert", "delete"]), st.floats(0, 1), st.integers(0, 255)),
        min_size=1,
        max_size=8,
    ),
)
@settings(max_examples=150)
def test_mutated_files_are_read_or_refused(data: bytes, changes: list[tuple[str, float, int]]) -> None:
    mutated = bytearray(data)
    for change, share, byte in changes:
        place = int(share * len(mutated))
        if change == "insert":
            mutated.insert(place, byte)
        elif change == "delete":
            del mutated[place : place + 1]
        else:
            mutated[place : place + 1] = bytes(old ^ byte for old in mutated[place : place + 1])
    read_or_refuse(bytes(mutated))


@pytest.mark.parametrize("data", [data for data in GOOD if len(data) < 100])
def test_every_cut_of_a_file_is_read_or_refused(data: bytes) -> None:
    for length in itertools.chain(range(40), range(40, len(data), 7)):
        read_or_refuse(data[:length])
