"""From a request to a piece: sample, render, encode, draw."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial

from cards.titles import subtitle_of, title_of
from jobs.capabilities import Capabilities, Sampler
from jobs.progress import Stage
from jobs.request import GenerationRequest
from jobs.result import GenerationResult, Measured, Originality, Plan, Score, Section, Timings
from model.events import STEPS_PER_SECOND
from model.keys import KEYS
from model.measures import measure
from model.midi import read_midi, write_midi
from model.performance import Note, decode
from model.playability.strain import strain
from model.sampling.choice import VERSION, score
from model.sampling.draft import Draft
from model.sampling.order import NO_PRIMER, Order
from worker.choosing import best_of, heard_on
from worker.engine import Engine
from worker.network import Network
from worker.originality import NOTHING, Comparison, original
from worker.picture import draw_piano_roll
from worker.primer import Primer
from worker.soundfonts import Soundfont
from worker.stop import Stop
from worker.studio import Studio
from worker.turns import Turns

Report = Callable[[Stage, float], None]
"""Is told a stage and the share of it that is done, 0 to 1."""


@dataclass(frozen=True)
class Piece:
    """A finished piece: its files and what is to be said of it.

    Attributes:
        result: all about it.
        midi: the MIDI file.
        audio: the audio file.
        picture: the piano roll.
        fingerprints: for pieces that come later, see `worker.record`; None of one that was there.
    """

    result: GenerationResult
    midi: bytes
    audio: bytes
    picture: bytes
    fingerprints: bytes | None = None


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
    comparison: Comparison = NOTHING,
    turns: Turns | None = None,
) -> Piece:
    """Make a piece: a single candidate is recorded while it is sampled, of several the one that is chosen.

    Args:
        request: what was asked for.
        primer: what stood in the MIDI file that the request's `primer_sha256` names.
        engine: the network.
        soundfont: what to play it with.
        report: called with the stage and the share of it that is done, 0 to 1.
        stop: asked before every step of the network, before every block of audio and before every stage.
        comparison: with what other music it must not have too much in common.
        turns: of all pieces that are made here at once; those of this one alone by default.

    Returns:
        The piece; its MIDI depends on the recipe of its result's request, checkpoint and sampler alone, the
        checkpoint's training index included. That request is the one given, but for another seed at times.

    Raises:
        StoppedError: it was stopped.
        WorkerError: it cannot be rendered or encoded.
        ModelError: the checkpoint does not know what was asked for.
    """
    stages = _Stages(report, stop)
    due = time.monotonic() + request.length_seconds
    with Studio(soundfont, turns or Turns(), due, stop) as studio:

        def sample(asked: GenerationRequest) -> Draft:
            order = _order(asked, primer)
            tell = partial(report, Stage.SAMPLE)
            if asked.candidates > 1 or primer is not None:
                return best_of(asked.candidates, order, engine, tell, stop, due)
            live = studio.follow(asked.audio_format, title_of(asked))
            return heard_on(order, engine, tell, stop, due, live.hear)

        with stages.stage(Stage.SAMPLE):
            chosen = original(request, sample, [] if primer is None else decode(primer.events), comparison)
            draft = chosen.sampled
            midi = write_midi(draft.notes())
        origin = _Origin(
            engine.checkpoint.digest,
            engine.sampler,
            _plan(draft),
            _score(draft) if request.candidates > 1 else None,
            chosen.originality,
        )
        return replace(_present(chosen.request, midi, origin, studio, stages), fingerprints=chosen.record)


def show(
    result: GenerationResult,
    midi: bytes,
    soundfont: Soundfont,
    report: Report,
    stop: Stop,
    turns: Turns | None = None,
) -> Piece:
    """Render, encode and draw a stored piece again; its notes are those that were stored.

    Args:
        result: what was said of it; its request may name another audio format than then.
        midi: its MIDI file.
        soundfont: what to play it with now.
        report: as in `compose`.
        stop: as in `compose`.
        turns: as in `compose`.

    Raises:
        StoppedError: it was stopped.
        WorkerError: it cannot be rendered or encoded.
        ModelError: the MIDI file cannot be read.
    """
    stages = _Stages(report, stop)
    stages.seconds[Stage.SAMPLE.value] = 0.0
    origin = _Origin(result.checkpoint, result.sampler, result.plan, result.score, result.originality)
    due = time.monotonic() + result.request.length_seconds
    with Studio(soundfont, turns or Turns(), due, stop) as studio:
        return _present(result.request, midi, origin, studio, stages)


@dataclass(frozen=True)
class _Origin:
    """What a piece's notes come from, as its result tells it."""

    checkpoint: str
    sampler: Sampler
    plan: Plan | None
    score: Score | None
    originality: Originality | None


def _plan(draft: Draft) -> Plan | None:
    """The plan of a draft, as a result carries it, in the time of what is heard."""
    plan = draft.wishes.plan
    if plan is None:
        return None

    def seconds(step: int) -> float:
        return (step - draft.heard_from) / STEPS_PER_SECOND

    sections = tuple(
        Section(
            name=section.name,
            key=None if section.key is None else KEYS[section.key],
            begin=seconds(section.begin),
        )
        for section in plan.sections
    )
    return Plan(form=plan.form, sections=sections, climax=seconds(plan.climax))


def _score(draft: Draft) -> Score:
    """The score of a chosen draft, as a result carries it."""
    return Score(scoring=VERSION, candidate=draft.candidate, **asdict(score(draft)))


def _present(
    request: GenerationRequest,
    midi: bytes,
    origin: _Origin,
    studio: Studio,
    stages: "_Stages",
) -> Piece:
    """Everything that follows from the MIDI; it is drawn while it is still rendered and encoded."""
    title = title_of(request)
    recording = studio.record(midi, request.audio_format, title)
    with stages.stage(Stage.PICTURE):
        notes = read_midi(midi)
        measured = _measured(notes)
        picture = draw_piano_roll(notes, title=title, subtitle=subtitle_of(request, measured))
    with stages.stage(Stage.RENDER):
        recording.wait_rendered()
    with stages.stage(Stage.ENCODE):
        audio = recording.finish()
    result = GenerationResult(
        request=request,
        checkpoint=origin.checkpoint,
        sampler=origin.sampler,
        plan=origin.plan,
        score=origin.score,
        originality=origin.originality,
        measured=measured,
        timings=Timings(**stages.seconds, total=stages.total),
        soundfont=studio.soundfont.name,
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
        form=request.form,
        level=request.level,
    )


def _measured(notes: list[Note]) -> Measured:
    hands = strain(notes)
    return Measured(
        **asdict(measure(notes)),
        hand_span=hands.span,
        hand_notes=hands.hand_notes,
        hand_leap=hands.leap,
        hand_strokes_per_second=hands.strokes_per_second,
    )


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
        """Go through a stage; its seconds are those since the one before, as stages overlap."""
        self.stop.check()
        begun = time.perf_counter()
        self._report(stage, 0.0)
        yield
        self.stop.check()
        self._report(stage, 1.0)
        self.seconds[stage.value] = time.perf_counter() - begun

    @property
    def total(self) -> float:
        """Seconds since the first stage."""
        return time.perf_counter() - self._begun
