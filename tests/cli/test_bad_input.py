"""What cannot be composed is refused: exit code 2, one sentence on stderr, and not a file."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.checkpoint import JSON_FILE, WEIGHTS_FILE
from model.midi import write_midi
from model.performance import Note

pytestmark = pytest.mark.usefixtures("books")

Etude = Callable[..., Any]

FIXTURES = Path(__file__).parents[1] / "fixtures"
STYLES = (
    "baroque, classical, romantic, impressionist, modern, ragtime, pop, salon, latin, klezmer, minimalist"
)
GOOD_MIDI = write_midi([Note(60 + place, 70, place / 2, place / 2 + 0.4) for place in range(8)])


def assert_refused(outcome: Any, *told: str) -> None:
    """Refused with one sentence that says all of `told`, and no file beside those that were there."""
    assert (outcome.code, outcome.out) == (2, ""), outcome
    assert outcome.err.endswith("\n")
    (sentence,) = outcome.err.splitlines()
    for part in told:
        assert part in sentence
    assert "Traceback" not in sentence
    assert not list(Path().glob("out/**/*"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--style", "polka"], [f'Style "polka" is not known: choose one of {STYLES}.']),
        (["--style", ""], ['Style ""', STYLES]),
        (["--key", "H minor"], ['"H minor"', "C minor"]),
        (["--key", ""], ['""']),
        (["--length", "0"], ['Length "0" is not allowed: give 10 to 300 seconds']),
        (["--length", "-5"], ['Length "-5"', "10 to 300 seconds"]),
        (["--length=-5"], ['Length "-5"', "10 to 300 seconds"]),
        (["--length", "100000"], ['Length "100000"', "10 to 300 seconds"]),
        (["--length", "abc"], ['Length "abc"', "10 to 300 seconds"]),
        (["--length", "nan"], ['Length "nan"']),
        (["--length", "inf"], ['Length "inf"']),
        (["--length", ""], ['Length ""']),
        (["--length", "9" * 5000], ["Length", "10 to 300 seconds"]),
        (["--temperature", "nan"], ['Temperature "nan"', "0.1 to 2"]),
        (["--temperature", "0"], ['Temperature "0"', "0.1 to 2"]),
        (["--top-p", "0"], ['Top-p "0"', "above 0 and up to 1"]),
        (["--top-p", "1.01"], ['Top-p "1.01"']),
        (["--density", "1000"], ['Density "1000"', "0.5 to 30"]),
        (["--mood", "angry"], ['Mood "angry"', "calm, neutral or lively"]),
        (["--pitches", "1,2,3"], ['Pitches "1,2,3"', "12 numbers"]),
        (["--pitches", ",".join("0" * 12)], ["Pitches", "not all 0"]),
        (["--key", "C minor", "--pitches", "2,0,1,0,1,1,0,1,0,1,0,1"], ["Key and pitches were both given"]),
        (["--rendition", "hummed"], ['Rendition "hummed"', "performed or score"]),
        (["--format", "ogg vorbis"], ['Format "ogg vorbis"', "mp3, opus, flac or wav"]),
        (["--seed", "-1"], ['Seed "-1"', str(2**63 - 1)]),
        (["--seed", str(2**63)], ["Seed", str(2**63 - 1)]),
        (["--seed", "abc"], ['Seed "abc"']),
        (["--seed", "\N{ARABIC-INDIC DIGIT SEVEN}"], ["Seed"]),
        (["--count", "0"], ['Count "0" is not allowed: give a whole number from 1 to 1000.']),
        (["--count", "-1"], ['Count "-1"']),
        (["--count", "abc"], ['Count "abc"']),
        (["--count", "1001"], ['Count "1001"']),
        (["--count", "9" * 30], ["Count"]),
        (["--style", "two\nlines\x1b[31m"], ["Style", "two?lines?"]),
        (["--lenght", "60"], ["--lenght"]),
        (["--style"], ["--style", "requires an argument"]),
        (["sonata"], ["sonata"]),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_an_option_that_is_not_allowed(etude: Etude, options: list[str], told: list[str]) -> None:
    assert_refused(etude("compose", "--out", "out", "--json", *options), *told)


def test_for_people_it_is_the_one_sentence_too(etude: Etude) -> None:
    assert_refused(etude("compose", "--out", "out", "--style", "polka"), 'Style "polka" is not known')
    assert not Path("out").exists()


def test_an_unknown_command(etude: Etude) -> None:
    assert_refused(etude("sing"), "sing")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (GOOD_MIDI[:40], "damaged or cut short"),
        (GOOD_MIDI[:-20], "damaged or cut short"),
        ((FIXTURES / "bad" / "picture.mid").read_bytes(), "not a MIDI file"),
        (b"MThd" + bytes(2 << 20), "at most 1,048,576 are accepted"),
        (write_midi([]), "holds no notes"),
    ],
    ids=["empty", "cut in its header", "cut at its end", "a picture", "2 MB", "without notes"],
)
def test_a_primer_that_is_no_music(etude: Etude, content: bytes, told: str) -> None:
    Path("primer.mid").write_bytes(content)
    assert_refused(etude("compose", "--primer", "primer.mid", "--out", "out"), "primer.mid", told)


def test_a_primer_of_50_megabytes_is_not_read(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("primer.mid").open("wb") as file:
        file.write(GOOD_MIDI)
        file.truncate(50_000_000)
    read = Path.read_bytes

    def read_others(path: Path) -> bytes:
        assert path.name != "primer.mid"
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_others)
    outcome = etude("compose", "--primer", "primer.mid", "--out", "out")
    assert_refused(outcome, "primer.mid has 50,000,000 bytes; at most 1,048,576")


@pytest.mark.parametrize("place", ["nowhere.mid", ".", "", "/dev/zero"])
def test_a_primer_that_is_no_file(etude: Etude, place: str) -> None:
    assert_refused(etude("compose", "--primer", place, "--out", "out"), "does not exist or is no file")


@pytest.mark.parametrize(("seconds", "told"), [(30.0, "lasts 30 s"), (700.0, "at most 600 s")])
def test_a_primer_longer_than_its_piece(etude: Etude, seconds: float, told: str) -> None:
    Path("primer.mid").write_bytes(write_midi([Note(60, 70, 0.0, 1.0), Note(62, 70, seconds - 1, seconds)]))
    assert_refused(etude("compose", "--primer", "primer.mid", "--length", 30, "--out", "out"), told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "does not exist; give the path of an .sf2 or .sf3 file"),
        (b"", "is not a soundfont"),
        (b"RIFF\xff\xff\x00\x00sfbk", "is cut short"),
    ],
    ids=["missing", "empty", "cut short"],
)
def test_a_soundfont_that_is_none(
    etude: Etude, monkeypatch: pytest.MonkeyPatch, content: bytes | None, told: str
) -> None:
    if content is not None:
        Path("my.sf2").write_bytes(content)
    monkeypatch.setenv("SOUNDFONT", "my.sf2")
    assert_refused(etude("compose", "--length", 10, "--out", "out"), "my.sf2", told)


@pytest.mark.parametrize("name", [WEIGHTS_FILE, JSON_FILE])
@pytest.mark.parametrize("damage", ["missing", "empty", "half", "changed", "other"])
def test_a_damaged_checkpoint(
    etude: Etude, checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: str
) -> None:
    folder = Path("damaged")
    shutil.copytree(checkpoint_folder, folder)
    content = (folder / name).read_bytes()
    middle = len(content) // 2
    if damage == "missing":
        (folder / name).unlink()
    elif damage == "changed":
        (folder / name).write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    else:
        (folder / name).write_bytes({"empty": b"", "half": content[:middle], "other": b"[1]"}[damage])
    monkeypatch.setenv("ETUDE_CHECKPOINT", str(folder))
    assert_refused(etude("compose", "--length", 10, "--out", "out"), "heckpoint", "damaged")


def test_a_folder_without_a_checkpoint(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETUDE_CHECKPOINT", "/nowhere")
    assert_refused(etude("compose", "--out", "out"), "There is no checkpoint in /nowhere")


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_to(etude: Etude, out: str) -> None:
    Path("file").write_bytes(b"mine")
    assert_refused(etude("compose", "--length", 10, "--out", out), f"The folder {out} cannot be written to")
    assert Path("file").read_bytes() == b"mine"


def test_a_setting_that_is_not_allowed(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETUDE_AUDIO_FORMAT", "vinyl")
    assert_refused(
        etude("compose", "--out", "out"), 'ETUDE_AUDIO_FORMAT is "vinyl"', "mp3, opus, flac or wav"
    )


def test_the_process_says_one_sentence(process: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")
    assert_refused(process("compose", "--key", "H minor", "--out", "out"), '"H minor"')
