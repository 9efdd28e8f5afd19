"""From a request to a piece: sample, render, encode, draw."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import numpy as np

from cards.titles import subtitle_of, title_of
from jobs.capabilities import Capabilities, Sampler
from jobs.progress import Stage
from jobs.request import GenerationRequest
from jobs.result import GenerationResult, Measured, Timings
from model.checkpoint import Checkpoint
from model.measures import measure
from model.midi import read_midi, write_midi
from model.performance import Events, from_first_onset, one_note_a_key
from model.performance import encode as encode_performance
from model.sampling.order import NO_PRIMER, Order
from worker.encoding import encode
from worker.engine import Engine
from worker.loudness import gain
from worker.picture import draw_piano_roll
from worker.soundfonts import Soundfont
from worker.synthesis import SAMPLE_RATE, render


@dataclass(frozen=True)
class Piece:
    """A finished piece: its files and what is to be said of it."""

    result: GenerationResult
    midi: bytes
    audio: bytes
    picture: bytes


def capabilities(checkpoint: Checkpoint) -> Capabilities:
    """What a worker with this checkpoint offers."""
    return Capabilities(checkpoint=checkpoint.digest, sampler=Sampler.CPU_FP32, styles=checkpoint.styles)


def compose(
    request: GenerationRequest,
    primer: bytes | None,
    engine: Engine,
    soundfont: Soundfont,
    report: Callable[[Stage, float], None],
) -> Piece:
    """Make a piece.

    Args:
        request: what was asked for.
        primer: the MIDI file that the request's `primer_sha256` names.
        engine: the network.
        soundfont: what to play it with.
        report: called with the stage and the share of it that is done, 0 to 1.

    Returns:
        The piece; its MIDI depends on the request's recipe, checkpoint and sampler alone.

    Raises:
        WorkerError: it cannot be rendered or encoded.
        ModelError: the primer cannot be read.
    """
    clock = _Clock()
    with clock.stage(Stage.SAMPLE):
        order = _order(request, primer)
        midi = write_midi(engine.compose(order, lambda share: report(Stage.SAMPLE, share)))
    made_with = (engine.checkpoint.digest, Sampler.CPU_FP32)
    return _present(request, midi, made_with, soundfont, clock, report)


def show(
    result: GenerationResult, midi: bytes, soundfont: Soundfont, report: Callable[[Stage, float], None]
) -> Piece:
    """Render, encode and draw a stored piece again; its notes are those that were stored.

    Args:
        result: what was said of it; its request may name another audio format than then.
        midi: its MIDI file.
        soundfont: what to play it with now.
        report: as in `compose`.

    Raises:
        WorkerError: it cannot be rendered or encoded.
        ModelError: the MIDI file cannot be read.
    """
    clock = _Clock()
    clock.seconds[Stage.SAMPLE.value] = 0.0
    return _present(result.request, midi, (result.checkpoint, result.sampler), soundfont, clock, report)


def _present(
    request: GenerationRequest,
    midi: bytes,
    made_with: tuple[str, Sampler],
    soundfont: Soundfont,
    clock: "_Clock",
    report: Callable[[Stage, float], None],
) -> Piece:
    """Everything that follows from the MIDI; `made_with` is checkpoint and sampler."""
    notes = read_midi(midi)
    with clock.stage(Stage.RENDER):
        report(Stage.RENDER, 0.0)
        samples = render(midi, soundfont.path)
        samples *= np.float32(gain(samples, SAMPLE_RATE))
    title = title_of(request)
    with clock.stage(Stage.ENCODE):
        report(Stage.ENCODE, 0.0)
        audio = encode(samples, SAMPLE_RATE, request.audio_format, title=title)
    measured = Measured.model_validate(asdict(measure(notes)))
    with clock.stage(Stage.PICTURE):
        report(Stage.PICTURE, 0.0)
        picture = draw_piano_roll(notes, title=title, subtitle=subtitle_of(request, measured))
    report(Stage.PICTURE, 1.0)
    result = GenerationResult(
        request=request,
        checkpoint=made_with[0],
        sampler=made_with[1],
        measured=measured,
        timings=Timings(**clock.seconds, total=clock.total),
        soundfont=soundfont.name,
        midi_sha256=hashlib.sha256(midi).hexdigest(),
        midi_bytes=len(midi),
        audio_bytes=len(audio),
        picture_bytes=len(picture),
    )
    return Piece(result, midi, audio, picture)


def _order(request: GenerationRequest, primer: bytes | None) -> Order:
    """The request in the sampler's terms."""
    return Order(
        seed=request.seed,
        seconds=request.length_seconds,
        asked={
            "style": request.style,
            "key": request.key,
            "density": request.density,
            "pitch_class_histogram": request.pitch_class_histogram,
            "loudness": request.loudness,
            "rendition": request.rendition.value,
        },
        temperature=request.temperature,
        top_p=request.top_p,
        primer=NO_PRIMER if primer is None else _performance_of(primer),
        is_primer_heard=request.primer_echo,
    )


def _performance_of(primer: bytes) -> Events:
    """A primer as the network knows music: from its first onset on, one note a key."""
    return encode_performance(from_first_onset(one_note_a_key(read_midi(primer))))


class _Clock:
    """How long each stage takes, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._begun = time.perf_counter()

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Measures what happens inside."""
        begun = time.perf_counter()
        yield
        self.seconds[stage.value] = time.perf_counter() - begun

    @property
    def total(self) -> float:
        """Since the clock was made."""
        return time.perf_counter() - self._begun
