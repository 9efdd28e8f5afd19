"""The front's end of the street: ask for a piece, hear how far it is, get it, or withdraw."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import cast

from pydantic import ValidationError
from redis import Redis
from redis.client import PubSub

from jobs.answer import Answer, read_answer
from jobs.errors import BlobError, NoWorkerError, SettledError
from jobs.fingerprints import PieceFingerprints
from jobs.progress import Progress
from jobs.street import fingerprints, ledger, names, presence, queue
from jobs.street.blobs import Kind, delete_blobs, get_blob, put_blob
from jobs.street.connection import translated
from jobs.task import ComposeTask, Task

_LISTEN_SECONDS = 1.0
_ALONE_SECONDS = 60.0  # without any worker before waiting is given up


class Front:
    """Asks for pieces on behalf of one address; every method raises `StreetError` where Redis fails."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def submit(self, task: Task, file: bytes | None) -> None:
        """Accept a task and queue it.

        Args:
            task: what is to be done.
            file: the primer of a piece to be composed, or the MIDI of one to be rendered.

        Raises:
            DuplicateError: a task of that id was accepted before.
            BlobError: the file is too large.
        """
        with translated(self._redis):
            if file is not None:
                kind = Kind.PRIMER if isinstance(task, ComposeTask) else Kind.MIDI
                put_blob(self._redis, task.id, kind, file)
            self._redis.set(names.waiting(task.id), 1, ex=names.WAITING_SECONDS)
            ledger.accept(self._redis, task)
            try:
                queue.enqueue(self._redis, task)
            except BaseException:
                with suppress(Exception):  # if that fails too, the workers queue what stands in the books
                    ledger.settle(self._redis, task.id, task.reply_to)
                raise

    def wait(
        self,
        task_id: str,
        report: Callable[[Progress], None],
        check: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Wait for the answer of a task; while this waits, the task is nobody's orphan.

        Args:
            task_id: of an accepted task.
            report: hears of every progress.
            check: called about once a second; what it raises ends the waiting.

        Raises:
            NoWorkerError: for a minute nobody has been there to do it.
            SettledError: somebody else has taken the answer, as this process was away for too long.
        """
        heard = time.monotonic()
        with translated(self._redis), self._subscription(task_id) as channel:
            while (answer := self._look(task_id)) is None:
                check()
                message = channel.get_message(timeout=_LISTEN_SECONDS)
                if message is not None and message["data"] != ledger.ANSWERED:
                    heard = time.monotonic()
                    with suppress(ValidationError):
                        report(Progress.model_validate_json(message["data"]))
                elif message is None and presence.living(self._redis):
                    heard = time.monotonic()
                if time.monotonic() - heard > _ALONE_SECONDS:
                    raise NoWorkerError(
                        f"No worker has been heard for {_ALONE_SECONDS:g} s; the request stays accepted, "
                        f"and its piece will be {task_id} once one is back: start one with `etude worker`."
                    )
            self._redis.set(names.waiting(task_id), 1, ex=names.WAITING_SECONDS)
        return answer

    def _subscription(self, task_id: str) -> PubSub:
        channel = cast(PubSub, self._redis.pubsub(ignore_subscribe_messages=True))  # type: ignore[no-untyped-call]
        channel.subscribe(names.progress(task_id))
        channel.get_message(timeout=_LISTEN_SECONDS)  # that it is subscribed: nothing is missed from now on
        return channel

    def _look(self, task_id: str) -> Answer | None:
        """The answer, if there is one yet; at a single trip to Redis, as every progress leads here."""
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hget(names.answer(task_id), "answer")
            pipeline.delete(names.waiting(task_id))  # the subscription says it from now on
            pipeline.zscore(names.LEDGER, task_id)
            payload, _, accepted_at = pipeline.execute()
        if payload is not None:
            return read_answer(payload)
        if accepted_at is None:
            raise SettledError(f"Another process has kept piece {task_id}: etude show {task_id}")
        return None

    def answer(self, task_id: str) -> Answer | None:
        """The answer of a task, if there is one yet."""
        with translated(self._redis):
            payload = self._redis.hget(names.answer(task_id), "answer")
        return None if payload is None else read_answer(payload)

    def orphans(self, address: str) -> list[Task]:
        """The tasks for an address that are not settled and that no process waits for."""
        with translated(self._redis):
            tasks = (queue.accepted(self._redis, task_id) for task_id in ledger.open_tasks(self._redis))
            return [
                task
                for task in tasks
                if task is not None and task.reply_to == address and not self._is_waited_for(task.id)
            ]

    def _is_waited_for(self, task_id: str) -> bool:
        """Whether a process listens, which ends with it, or is about to, or keeps the answer just now."""
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.exists(names.waiting(task_id))
            pipeline.pubsub_numsub(names.progress(task_id))
            is_marked, ((_, listeners),) = pipeline.execute()
        return bool(is_marked or listeners)

    def file(self, task_id: str, kind: Kind) -> bytes:
        """A file of a finished task.

        Raises:
            BlobError: it is not there any more.
        """
        with translated(self._redis):
            return get_blob(self._redis, task_id, kind)

    def fingerprints(self, task_id: str) -> bytes | None:
        """The fingerprints of a composed piece; None where they are not there, which does no harm."""
        try:
            return self.file(task_id, Kind.FINGERPRINTS)
        except BlobError:
            return None

    def fill_fingerprints(
        self, memory: str, count: Callable[[], int], latest: Callable[[int], Sequence[PieceFingerprints]]
    ) -> int:
        """Tell workers of the pieces of a memory again, see `jobs.street.fingerprints.fill`."""
        with translated(self._redis):
            return fingerprints.fill(self._redis, memory, count, latest)

    def forget_fingerprints(self, memory: str, piece_id: str) -> None:
        """Take a piece that was deleted from what workers are told."""
        with translated(self._redis):
            fingerprints.forget(self._redis, memory, piece_id)

    def settle(self, task: Task) -> None:
        """Close the books on a task whose answer is kept, and take its files away."""
        self.settle_id(task.id, task.reply_to)

    def settle_id(self, task_id: str, reply_to: str) -> None:
        """As `settle`, by the task's id and the address of its answer."""
        with translated(self._redis):
            ledger.settle(self._redis, task_id, reply_to)
            delete_blobs(self._redis, task_id)

    def cancel(self, task: Task) -> None:
        """Withdraw a task; its answer, if it has none yet, is that it was canceled."""
        with translated(self._redis):
            queue.cancel(self._redis, task.id, task.reply_to)

    def position(self, task_id: str) -> int | None:
        """How many tasks are before this one; None where it does not wait."""
        with translated(self._redis):
            return queue.position(self._redis, task_id)
