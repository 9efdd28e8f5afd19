"""What a worker does with a task: make the piece, lay its files down, and answer exactly once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import httpx
import structlog
from redis import Redis
from redis.exceptions import OutOfMemoryError, RedisError

from jobs.answer import Answer, Canceled, Failed, Finished, Subject
from jobs.audio import AudioFormat
from jobs.capabilities import Capabilities
from jobs.errors import JobsError
from jobs.logs import bind_piece
from jobs.progress import Progress, Stage
from jobs.street import ledger, names
from jobs.street.blobs import Kind, delete_blobs, get_blob, put_blob
from jobs.street.interactions import get_interaction
from jobs.street.ledger import Standing
from jobs.task import ComposeTask, Task, memory_of, read_task
from model.errors import ModelError
from model.originality.training_index import TrainingIndex
from worker.chat import ChatMessage
from worker.composition import Piece, compose, show
from worker.earlier import EarlierInRedis
from worker.engine import Engine
from worker.errors import CanceledError, InterruptError, PrimerError, WorkerError
from worker.meters import WorkerMeters
from worker.originality import Comparison
from worker.primer import check_fits, read_primer
from worker.rq_job import Perform
from worker.soundfonts import Soundfont
from worker.stop import Stop
from worker.webhook import OriginalResponse

REPORT_SECONDS = 0.1
"""The least time between two reports of the same stage."""

_FULL = "Redis is full: try again in a while, or give it more memory (maxmemory)."
_BUG = "The piece could not be made because of a fault in Etude, which was logged: ask for another."

_log = structlog.get_logger(__name__)


class Tasks:
    """Does tasks with one engine and one soundfont; any number of threads may do so at once."""

    def __init__(
        self,
        redis: Redis,
        prompt: Redis,
        engine: Engine,
        soundfont: Soundfont,
        offered: Capabilities,
        discord: httpx.Client,
        training: TrainingIndex | None = None,
        meters: WorkerMeters | None = None,
    ) -> None:
        """Get ready.

        Args:
            redis: a patient connection, for what must not be lost.
            prompt: one that fails at once, for progress, which may be.
            engine: samples.
            soundfont: what to play with.
            offered: what fronts were told may be asked for.
            discord: connections to its API, for requests that were made in chat.
            training: what the checkpoint learnt from, if that is known.
            meters: count what is done, if anybody wants to know.
        """
        self._redis = redis
        self._prompt = prompt
        self._engine = engine
        self._soundfont = soundfont
        self._offered = offered
        self._discord = discord
        self._training = training
        self._meters = meters or WorkerMeters()
        self._turns = engine.turns

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
        standing = ledger.standing(self._redis, task.id)
        if not standing.owes_answer:
            return
        with bind_piece(task.id), self._meters.busy():
            answer = self._answer(task, standing, stop)
            _log.info("task.answered", kind=task.kind, outcome=answer.outcome)
            is_first = ledger.give_answer(self._redis, answer, task.reply_to)
            self._meters.answered(task.kind, answer)
            if not is_first and self._redis.zscore(names.LEDGER, task.id) is None:
                delete_blobs(self._redis, task.id)  # another worker was faster, and whoever asked has settled

    def _answer(self, task: Task, standing: Standing, stop: Stop) -> Answer:
        """Do a task; whatever keeps it from being done becomes a sentence."""
        try:
            if standing.is_canceled:
                raise CanceledError
            return self._finished(task, standing.age_seconds, stop)
        except CanceledError:
            return Canceled(id=task.id)
        except PrimerError as error:
            self._meters.failed(error)
            return Failed(id=task.id, about=Subject.PRIMER, sentence=str(error))
        except OutOfMemoryError as error:
            self._meters.failed(error)
            return Failed(id=task.id, sentence=_FULL)
        except (InterruptError, RedisError):
            raise
        except (JobsError, ModelError, WorkerError) as error:
            self._meters.failed(error)
            return Failed(id=task.id, sentence=str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours is owed an answer like any other failure
            self._meters.failed(error)
            _log.exception("task.fault")
            return Failed(id=task.id, sentence=_BUG)

    def _finished(self, task: Task, queued: float, stop: Stop) -> Finished:
        begun = time.perf_counter()
        with self._chat(task) as chat:
            report = self._reporter(task.id, chat)
            piece = self._made(task, stop, report)
            check = partial(self._check_owed, task.id, stop)
            check()
            report(Stage.DELIVER, 0.0)
            delivering = time.perf_counter()
            put_blob(self._redis, task.id, Kind.MIDI, piece.midi)
            if piece.fingerprints is not None:
                put_blob(self._redis, task.id, Kind.FINGERPRINTS, piece.fingerprints)
            is_delivered = chat is not None and chat.deliver(
                piece, partial(self._smaller, piece, stop), check
            )
            if not is_delivered:
                put_blob(self._redis, task.id, Kind.AUDIO, piece.audio)
                put_blob(self._redis, task.id, Kind.PICTURE, piece.picture)
        ended = time.perf_counter()
        timings = piece.result.timings.model_copy(
            update={"queue": queued, "deliver": ended - delivering, "total": queued + ended - begun}
        )
        result = piece.result.model_copy(update={"timings": timings})
        return Finished(id=task.id, result=result, is_delivered=is_delivered)

    def _check_owed(self, task_id: str, stop: Stop) -> None:
        """As `Stop.check`, and stops a worker that was taken for dead: another has answered meanwhile."""
        stop.check()
        if not ledger.standing(self._redis, task_id).owes_answer:
            raise CanceledError

    @contextmanager
    def _chat(self, task: Task) -> Iterator[ChatMessage | None]:
        """The message of a request made in chat; None where there is none, or its time is over."""
        interaction = get_interaction(self._redis, task.id)
        if interaction is None:
            yield None
            return
        response = OriginalResponse(self._discord, interaction)
        chat = ChatMessage(self._prompt, task, response, interaction.attachment_bytes)
        try:
            yield chat
        finally:
            chat.close()

    def _smaller(self, piece: Piece, stop: Stop, audio_format: AudioFormat) -> bytes:
        """A piece's audio in another format."""
        request = piece.result.request.model_copy(update={"audio_format": audio_format})
        result = piece.result.model_copy(update={"request": request})
        return show(result, piece.midi, self._soundfont, lambda _stage, _share: None, stop, self._turns).audio

    def _made(self, task: Task, stop: Stop, report: Callable[[Stage, float], None]) -> Piece:
        if isinstance(task, ComposeTask):
            request = task.request
            primer = None
            if request.primer_sha256 is not None:
                data = get_blob(self._redis, task.id, Kind.PRIMER)
                primer = read_primer(data, self._offered.primer, check=stop.check)
                if request.primer_opening_seconds is not None:
                    primer = primer.opening(request.primer_opening_seconds)
                check_fits(primer, request, self._offered.max_length_seconds)
            comparison = Comparison(self._training, EarlierInRedis(self._prompt, memory_of(task.reply_to)))
            return compose(
                request, primer, self._engine, self._soundfont, report, stop, comparison, self._turns
            )
        midi = get_blob(self._redis, task.id, Kind.MIDI)
        return show(task.piece, midi, self._soundfont, report, stop, self._turns)

    def _reporter(self, task_id: str, chat: ChatMessage | None) -> Callable[[Stage, float], None]:
        """Publishes progress: each new stage at once, more of the same stage now and then."""
        told: tuple[Stage | None, float] = (None, 0.0)

        def report(stage: Stage, share: float) -> None:
            nonlocal told
            now = time.monotonic()
            if stage is told[0] and now - told[1] < REPORT_SECONDS:
                return
            told = (stage, now)
            progress = Progress(stage=stage, share=share)
            if chat is not None:
                chat.show(progress)
            with suppress(RedisError):  # whoever waits hears of the next one, or of the end
                self._prompt.publish(names.progress(task_id), progress.model_dump_json())

        return report
