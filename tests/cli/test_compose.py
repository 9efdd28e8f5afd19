import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from model.checkpoint import Checkpoint
from model.keys import KEYS
from model.measures import measure
from model.midi import read_midi, write_midi
from model.performance import Note

pytestmark = pytest.mark.usefixtures("books")

Etude = Callable[..., Any]

ASKED = ("--style", "baroque", "--key", "C minor", "--density", 6, "--seed", 7)


@pytest.fixture
def primer(tmp_path: Path) -> Path:
    path = tmp_path / "my primer.mid"
    notes = [Note(pitch, 70, 1 + place / 2, 1.5 + place / 2) for place, pitch in enumerate((48, 50, 52, 53))]
    path.write_bytes(write_midi(notes))
    return path


def lines(outcome: Any) -> list[dict[str, Any]]:
    """The pieces that were printed; nothing else may have been."""
    assert (outcome.code, outcome.err) == (0, "")
    return [json.loads(line) for line in outcome.out.splitlines()]


def samples(path: str) -> npt.NDArray[np.float32]:
    with av.open(path) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def test_two_pieces_are_two_lines_and_eight_files(etude: Etude, checkpoint: Checkpoint) -> None:
    pieces = lines(etude("compose", *ASKED, "--length", 10, "--count", 2, "--out", "a/b", "--json"))
    assert len(pieces) == 2
    for place, piece in enumerate(pieces):
        assert piece["seed"] == 7 + place
        assert piece["checkpoint"] == checkpoint.digest
        assert piece["sampler"] == "cpu-int8"
        requested = piece["requested"]
        assert (requested["style"], requested["key"], requested["density"]) == ("baroque", "C minor", 6)
        assert (requested["length_seconds"], requested["seed"]) == (10, piece["seed"])
        measured = piece["measured"]
        found = measure(read_midi(Path(piece["midi"]).read_bytes()))
        assert measured["key"] == found.key
        assert measured["key"] in KEYS
        assert measured["seconds"] == pytest.approx(found.seconds)
        assert abs(measured["seconds"] - 10) <= 2
        assert measured["notes"] == found.notes > 0
        assert measured["notes_per_second"] == pytest.approx(found.notes_per_second)
        assert set(piece["timings"]) == {"queue", "sample", "render", "encode", "picture", "deliver", "total"}
        assert all(isinstance(seconds, float) and seconds > 0 for seconds in piece["timings"].values())
        for kind, suffix in (("midi", ".mid"), ("audio", ".mp3"), ("picture", ".png")):
            assert piece[kind] == f"a/b/{piece['id']}{suffix}"
        assert samples(piece["audio"]).shape[1] > 44_100 * measured["seconds"]
        Image.open(piece["picture"]).verify()
        stored = json.loads(Path(f"a/b/{piece['id']}.json").read_text(encoding="utf-8"))
        # The file stands beside those it names, and the folder may move.
        assert stored == piece | {kind: Path(piece[kind]).name for kind in ("midi", "audio", "picture")}
    assert pieces[0]["id"] != pieces[1]["id"]
    assert len(list(Path("a/b").iterdir())) == 8


def test_each_seed_alone_gives_its_piece_again(etude: Etude) -> None:
    options = (*ASKED[:-2], "--candidates", 1, "--length", 10, "--format", "wav", "--json")
    both = lines(etude("compose", *options, "--seed", 41, "--count", 2, "--out", "both"))
    for piece in both:
        (again,) = lines(etude("compose", *options, "--seed", piece["seed"], "--count", 1, "--out", "one"))
        assert Path(again["midi"]).read_bytes() == Path(piece["midi"]).read_bytes()
        assert Path(again["audio"]).read_bytes()[-100_000:] == Path(piece["audio"]).read_bytes()[-100_000:]
        assert again["requested"] == piece["requested"]
        assert again["measured"] == piece["measured"]
        assert again["id"] != piece["id"]


def test_without_a_seed_one_is_drawn_and_told(etude: Etude) -> None:
    options = ("--candidates", 1, "--length", 10, "--format", "wav", "--json")
    one, other = (lines(etude("compose", *options))[0] for _ in range(2))
    assert one["seed"] != other["seed"]
    assert one["midi"].startswith("pieces/")
    (again,) = lines(etude("compose", *options, "--seed", one["seed"]))
    assert again["midi_sha256"] == one["midi_sha256"]


def test_another_process_gives_the_same_bytes_and_samples(
    process: Etude, etude: Etude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")  # pyfluidsynth prints to stdout where it is set
    options = (*ASKED, "--candidates", 2, "--length", 10, "--format", "flac", "--json")
    pieces = [lines(run("compose", *options, "--out", "out"))[0] for run in (process, process, etude)]
    assert len({Path(piece["midi"]).read_bytes() for piece in pieces}) == 1
    first, *others = (samples(piece["audio"]) for piece in pieces)
    for other in others:
        assert np.array_equal(first, other)
    assert len({piece["midi_sha256"] for piece in pieces}) == 1
    assert pieces[0]["midi_sha256"] == hashlib.sha256(Path(pieces[0]["midi"]).read_bytes()).hexdigest()


def test_a_piece_for_people(etude: Etude) -> None:
    outcome = etude("compose", *ASKED, "--length", 10, "--format", "wav", "--out", "with [bold]brackets")
    assert outcome.code == 0
    assert "No. " in outcome.out
    assert "seed 7" in outcome.out
    for told in ("baroque", "C minor", "asked", "measured"):
        assert told in outcome.out
    for path in Path("with [bold]brackets").iterdir():
        assert str(path) in outcome.out


def test_a_piece_begins_with_its_primer(etude: Etude, primer: Path) -> None:
    options = (
        "--candidates",
        1,
        "--length",
        10,
        "--seed",
        1,
        "--format",
        "wav",
        "--json",
        "--primer",
        primer,
    )
    (piece,) = lines(etude("compose", *options))
    opening = read_midi(Path(piece["midi"]).read_bytes())[:4]
    assert [(note.pitch, note.start) for note in opening] == [(48, 0.0), (50, 0.5), (52, 1.0), (53, 1.5)]
    assert piece["requested"]["primer_sha256"] == hashlib.sha256(primer.read_bytes()).hexdigest()
    assert abs(piece["measured"]["seconds"] - 10) <= 2

    (without,) = lines(etude("compose", *options, "--no-primer-echo"))
    notes = read_midi(Path(without["midi"]).read_bytes())
    assert [note.pitch for note in notes[:4]] != [48, 50, 52, 53]
    assert notes[0].start == 0.0
    assert abs(without["measured"]["seconds"] - 10) <= 2
    assert not without["requested"]["primer_echo"]
    (plain,) = lines(etude("compose", *options[:-2]))
    assert len({piece["midi_sha256"], without["midi_sha256"], plain["midi_sha256"]}) == 3


def test_pitches_and_mood_are_told(etude: Etude) -> None:
    options = ("--candidates", 1, "--length", 10, "--format", "wav", "--json")
    (piece,) = lines(etude("compose", *options, "--pitches", "2,0,1,0,1,0,0,0,0,0,0,0", "--mood", "calm"))
    requested = piece["requested"]
    assert requested["pitch_class_histogram"] == [0.5, 0, 0.25, 0, 0.25, 0, 0, 0, 0, 0, 0, 0]
    assert (requested["density"], requested["loudness"], requested["key"]) == (3.5, 45, None)


def test_temperature_and_top_p_are_told(etude: Etude) -> None:
    options = (
        "--candidates",
        1,
        "--length",
        "0:10",
        "--format",
        "wav",
        "--json",
        "--temperature",
        0.5,
        "--top-p",
        0.9,
    )
    (piece,) = lines(etude("compose", *options, "--rendition", "score"))
    requested = piece["requested"]
    assert (requested["temperature"], requested["top_p"], requested["rendition"]) == (0.5, 0.9, "score")


@pytest.mark.parametrize(
    ("audio_format", "suffix", "begin"),
    [("mp3", ".mp3", b""), ("opus", ".ogg", b"OggS"), ("flac", ".flac", b"fLaC"), ("WAV", ".wav", b"RIFF")],
)
def test_every_format_is_written(etude: Etude, audio_format: str, suffix: str, begin: bytes) -> None:
    (piece,) = lines(etude("compose", "--length", 10, "--seed", 3, "--json", "--format", audio_format))
    assert piece["audio"].endswith(suffix)
    content = Path(piece["audio"]).read_bytes()
    assert content.startswith(begin)
    with av.open(io.BytesIO(content)) as container:
        assert container.streams.audio[0].codec.name.startswith(audio_format.lower().replace("wav", "pcm"))
    assert samples(piece["audio"]).shape[1] > 8 * 44_100


def test_the_format_may_be_a_setting(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETUDE_AUDIO_FORMAT", "wav")
    (piece,) = lines(etude("compose", "--length", 10, "--json"))
    assert piece["audio"].endswith(".wav")


def test_help_is_help(etude: Etude) -> None:
    outcome = etude("compose", "--help")
    assert (outcome.code, outcome.err) == (0, "")
    for option in ("--style", "--key", "--length", "--density", "--seed", "--count", "--primer", "--pitches"):
        assert option in outcome.out
    outcome = etude()
    assert (outcome.code, outcome.err) == (2, "")
    assert "compose" in outcome.out
