"""Requests, results and tasks as tests need them."""

import hashlib

from jobs.capabilities import Sampler
from jobs.request import GenerationRequest
from jobs.result import GenerationResult, Measured, Timings
from jobs.task import ComposeTask, RenderTask

ADDRESS = "memory:cli"

REQUEST = GenerationRequest(
    id="23456789ab", number=1, seed=7, length_seconds=10, temperature=1.0, top_p=0.98, style="baroque"
)

RESULT = GenerationResult(
    request=REQUEST,
    checkpoint="0123456789abcdef",
    sampler=Sampler.CPU_FP32,
    measured=Measured(
        key="C minor",
        seconds=10.0,
        notes=60,
        notes_per_second=6.0,
        mean_velocity=64,
        mean_polyphony=2.0,
        largest_polyphony=4,
        long_note_share=0.0,
    ),
    timings=Timings(sample=1.0, render=0.5, encode=0.5, picture=0.1, total=2.1),
    soundfont="Piano",
    midi_sha256=hashlib.sha256(b"MThd").hexdigest(),
    midi_bytes=4,
    audio_bytes=5,
    picture_bytes=6,
)


def compose_task(task_id: str) -> ComposeTask:
    """A task that composes a piece of that id."""
    return ComposeTask(request=REQUEST.model_copy(update={"id": task_id}), reply_to=ADDRESS)


def render_task(task_id: str) -> RenderTask:
    """A task that renders a piece again."""
    return RenderTask(id=task_id, piece=RESULT, reply_to=ADDRESS)
