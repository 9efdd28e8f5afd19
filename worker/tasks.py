"""What a worker does with a task: make the piece, lay its files down, and answer exactly once."""

import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from redis import Redis
from redis.exceptions import OutOfMemoryError, RedisError

from jobs.answer import Answer, Canceled, Failed, Finished, Subject
from jobs.capabilities import Capabilities
from jobs.errors import JobsError
from jobs.logs import bind_piece
from jobs.progress import Progress, Stage
from jobs.result import GenerationResult
from jobs.street import ledger, names
from jobs.street.blobs import Kind, get_blob, put_blob
from jobs.street.queue import is_canceled
from jobs.task import ComposeTask, Task, read_task
from model.errors import ModelError
from worker.composition import Piece, compose, show
from worker.engine import Engine
from worker.errors import CanceledError, InterruptError, PrimerError, WorkerError
from worker.primer import check_fits, read_primer
from worker.rq_job import Perform
from worker.soundfonts import Soundfont
from worker.stop import Stop

REPORT_SECONDS = 0.1
"""The least time between two reports of the same stage."""

_FULL = "Redis is full: try again in a while, or give it more memory (maxmemory)."
_BUG = "The piece could not be made because of a fault in Etude, which was logged: ask for another."

_log = structlog.get_logger(__name__)


class Tasks:
    """Does tasks with one engine and one soundfont; any number of threads may do so at once."""

    def __init__(
        self, redis: Redis, prompt: Redis, engine: Engine, soundfont: Soundfont, offered: Capabilities
    ) -> None:
        """Get ready.

        Args:
            redis: a patient connection, for what must not be lost.
            prompt: one that fails at once, for progress, which may be.
            engine: samples.
            soundfont: what to play with.
            offered: what fronts were told may be asked for.
        """
        self._redis = redis
        self._prompt = prompt
        self._engine = engine
        self._soundfont = soundfont
        self._offered = offered

    @property
    def by_name(self) -> dict[str, Perform]:
        """What is done under which short name."""
        return {"compose": self.perform, "render": self.perform}

    def perform(self, payload: str, stop: Stop) -> None:
        """Do a task and answer it, unless it owes no answer.

        Raises:
            InterruptError: the worker is shutting down; the task is to be done by another.
            RequestError: the task is not understood.
            RedisError: Redis was away for longer than a patient connection waits.
        """
        task = read_task(payload)
        if not ledger.owes_answer(self._redis, task.id):
            return
        with bind_piece(task.id):
            answer = self._answer(task, stop)
            _log.info("task.answered", kind=task.kind, outcome=answer.outcome)
            ledger.give_answer(self._redis, answer, task.reply_to)

    def _answer(self, task: Task, stop: Stop) -> Answer:
        """Do a task; whatever keeps it from being done becomes a sentence."""
        try:
            if is_canceled(self._redis, task.id):
                raise CanceledError
            return Finished(id=task.id, result=self._result(task, stop))
        except CanceledError:
            return Canceled(id=task.id)
        except PrimerError as error:
            return Failed(id=task.id, about=Subject.PRIMER, sentence=str(error))
        except OutOfMemoryError:
            return Failed(id=task.id, sentence=_FULL)
        except (InterruptError, RedisError):
            raise
        except (JobsError, ModelError, WorkerError) as error:
            return Failed(id=task.id, sentence=str(error))
        except Exception:  # noqa: BLE001 - a fault of ours is owed an answer like any other failure
            _log.exception("task.fault")
            return Failed(id=task.id, sentence=_BUG)

    def _result(self, task: Task, stop: Stop) -> GenerationResult:
        queued = ledger.seconds_since_accepted(self._redis, task.id)
        begun = time.perf_counter()
        report = self._reporter(task.id)
        piece = self._made(task, stop, report)
        stop.check()
        report(Stage.DELIVER, 0.0)
        delivering = time.perf_counter()
        for kind, data in (
            (Kind.MIDI, piece.midi),
            (Kind.AUDIO, piece.audio),
            (Kind.PICTURE, piece.picture),
        ):
            put_blob(self._redis, task.id, kind, data)
        ended = time.perf_counter()
        timings = piece.result.timings.model_copy(
            update={"queue": queued, "deliver": ended - delivering, "total": queued + ended - begun}
        )
        return piece.result.model_copy(update={"timings": timings})

    def _made(self, task: Task, stop: Stop, report: Callable[[Stage, float], None]) -> Piece:
        if isinstance(task, ComposeTask):
            request = task.request
            primer = None
            if request.primer_sha256 is not None:
                data = get_blob(self._redis, task.id, Kind.PRIMER)
                primer = read_primer(data, self._offered.primer, check=stop.check)
                check_fits(primer, request, self._offered.max_length_seconds)
            return compose(request, primer, self._engine, self._soundfont, report, stop)
        midi = get_blob(self._redis, task.id, Kind.MIDI)
        return show(task.piece, midi, self._soundfont, report, stop)

    def _reporter(self, task_id: str) -> Callable[[Stage, float], None]:
        """Publishes progress: each new stage at once, more of the same stage now and then."""
        told: tuple[Stage | None, float] = (None, 0.0)

        def report(stage: Stage, share: float) -> None:
            nonlocal told
            now = time.monotonic()
            if stage is told[0] and now - told[1] < REPORT_SECONDS:
                return
            told = (stage, now)
            with suppress(RedisError):
                self._prompt.publish(
                    names.progress(task_id), Progress(stage=stage, share=share).model_dump_json()
                )

        return report
