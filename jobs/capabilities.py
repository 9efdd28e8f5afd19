"""What a worker offers: fronts show it, and check requests against it before they are queued."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from jobs.audio import AudioFormat
from jobs.contract import Contract
from jobs.forms import AUTO
from jobs.request import LENGTH_SECONDS, Candidates, Form, Guidance, Temperature, TopP

CheckpointHash = Annotated[str, Field(pattern="^[0-9a-f]{8,64}$")]


class Sampler(StrEnum):
    """How the step graph is run; the same recipe may give other notes under another sampler."""

    CPU_FP32 = "cpu-fp32"
    CPU_INT8 = "cpu-int8"
    CUDA = "cuda"


CpuSampler = Literal[Sampler.CPU_INT8, Sampler.CPU_FP32]
"""Those that need no GPU."""


class SamplingDefaults(Contract):
    """What a request gets where it says nothing."""

    temperature: Temperature = 1.0
    top_p: TopP = 0.99
    guidance: Guidance = 2.0
    form: Form = AUTO
    candidates: Candidates = 6


class PrimerLimits(Contract):
    """The largest primer that is accepted.

    Attributes:
        max_bytes: of the MIDI file.
        max_tracks: in it.
        max_events: in all its tracks together; ten minutes of playing with much pedal are some 30,000.
        max_seconds: from its first onset to its last release.
    """

    max_bytes: int = Field(default=1024 * 1024, gt=0)
    max_tracks: int = Field(default=64, gt=0)
    max_events: int = Field(default=100_000, gt=0)
    max_seconds: float = Field(default=600, gt=0)


class Capabilities(Contract):
    """What one worker offers.

    Attributes:
        version: of this contract.
        checkpoint: content hash of the weights, hexadecimal.
        sampler: how they are run.
        styles: names of the styles the checkpoint knows, in the order they are shown.
        min_length_seconds: of a piece.
        max_length_seconds: of a piece.
        defaults: of sampling.
        audio_formats: that the worker can encode.
        primer: limits of a primer.
    """

    version: Literal[1] = 1
    checkpoint: CheckpointHash
    sampler: Sampler
    styles: tuple[str, ...]
    min_length_seconds: float = Field(default=LENGTH_SECONDS.low, ge=LENGTH_SECONDS.low)
    max_length_seconds: float = Field(default=LENGTH_SECONDS.high, le=LENGTH_SECONDS.high)
    defaults: SamplingDefaults = SamplingDefaults()
    audio_formats: tuple[AudioFormat, ...] = Field(default=tuple(AudioFormat), min_length=1)
    primer: PrimerLimits = PrimerLimits()

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_length_seconds > self.max_length_seconds:
            raise ValueError("min_length_seconds must not exceed max_length_seconds")
        return self
