"""From a request to a piece: sample, render, encode, draw."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from cards.titles import subtitle_of, title_of
from jobs.capabilities import Capabilities, Sampler
from jobs.progress import Stage
from jobs.request import GenerationRequest
from jobs.result import GenerationResult, Measured, Timings
from model.measures import measure
from model.midi import read_midi, write_midi
from model.sampling.order import NO_PRIMER, Order
from worker.encoding import encode
from worker.engine import Engine
from worker.loudness import gain
from worker.network import Network
from worker.picture import draw_piano_roll
from worker.primer import Primer
from worker.soundfonts import Soundfont
from worker.stop import Stop
from worker.synthesis import SAMPLE_RATE, blocks

Report = Callable[[Stage, float], None]
"""Is told a stage and the share of it that is done, 0 to 1."""


@dataclass(frozen=True)
class Piece:
    """A finished piece: its files and what is to be said of it."""

    result: GenerationResult
    midi: bytes
    audio: bytes
    picture: bytes


def capabilities(network: Network) -> Capabilities:
    """What a worker with this network offers."""
    checkpoint = network.checkpoint
    return Capabilities(checkpoint=checkpoint.digest, sampler=network.sampler, styles=checkpoint.styles)


def compose(
    request: GenerationRequest,
    primer: Primer | None,
    engine: Engine,
    soundfont: Soundfont,
    report: Report,
    stop: Stop,
) -> Piece:
    """Make a piece.

    Args:
        request: what was asked for.
        primer: what stood in the MIDI file that the request's `primer_sha256` names.
        engine: the network.
        soundfont: what to play it with.
        report: called with the stage and the share of it that is done, 0 to 1.
        stop: asked before every step of the network, before every block of audio and before every stage.

    Returns:
        The piece; its MIDI depends on the request's recipe, checkpoint and sampler alone.

    Raises:
        StoppedError: it was stopped.
        WorkerError: it cannot be rendered or encoded.
        ModelError: the checkpoint does not know what was asked for.
    """
    stages = _Stages(report, stop)
    with stages.stage(Stage.SAMPLE), engine.submit(_order(request, primer), stop) as sampling:
        for _ in sampling:
            report(Stage.SAMPLE, sampling.share)
        midi = write_midi(sampling.notes())
    return _present(request, midi, (engine.checkpoint.digest, engine.sampler), soundfont, stages)


def show(result: GenerationResult, midi: bytes, soundfont: Soundfont, report: Report, stop: Stop) -> Piece:
    """Render, encode and draw a stored piece again; its notes are those that were stored.

    Args:
        result: what was said of it; its request may name another audio format than then.
        midi: its MIDI file.
        soundfont: what to play it with now.
        report: as in `compose`.
        stop: as in `compose`.

    Raises:
        StoppedError: it was stopped.
        WorkerError: it cannot be rendered or encoded.
        ModelError: the MIDI file cannot be read.
    """
    stages = _Stages(report, stop)
    stages.seconds[Stage.SAMPLE.value] = 0.0
    return _present(result.request, midi, (result.checkpoint, result.sampler), soundfont, stages)


def _present(
    request: GenerationRequest,
    midi: bytes,
    made_with: tuple[str, Sampler],
    soundfont: Soundfont,
    stages: "_Stages",
) -> Piece:
    """Everything that follows from the MIDI; `made_with` is checkpoint and sampler."""
    with stages.stage(Stage.RENDER):
        notes = read_midi(midi)
        samples = _render(midi, soundfont, stages.stop)
    title = title_of(request)
    with stages.stage(Stage.ENCODE):
        audio = encode(samples, SAMPLE_RATE, request.audio_format, title=title)
    measured = Measured.model_validate(asdict(measure(notes)))
    with stages.stage(Stage.PICTURE):
        picture = draw_piano_roll(notes, title=title, subtitle=subtitle_of(request, measured))
    result = GenerationResult(
        request=request,
        checkpoint=made_with[0],
        sampler=made_with[1],
        measured=measured,
        timings=Timings(**stages.seconds, total=stages.total),
        soundfont=soundfont.name,
        midi_sha256=hashlib.sha256(midi).hexdigest(),
        midi_bytes=len(midi),
        audio_bytes=len(audio),
        picture_bytes=len(picture),
    )
    return Piece(result, midi, audio, picture)


def _order(request: GenerationRequest, primer: Primer | None) -> Order:
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
        guidance=request.guidance,
        primer=NO_PRIMER if primer is None else primer.events,
        is_primer_heard=request.primer_echo,
    )


def _render(midi: bytes, soundfont: Soundfont, stop: Stop) -> NDArray[np.float32]:
    """A piece's audio at its loudness, (samples, 2)."""
    rendered = []
    for block in blocks(midi, soundfont.path):
        stop.check()
        rendered.append(block)
    samples = np.concatenate(rendered)
    samples *= np.float32(gain(samples, SAMPLE_RATE))
    return samples


class _Stages:
    """The stages that a piece goes through: each is begun only if it may be, reported, and timed.

    Attributes:
        stop: whether to go on.
        seconds: how long each stage took, by name.
    """

    def __init__(self, report: Report, stop: Stop) -> None:
        self.stop = stop
        self.seconds: dict[str, float] = {}
        self._report = report
        self._begun = time.perf_counter()

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Go through a stage."""
        self.stop.check()
        begun = time.perf_counter()
        self._report(stage, 0.0)
        yield
        self._report(stage, 1.0)
        self.seconds[stage.value] = time.perf_counter() - begun

    @property
    def total(self) -> float:
        """Seconds since the first stage."""
        return time.perf_counter() - self._begun
