import hashlib
import io
import itertools
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from cards.titles import title_of
from jobs.audio import AudioFormat
from jobs.capabilities import PrimerLimits, Sampler
from jobs.progress import Stage
from jobs.request import GenerationRequest, Rendition
from model.checkpoint import Checkpoint
from model.measures import measure
from model.midi import read_midi, write_midi
from model.performance import Note
from model.playability.strain import strain
from worker.composition import Piece, capabilities, compose, show
from worker.device import Device
from worker.engine import Engine
from worker.errors import CanceledError, DeadlineError, InterruptError
from worker.network import Network, open_network
from worker.primer import Primer, read_primer
from worker.soundfonts import Soundfont, find_soundfont
from worker.stop import Stop

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
def network(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Network:
    return open_network(checkpoint, tmp_path_factory.mktemp("cache"), Device.CPU)


@pytest.fixture(scope="module")
def engine(network: Network) -> Iterator[Engine]:
    with Engine(network) as engine:
        yield engine


@pytest.fixture(scope="module")
def soundfont() -> Soundfont:
    """The one that is the same on every machine."""
    return find_soundfont(None, own=Path("/nonexistent"), search=())


@pytest.fixture(scope="module")
def piece(engine: Engine, soundfont: Soundfont) -> Piece:
    return compose(REQUEST, None, engine, soundfont, ignore, Stop())


def ignore(_stage: Stage, _share: float) -> None:
    """Is told how far a piece is."""


def again(engine: Engine, soundfont: Soundfont, primer: Primer | None = None, **changes: Any) -> Piece:
    """The same request with changes."""
    request = REQUEST.model_copy(update={"audio_format": AudioFormat.WAV} | changes)
    return compose(request, primer, engine, soundfont, ignore, Stop())


def test_the_midi_holds_what_was_measured(piece: Piece) -> None:
    notes = read_midi(piece.midi)
    measured = piece.result.measured
    assert measured.model_dump().items() >= asdict(measure(notes)).items()
    hands = strain(notes)
    assert (measured.hand_span, measured.hand_notes) == (hands.span, hands.hand_notes)
    assert measured.hand_leap == pytest.approx(hands.leap)
    assert measured.hand_strokes_per_second == hands.strokes_per_second
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
    assert result.sampler == engine.sampler
    assert result.soundfont == soundfont.name == "TimGM6mb"
    assert result.midi_sha256 == hashlib.sha256(piece.midi).hexdigest()
    sizes = (result.midi_bytes, result.audio_bytes, result.picture_bytes)
    assert sizes == (len(piece.midi), len(piece.audio), len(piece.picture))
    stages = result.timings.model_dump()
    total = stages.pop("total")
    assert {stage for stage, seconds in stages.items() if seconds > 0} == {
        "sample",
        "render",
        "encode",
        "picture",
    }
    assert total >= sum(stages.values())
    assert type(result).model_validate_json(result.model_dump_json()) == result


def test_stages_are_reported_in_order(engine: Engine, soundfont: Soundfont) -> None:
    told: list[tuple[Stage, float]] = []
    request = REQUEST.model_copy(update={"audio_format": AudioFormat.WAV, "length_seconds": 30})
    compose(request, None, engine, soundfont, lambda *step: told.append(step), Stop())
    stages = [Stage.SAMPLE, Stage.PICTURE, Stage.RENDER, Stage.ENCODE]
    assert [stage for stage, _ in itertools.groupby(stage for stage, _ in told)] == stages
    for stage in stages:
        shares = [share for of, share in told if of is stage]
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert any(stage is Stage.SAMPLE and 0 < share < 1 for stage, share in told)


@pytest.mark.parametrize("stage", [Stage.SAMPLE, Stage.RENDER, Stage.ENCODE])
def test_a_piece_is_stopped_in_any_stage(engine: Engine, soundfont: Soundfont, stage: Stage) -> None:
    """As soon as that stage is heard of; the one after it never begins."""
    stop = Stop()
    told = []

    def report(begun: Stage, share: float) -> None:
        told.append(begun)
        if begun is stage:
            stop.cancel()

    request = REQUEST.model_copy(update={"audio_format": AudioFormat.WAV})
    with pytest.raises(CanceledError):
        compose(request, None, engine, soundfont, report, stop)
    assert told[-1] is stage


def test_rendering_is_left_in_its_midst(piece: Piece, soundfont: Soundfont) -> None:
    long = write_midi([Note(60, 70, float(start), start + 1.0) for start in range(3000)])
    begun = time.monotonic()
    with pytest.raises(DeadlineError, match=r"0\.3 seconds"):
        show(piece.result, long, soundfont, ignore, Stop(0.3))
    assert time.monotonic() - begun < 5  # to its end it takes many times that


def test_a_stored_piece_is_not_shown_by_a_worker_that_shuts_down(piece: Piece, soundfont: Soundfont) -> None:
    stop = Stop()
    stop.interrupt()
    with pytest.raises(InterruptError):
        show(piece.result, piece.midi, soundfont, ignore, stop)


def test_a_report_that_fails_ends_the_sampling(engine: Engine, soundfont: Soundfont) -> None:
    def fail(stage: Stage, share: float) -> None:
        if share:
            raise ConnectionError

    request = REQUEST.model_copy(update={"length_seconds": 300})
    with pytest.raises(ConnectionError):
        compose(request, None, engine, soundfont, fail, Stop())


def test_the_midi_depends_on_the_recipe_alone(piece: Piece, engine: Engine, soundfont: Soundfont) -> None:
    other = again(engine, soundfont, id="zzzzzzzzzz", number=99, locale="de")
    assert title_of(other.result.request) != title_of(REQUEST)
    assert other.midi == piece.midi
    assert other.audio.startswith(b"RIFF")
    assert again(engine, soundfont, seed=6).midi != piece.midi


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_a_piece_that_is_recorded_while_it_is_sampled_sounds_as_it_is_shown_later(
    engine: Engine, soundfont: Soundfont, audio_format: AudioFormat
) -> None:
    made = again(engine, soundfont, audio_format=audio_format, candidates=1)
    assert show(made.result, made.midi, soundfont, ignore, Stop()).audio == made.audio


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
        {"guidance": 2.0},
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
    primer = read_primer(PRIMER, PrimerLimits())
    heard = again(engine, soundfont, primer, primer_sha256=digest, primer_echo=True)
    opening = read_midi(heard.midi)[:3]
    assert [(note.pitch, note.start, note.end) for note in opening] == [
        (48, 0.0, 0.5),
        (50, 0.5, 1.0),
        (52, 1.0, 1.5),
    ]
    left_out = again(engine, soundfont, primer, primer_sha256=digest, primer_echo=False)
    notes = read_midi(left_out.midi)
    assert notes[0].start == 0.0
    assert abs(max(note.end for note in notes) - 10) <= 2
    assert left_out.midi != heard.midi


def test_a_worker_offers_its_checkpoint_sampler_and_styles(network: Network, checkpoint: Checkpoint) -> None:
    offered = capabilities(replace(network, sampler=Sampler.CUDA))
    assert (offered.checkpoint, offered.styles) == (checkpoint.digest, checkpoint.styles)
    assert offered.sampler is Sampler.CUDA


def test_the_result_tells_what_sampled_it(network: Network, soundfont: Soundfont) -> None:
    with Engine(replace(network, sampler=Sampler.CUDA)) as engine:
        assert again(engine, soundfont).result.sampler is Sampler.CUDA
