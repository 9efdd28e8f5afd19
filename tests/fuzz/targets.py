"""What is given nonsense: each target takes a case's bytes and says how far it came, or raises a fault."""

import json
from collections.abc import Callable
from typing import NamedTuple

import model.midi
from jobs.capabilities import Capabilities, PrimerLimits, Sampler
from jobs.errors import RequestError
from jobs.options import ComposeOptions, resolve
from jobs.request import GenerationRequest
from model.errors import MidiError
from model.midi import MidiLimits
from model.performance import decode
from worker.midi_reader import read_performance
from worker.primer import _SENTENCE as SENTENCE
from worker.primer import MAX_ANSWER_BYTES, Primer

LIMITS = PrimerLimits()
OFFERED = Capabilities(
    checkpoint="0123456789abcdef", sampler=Sampler.CPU_FP32, styles=("baroque", "ragtime", "pop", "any-style")
)


class Outcome(NamedTuple):
    """What became of a case.

    Attributes:
        told: a word for it.
        is_deep: whether it came as far as the target's innermost part: the notes of a file, a request.
    """

    told: str
    is_deep: bool


Target = Callable[[bytes], Outcome]


def midi_target() -> Target:
    """The reader of primers, as its child process calls it; deep is what comes to the notes."""
    bounds = MidiLimits(
        max_bytes=LIMITS.max_bytes, max_tracks=LIMITS.max_tracks, max_events=LIMITS.max_events
    )
    sustained: Callable[..., object] = vars(model.midi)["sustained"]
    calls = 0

    def counted(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        return sustained(*arguments)

    vars(model.midi)["sustained"] = counted

    def read(data: bytes) -> Outcome:
        before = calls
        try:
            primer = Primer(read_performance(data, bounds))
        except MidiError as refusal:
            sentence = str(refusal)
        else:
            _check(primer, bounds)
            return Outcome("read", True)
        assert SENTENCE.fullmatch(sentence.encode()), f"no sentence: {sentence}"
        return Outcome("refused", calls > before)

    return read


def _check(primer: Primer, bounds: MidiLimits) -> None:
    """What holds for every primer that is read, and what is done with it next."""
    assert 0 < primer.seconds <= bounds.max_seconds, primer.seconds
    assert len(primer.events) * 2 <= MAX_ANSWER_BYTES, len(primer.events)
    assert all(0 <= note.pitch < 128 and note.end > note.start for note in decode(primer.events))
    decode(primer.opening(5.0).events)


def options_target() -> Target:
    """What resolves the options of `compose`; deep is what becomes a request."""

    def read(data: bytes) -> Outcome:
        options = ComposeOptions(**json.loads(data))
        try:
            request = resolve(
                options, OFFERED, next_number=lambda: 1, draw_seed=lambda: 7, new_id=lambda: "23456789abcd"
            )
        except RequestError as refusal:
            sentence = str(refusal)
        else:
            assert GenerationRequest.model_validate_json(request.model_dump_json()) == request
            assert request.recipe() == request.model_copy(update={"id": "2" * 12}).recipe()
            return Outcome("resolved", True)
        assert sentence.endswith(".") and sentence.isprintable() and len(sentence) < 400, sentence  # noqa: PT018
        return Outcome("refused", False)

    return read
