import hashlib
import io
import itertools
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from cards.titles import title_of
from jobs.audio import AudioFormat
from jobs.progress import Stage
from jobs.request import GenerationRequest, Rendition
from jobs.result import Measured
from model.checkpoint import Checkpoint
from model.measures import measure
from model.midi import read_midi, write_midi
from model.performance import Note
from worker.composition import Piece, capabilities, compose
from worker.engine import Engine
from worker.soundfonts import Soundfont, find_soundfont

REQUEST = GenerationRequest(
    id="23456789abcd",
    number=17,
    seed=5,
    style="baroque",
    key="C minor",
    length_seconds=10,
    density=6,
    temperature=1,
    top_p=0.98,
)
PRIMER = write_midi(
    [Note(pitch, 70, 0.5 + place / 2, 1.0 + place / 2) for place, pitch in enumerate((48, 50, 52))]
)


@pytest.fixture(scope="module")
def engine(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(checkpoint, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def soundfont() -> Soundfont:
    """The one that is the same on every machine."""
    return find_soundfont(None, own=Path("/nonexistent"), search=())


@pytest.fixture(scope="module")
def piece(engine: Engine, soundfont: Soundfont) -> Piece:
    return compose(REQUEST, None, engine, soundfont, lambda _stage, _share: None)


def again(engine: Engine, soundfont: Soundfont, primer: bytes | None = None, **changes: Any) -> Piece:
    """The same request with changes."""
    request = REQUEST.model_copy(update={"audio_format": AudioFormat.WAV} | changes)
    return compose(request, primer, engine, soundfont, lambda _stage, _share: None)


def test_the_midi_holds_what_was_measured(piece: Piece) -> None:
    notes = read_midi(piece.midi)
    assert piece.result.measured == Measured.model_validate(asdict(measure(notes)))
    assert abs(piece.result.measured.seconds - 10) <= 2
    assert notes[0].start == 0.0
    assert write_midi(notes) == piece.midi


def test_the_audio_lasts_until_the_last_note_has_died_away(piece: Piece) -> None:
    with av.open(io.BytesIO(piece.audio), "r") as container:
        assert container.format.name == "mp3"
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    samples = np.concatenate(frames, axis=1)
    seconds = piece.result.measured.seconds
    assert seconds < samples.shape[1] / rate < seconds + 8.5
    assert 0.02 < np.abs(samples).max() < 1.0
    assert np.isfinite(samples).all()


def test_the_picture_is_one(piece: Piece) -> None:
    with Image.open(io.BytesIO(piece.picture)) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.width > picture.height > 100
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 10


def test_the_result_tells_all_about_it(piece: Piece, engine: Engine, soundfont: Soundfont) -> None:
    result = piece.result
    assert result.request == REQUEST
    assert result.id == REQUEST.id
    assert result.checkpoint == engine.checkpoint.digest
    assert result.sampler == "cpu-fp32"
    assert result.soundfont == soundfont.name == "TimGM6mb"
    assert result.midi_sha256 == hashlib.sha256(piece.midi).hexdigest()
    sizes = (result.midi_bytes, result.audio_bytes, result.picture_bytes)
    assert sizes == (len(piece.midi), len(piece.audio), len(piece.picture))
    stages = result.timings.model_dump()
    total = stages.pop("total")
    assert set(stages) == {"sample", "render", "encode", "picture"}
    assert all(seconds > 0 for seconds in stages.values())
    assert total >= sum(stages.values())
    assert type(result).model_validate_json(result.model_dump_json()) == result


def test_stages_are_reported_in_order(engine: Engine, soundfont: Soundfont) -> None:
    told: list[tuple[Stage, float]] = []
    request = REQUEST.model_copy(update={"audio_format": AudioFormat.WAV})
    compose(request, None, engine, soundfont, lambda stage, share: told.append((stage, share)))
    assert [stage for stage, _ in itertools.groupby(stage for stage, _ in told)] == list(Stage)
    assert told[-1] == (Stage.PICTURE, 1.0)


def test_the_midi_depends_on_the_recipe_alone(piece: Piece, engine: Engine, soundfont: Soundfont) -> None:
    other = again(engine, soundfont, id="zzzzzzzzzz", number=99, locale="de")
    assert title_of(other.result.request) != title_of(REQUEST)
    assert other.midi == piece.midi
    assert other.audio.startswith(b"RIFF")
    assert again(engine, soundfont, seed=6).midi != piece.midi


def test_nothing_of_the_pieces_name_stands_in_the_midi(piece: Piece) -> None:
    for name in (REQUEST.id, title_of(REQUEST), "No. 17", "Etude", "baroque"):
        assert name.encode() not in piece.midi


@pytest.mark.parametrize(
    "change",
    [
        {"style": "pop"},
        {"key": None},
        {"density": 2.0},
        {"loudness": 100.0},
        {"rendition": Rendition.SCORE},
        {"temperature": 0.7},
        {"top_p": 0.5},
        {"key": None, "pitch_class_histogram": (0.5, 0.5, *[0.0] * 10)},
    ],
    ids=" ".join,
)
def test_whatever_is_asked_for_reaches_the_network(
    piece: Piece, engine: Engine, soundfont: Soundfont, change: dict[str, Any]
) -> None:
    assert again(engine, soundfont, **change).midi != piece.midi


def test_a_primer_is_gone_on_from(engine: Engine, soundfont: Soundfont) -> None:
    digest = hashlib.sha256(PRIMER).hexdigest()
    heard = again(engine, soundfont, PRIMER, primer_sha256=digest, primer_echo=True)
    opening = read_midi(heard.midi)[:3]
    assert [(note.pitch, note.start, note.end) for note in opening] == [
        (48, 0.0, 0.5),
        (50, 0.5, 1.0),
        (52, 1.0, 1.5),
    ]
    left_out = again(engine, soundfont, PRIMER, primer_sha256=digest, primer_echo=False)
    notes = read_midi(left_out.midi)
    assert notes[0].start == 0.0
    assert abs(max(note.end for note in notes) - 10) <= 2
    assert left_out.midi != heard.midi


def test_a_worker_offers_its_checkpoint_and_styles(checkpoint: Checkpoint) -> None:
    offered = capabilities(checkpoint)
    assert (offered.checkpoint, offered.styles) == (checkpoint.digest, checkpoint.styles)
