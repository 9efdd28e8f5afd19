import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.capabilities import PrimerLimits
from jobs.request import GenerationRequest
from model.errors import MidiError
from model.midi import MidiLimits, write_midi
from model.performance import Note, decode, encode
from worker.errors import PrimerError
from worker.midi_reader import read_performance
from worker.primer import Primer, check_fits, read_primer

FIXTURES = Path(__file__).parents[1] / "fixtures"
LIMITS = PrimerLimits()
MIB = 1 << 20
END_OF_TRACK = b"\x00\xff\x2f\x00"
GOOD_MIDI = write_midi([Note(60 + place, 70, 2 + place / 2, 2.4 + place / 2) for place in range(8)])


def file_of(*tracks: bytes, division: int = 480) -> bytes:
    """A MIDI file of some tracks."""
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), division)
    return header + b"".join(
        struct.pack(">4sI", b"MTrk", len(track) + 4) + track + END_OF_TRACK for track in tracks
    )


def delta(ticks: int) -> bytes:
    """A time of four bytes."""
    return bytes(0x80 | ticks >> shift & 0x7F for shift in (21, 14, 7)) + bytes([ticks & 0x7F])


def test_the_opening_of_a_primer_ends_in_time() -> None:
    notes = [Note(60 + place, 70, place / 2, place / 2 + 0.4) for place in range(8)]
    opening = Primer(encode(notes)).opening(1.2)
    assert [note.pitch for note in decode(opening.events)] == [60, 61, 62]
    assert opening.seconds == pytest.approx(1.0)
    assert Primer(encode(notes)).opening(60).events.tolist() == encode(notes).tolist()


def refusal_of(data: bytes, limits: PrimerLimits = LIMITS, **options: Any) -> str:
    with pytest.raises(PrimerError) as refusal:
        read_primer(data, limits, **options)
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert len(sentence.splitlines()) == 1
    return sentence


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Any:
    before = children()
    yield
    assert [child for child in children() if child not in before] == []


@pytest.fixture
def instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has a program of the test's own run as the child."""

    def replace(program: str) -> None:
        script = tmp_path / "child"
        script.write_text(f"#!{sys.executable}\nimport os, sys, time\n{program}\n")
        script.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(script))

    return replace


def test_a_primer_is_what_is_heard_from_its_first_onset_on() -> None:
    primer = read_primer(GOOD_MIDI, LIMITS)
    heard = [(note.pitch, note.start, round(note.end, 2)) for note in decode(primer.events)]
    assert heard == [(60 + place, place / 2, round(0.4 + place / 2, 2)) for place in range(8)]
    assert primer.seconds == pytest.approx(3.9)


def test_the_child_reads_what_would_be_read_here() -> None:
    data = (FIXTURES / "note_seq" / "everything_at_once.mid").read_bytes()
    events = read_performance(data, MidiLimits())
    read = read_primer(data, LIMITS).events
    assert read.dtype == events.dtype == np.uint16
    assert read.tolist() == events.tolist()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the MIDI file is empty; give one that holds notes."),
        (b"RIFF", "this is not a MIDI file: it does not begin with a MIDI header."),
        (GOOD_MIDI[:-20], "the MIDI file is damaged or cut short and cannot be read."),
        (write_midi([]), "the MIDI file holds no notes; give one that does."),
        (b"MThd" + bytes(MIB), "the MIDI file has 1,048,580 bytes; at most 1,048,576 are accepted."),
        (file_of(*[b""] * 65), "the MIDI file has 65 tracks; at most 64 are accepted."),
    ],
    ids=["empty", "no MIDI", "cut", "no notes", "too large", "too many tracks"],
)
def test_what_is_no_music_is_refused_with_a_sentence(data: bytes, sentence: str) -> None:
    assert refusal_of(data) == f"The primer cannot be used: {sentence}"


READER = "import worker.midi_reader as reader"
ANSWER = "sys.exit(reader.main(sys.stdin.buffer, sys.stdout.buffer))"
NOTE = b"\x00\x90\x3c\x40\x10\x3c\x00"
TOO_MANY = "holds more than the 100,000 events that are accepted"
HOSTILE = {
    "350,000 notes": (file_of(b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 349_000), TOO_MANY),
    "128 programs share 98,000 pedals": (
        file_of(
            b"\x00\xb0\x40\x7f"
            + b"\x00\x40\x7f" * 98_000
            + b"".join(bytes([0, 0xC0, program, 0, 0x90, 60, 64, 9, 60, 0]) for program in range(128))
        ),
        TOO_MANY,
    ),
    "16,000 empty tracks": (file_of(*[b""] * 16_000), "has 16,000 tracks; at most 64 are accepted"),
    "times of 1,000 digits": (file_of((b"\xff" * 1000 + b"\x00\x90\x3c\x40") * 1000), "damaged or cut short"),
    "268 million ticks": (file_of(b"\x00\x90\x3c\x40" + delta((1 << 28) - 1) + b"\x3c\x00"), "damaged"),
    "a tick of hours": (
        file_of(b"\x00\xff\x51\x03\xff\xff\xff\x00\x90\x3c\x40" + delta(9_000_000) + b"\x3c\x00", division=1),
        "lasts more than the 3600 s that are accepted",
    ),
}


@pytest.mark.parametrize(("data", "told"), HOSTILE.values(), ids=HOSTILE)
def test_files_made_to_take_long_are_refused(data: bytes, told: str) -> None:
    assert len(data) <= MIB
    assert told in refusal_of(data, timeout_seconds=60)


def test_a_file_of_as_many_ticks_as_are_accepted_is_read() -> None:
    """For which pretty_midi takes some 300 MB."""
    track = b"\x00\x90\x3c\x40" + delta(9_900_000) + b"\x3c\x00"
    assert read_primer(file_of(track, division=20_000), LIMITS, timeout_seconds=60).seconds == 247.5


def test_a_primer_of_more_than_ten_minutes_is_refused() -> None:
    data = write_midi([Note(60, 70, 5.0, 6.0), Note(62, 70, 605.0, 606.0)])
    assert refusal_of(data) == "The primer lasts 601 s: give one of at most 600 s."


@pytest.mark.parametrize(
    ("seconds", "length", "sentence"),
    [
        (
            58,
            60,
            "The primer lasts 58 s and the piece that begins with it 60 s: ask for a length of at least 63 s,"
            " or shorten the primer, or have the piece begin after it.",
        ),
        (
            299,
            300,
            "The primer lasts 299 s and the piece that begins with it 300 s: shorten the primer, "
            "or have the piece begin after it.",
        ),
    ],
)
def test_a_primer_too_long_for_the_piece_is_refused(seconds: float, length: float, sentence: str) -> None:
    primer = Primer(encode([Note(60, 70, 0.0, seconds)]))
    with pytest.raises(PrimerError) as refusal:
        check_fits(primer, request(length), 300)
    assert str(refusal.value) == sentence


def test_the_length_that_is_advised_is_enough() -> None:
    primer = Primer(encode([Note(60, 70, 0.0, 57.4)]))
    with pytest.raises(PrimerError, match="at least 63 s"):
        check_fits(primer, request(60), 300)
    check_fits(primer, request(63), 300)


def test_a_long_primer_may_be_continued_without_being_repeated() -> None:
    primer = Primer(encode([Note(60, 70, 0.0, 299.0)]))
    check_fits(primer, request(60).model_copy(update={"primer_echo": False}), 300)


def request(length_seconds: float) -> GenerationRequest:
    """One for a piece that begins with its primer."""
    return GenerationRequest(
        id="23456789abcd",
        number=1,
        seed=1,
        length_seconds=length_seconds,
        temperature=1,
        top_p=1,
        primer_sha256="ab" * 32,
        primer_echo=True,
    )


def test_reading_is_given_up_in_time(instead: Callable[[str], None]) -> None:
    instead("time.sleep(60)")
    begun = time.monotonic()
    assert "takes more than 0.5 s to read; give a simpler one" in refusal_of(GOOD_MIDI, timeout_seconds=0.5)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "program",
    ["time.sleep(60)", "os.close(1); time.sleep(60)", "sys.stdin.buffer.read(); time.sleep(60)"],
    ids=["it reads nothing", "it answers and stays", "it answers nothing"],
)
def test_a_withdrawn_piece_ends_its_reading(instead: Callable[[str], None], program: str) -> None:
    instead(program)
    times = [time.monotonic()]

    def check() -> None:
        times.append(time.monotonic())
        if times[-1] - times[0] > 1.0:
            raise LookupError("withdrawn")

    with pytest.raises(LookupError, match="withdrawn"):
        read_primer(b"MThd" + bytes(MIB - 4), LIMITS, check=check)
    assert len(times) > 8
    assert times[-1] - times[0] < 10


UNREADABLE = "The primer cannot be used: the MIDI file cannot be read; give another one."
TOO_MUCH_MEMORY = (
    "The primer cannot be used: the MIDI file takes too much memory to read; give a simpler one."
)


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("raise ValueError", UNREADABLE),
        ("os.kill(os.getpid(), 11)", UNREADABLE),
        ("print('Hello', flush=True)", UNREADABLE),
        ("sys.stdout.write('abc')", UNREADABLE),
        ("pass", UNREADABLE),
        ("while True: os.write(1, bytes(1 << 16))", UNREADABLE),
        (f"{READER}; reader.read_performance = lambda *_: 1 / 0; {ANSWER}", UNREADABLE),
        (f"{READER}; reader.MAX_MEMORY_BYTES = 300 << 20; {ANSWER}", TOO_MUCH_MEMORY),
        ("os.kill(os.getpid(), 9)", TOO_MUCH_MEMORY),
        ("sys.exit(3)", UNREADABLE),
        ("os.write(1, b'Pay here:\\n'); sys.exit(3)", UNREADABLE),
    ],
)
def test_whatever_happens_to_the_child_is_told_in_a_sentence(
    instead: Callable[[str], None], capfd: pytest.CaptureFixture[str], program: str, sentence: str
) -> None:
    instead(program)
    ten_million_ticks = b"\x00\x90\x3c\x40" + delta(9_900_000) + b"\x3c\x00"
    assert refusal_of(file_of(ten_million_ticks, division=20_000), timeout_seconds=60) == sentence
    assert "Traceback" not in capfd.readouterr().err


def test_no_child_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert refusal_of(GOOD_MIDI) == UNREADABLE


def test_the_child_gets_no_secrets(
    instead: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:secret@localhost")
    instead(f"open({str(tmp_path / 'seen')!r}, 'w').write(repr(os.environ)); {READER}; {ANSWER}")
    assert read_primer(GOOD_MIDI, LIMITS).events.size
    assert "secret" not in (tmp_path / "seen").read_text()


def test_the_child_ends_with_its_parent(instead: Callable[[str], None]) -> None:
    python = sys.executable
    instead(f"{READER}\ndef busy(*_):\n    while True: pass\nreader.read_performance = busy\n{ANSWER}")
    program = f"""
import sys
from jobs.capabilities import PrimerLimits
from worker.primer import read_primer
sys.executable = {sys.executable!r}
read_primer({GOOD_MIDI!r}, PrimerLimits(), timeout_seconds=60)
"""
    with subprocess.Popen([python, "-c", program]) as parent:
        try:
            child = busy_child(parent.pid, sys.executable)
        finally:
            parent.kill()
    child.wait(timeout=20)


def busy_child(parent: int, script: str) -> psutil.Process:
    """The child that runs a script, as soon as it watches for its parent's end."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for child in psutil.Process(parent).children():
            with suppress(psutil.NoSuchProcess):  # other programs come and go while libraries are looked for
                if script in child.cmdline() and child.num_threads() > 1:
                    return child
        time.sleep(0.02)
    raise AssertionError("it never began")


@given(st.data())
@settings(max_examples=150)
def test_any_bytes_are_read_as_a_primer_or_refused(data: st.DataObject) -> None:
    content = bytearray(GOOD_MIDI)
    if data.draw(st.booleans()):
        for _ in range(data.draw(st.integers(1, 12))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        content = content[: data.draw(st.integers(0, len(content)))]
    else:
        content[14:] = data.draw(st.binary(max_size=300))
    with suppress(MidiError):
        assert 0 < Primer(read_performance(bytes(content), MidiLimits())).seconds <= 3600


@given(st.binary(max_size=100))
@settings(max_examples=3)
def test_any_bytes_are_read_or_refused_by_the_child(track: bytes) -> None:
    with suppress(PrimerError):
        assert read_primer(file_of(NOTE + track), LIMITS).seconds > 0
