"""What a worker counts and times, for Prometheus."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from redis.exceptions import OutOfMemoryError

from jobs.answer import Answer, Finished
from jobs.capabilities import Capabilities
from jobs.errors import JobsError
from jobs.result import Timings
from model.errors import ModelError
from worker.errors import (
    DeadlineError,
    EncodingError,
    PrimerError,
    SoundfontError,
    SynthesisError,
    WorkerError,
)

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600)
"""Upper bounds of the buckets in which times are counted; a piece of a minute takes some seconds."""

KINDS: MappingProxyType[type[Exception], str] = MappingProxyType(
    {
        PrimerError: "primer",
        DeadlineError: "deadline",
        SoundfontError: "soundfont",
        SynthesisError: "synthesis",
        EncodingError: "encoding",
        WorkerError: "worker",
        OutOfMemoryError: "redis_full",
        ModelError: "model",
        JobsError: "request",
    }
)
"""By what a failed task is counted: the first that it is one of; a fault of ours is none of them."""

FAULT = "fault"


class WorkerMeters:
    """The meters of one worker.

    Attributes:
        registry: all of them.
        hindrance: why the worker takes no tasks now, in a clause; None where it does.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.hindrance: str | None = "the network is not loaded yet"
        self._is_engine_alive: Callable[[], bool] = lambda: True
        self._info = Info("etude_worker", "What the worker samples with.", registry=self.registry)
        self._slots = Gauge("etude_worker_slots", "How many tasks it does at once.", registry=self.registry)
        self._busy = Gauge("etude_worker_busy_slots", "How many it does now.", registry=self.registry)
        self._answers = Counter(
            "etude_task_answers",
            "Tasks that this worker answered.",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self._failures = Counter(
            "etude_task_failures", "Tasks that failed, by why.", ("kind",), registry=self.registry
        )
        self._stages = Histogram(
            "etude_stage_seconds",
            "How long each stage of a finished task took; total is from being accepted to being handed over.",
            ("stage",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._music = Counter(
            "etude_music_seconds", "Length of the music that was composed.", registry=self.registry
        )
        for stage in Timings.model_fields:
            self._stages.labels(stage)
        for kind in (*KINDS.values(), FAULT):
            self._failures.labels(kind)

    def describe(self, offered: Capabilities, slots: int, is_engine_alive: Callable[[], bool]) -> None:
        """Say what the worker is; once it is known."""
        self._is_engine_alive = is_engine_alive
        self._info.info({"sampler": offered.sampler.value, "checkpoint": offered.checkpoint})
        self._slots.set(slots)

    def illness(self) -> str | None:
        """Says that the engine has died, which nothing but a new start will mend."""
        return None if self._is_engine_alive() else "the engine has died"

    def lack(self) -> str | None:
        """Says why the worker takes no tasks, if so."""
        return self.hindrance

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count a task as being done."""
        with self._busy.track_inprogress():
            yield

    def failed(self, error: Exception) -> None:
        """Count why a task failed."""
        kind = next((kind for base, kind in KINDS.items() if isinstance(error, base)), FAULT)
        self._failures.labels(kind).inc()

    def answered(self, kind: str, answer: Answer) -> None:
        """Count an answer that was given."""
        self._answers.labels(kind, answer.outcome).inc()
        if isinstance(answer, Finished):
            for stage, seconds in answer.result.timings.model_dump().items():
                self._stages.labels(stage).observe(seconds)
            if kind == "compose":
                self._music.inc(answer.result.measured.seconds)
