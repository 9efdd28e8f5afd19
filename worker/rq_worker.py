"""RQ's worker in one process: jobs in threads, so that they share one model.

RQ's own workers fork for each job (no GPU survives that) or do one job at a time. Here the main thread takes
a job from the queue only when a thread is free for it, and each thread runs RQ's own `perform_job`, so that
registries, retries and results stay RQ's. This touches what RQ calls its internals: it is pinned to 3.0, and
`tests/worker/test_rq_contract.py` says on what we rely.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import DequeueTimeout
from rq.executions import Execution
from rq.job import Job
from rq.timeouts import BaseDeathPenalty
from rq.worker import BaseWorker

from jobs.street import names
from jobs.street.queue import is_canceled
from worker.errors import InterruptError, RefusedError
from worker.rq_job import Perform, TaskJob
from worker.rq_queue import WorkerQueue
from worker.rq_recovery import adopt, clean_up, drop
from worker.stop import Stop

BEATS = 4
"""Heartbeats in the time after which a silent worker counts as dead."""

_POP_SECONDS = 0.25  # for how long the main thread may not notice that it should end
_PUT_BACK_SECONDS = 5.0
_COURTESY_SECONDS = 0.01  # for each job that it has, so long a worker leaves the next one to others
_log = structlog.get_logger(__name__)


class NoDeathPenalty(BaseDeathPenalty):
    """RQ's deadline, which needs signals and so the main thread; ours is the `Stop` of each job."""

    def setup_death_penalty(self) -> None:
        """Nothing to set up."""

    def cancel_death_penalty(self) -> None:
        """Nothing to cancel."""


class ThreadWorker(BaseWorker):
    """Takes jobs from the queue and does several at once."""

    death_penalty_class = NoDeathPenalty

    def __init__(
        self,
        redis: Redis,
        name: str,
        tasks: Mapping[str, Perform],
        *,
        threads: int,
        recovery_seconds: int,
        deadline_seconds: float,
        announce: Callable[[], None],
    ) -> None:
        """Make a worker; it begins with `run`.

        Args:
            redis: a patient connection.
            name: of this worker, unlike all others.
            tasks: what it can do, by short name.
            threads: how many jobs it does at once.
            recovery_seconds: after how long a silence its jobs are given to others.
            deadline_seconds: how long one job may take.
            announce: tells fronts that it is there; called with every heartbeat.
        """
        job_class = type("WorkerJob", (TaskJob,), {"tasks": dict(tasks)})
        queue_class = type("OwnQueue", (WorkerQueue,), {"recovery_seconds": recovery_seconds})
        super().__init__(
            [names.QUEUE],
            name=name,
            connection=redis,
            job_class=job_class,
            queue_class=queue_class,
            serializer="json",
            worker_ttl=recovery_seconds,
            maintenance_interval=max(recovery_seconds // BEATS, 1),
            job_monitoring_interval=max(recovery_seconds // BEATS, 1),
        )
        self._recovery_seconds = recovery_seconds
        self._deadline_seconds = deadline_seconds
        self._announce = announce
        self._free = threading.Semaphore(threads)
        self._running: dict[threading.Thread, TaskJob] = {}
        self._is_ending = threading.Event()
        self._has_ended = threading.Event()

    @property
    def beat_seconds(self) -> float:
        """Time between two heartbeats."""
        return self._recovery_seconds / BEATS

    def run(self, *, is_alone: bool, drain_seconds: float, ready: Callable[[], None] | None = None) -> None:
        """Work until `end` is called.

        Args:
            is_alone: whether no other worker can be there, so that every job that was begun is an orphan.
            drain_seconds: how long jobs may go on after the end was called for; then they are put back.
            ready: called once it takes jobs.
        """
        self.register_birth()  # type: ignore[no-untyped-call]
        if is_alone:
            adopt(self)
        others = [
            threading.Thread(target=each, daemon=True) for each in (self._keep_beating, self._hear_cancels)
        ]
        for other in others:
            other.start()
        self._announce()
        if ready is not None:
            ready()
        while not self._is_ending.is_set():
            if self._free.acquire(timeout=_POP_SECONDS):
                self._is_ending.wait(_COURTESY_SECONDS * len(self._running))
                job = self._next_job()
                if job is None:
                    self._free.release()
                else:
                    self._begin(job)
        self._drain(drain_seconds)
        self._has_ended.set()
        self.connection.publish(names.CANCELS, "")  # wakes the thread that listens there
        for other in others:
            other.join()
        self.register_death()  # type: ignore[no-untyped-call]

    def end(self) -> None:
        """Take no more jobs, and let `run` return; safe in a signal handler."""
        self._is_ending.set()

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002 - as RQ calls it
        """After how many seconds of silence a job counts as abandoned; RQ's clock shows whole seconds."""
        return self._recovery_seconds + 1

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log why a job ended badly; RQ prints its payload too, and takes an interruption for an error."""
        error = exc_info[1]
        if isinstance(error, InterruptError):
            _log.info("job.put_back", job=job.id)
        elif isinstance(error, RefusedError):
            job.retries_left = 0  # read again it would be refused again
            _log.warning("job.refused", job=job.id, reason=str(error))
        elif isinstance(error, RedisError):
            _log.warning("job.left_behind", job=job.id, cause=str(error))
        else:
            _log.error("job.failed", job=job.id, exc_info=exc_info)

    def _next_job(self) -> TaskJob | None:
        try:
            popped = self.queue_class.dequeue_any(
                self.queues, cast(int, _POP_SECONDS), self.connection, self.job_class, self.serializer
            )
        except DequeueTimeout:
            return None
        except RedisError as error:
            _log.warning("redis.away", cause=str(error))
            time.sleep(_POP_SECONDS)
            return None
        except Exception as error:  # noqa: BLE001 - what stands in Redis may be anything; RQ cannot read this job
            drop(self, getattr(error, "job_id", None), error)
            return None
        return None if popped is None else cast(TaskJob, popped[0])

    def _begin(self, job: TaskJob) -> None:
        job.stop = Stop(self._deadline_seconds)
        thread = threading.Thread(target=self._do, args=(job,), name=f"job-{job.id}", daemon=True)
        self._running[thread] = job
        thread.start()

    def _do(self, job: TaskJob) -> None:
        try:
            execution = self.prepare_execution(job)
            self.perform_job(job, self.queues[0], execution)
        except Exception as error:  # noqa: BLE001 - without heartbeats the next clean-up finds the job
            is_foreseen = isinstance(error, RedisError)  # it is full, or away for longer than we wait
            (_log.warning if is_foreseen else _log.exception)("job.left_behind", job=job.id, cause=str(error))
            with suppress(KeyError):
                self.executions = {key: one for key, one in self.executions.items() if one.job_id != job.id}
        finally:
            self._running.pop(threading.current_thread(), None)
            self._free.release()

    def _drain(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        running = list(self._running.items())
        for thread, _ in running:
            thread.join(max(until - time.monotonic(), 0.0))
        for _, job in running:
            job.stop.interrupt()
        for thread, _ in running:
            thread.join(_PUT_BACK_SECONDS)

    def _keep_beating(self) -> None:
        """Heartbeats of the worker and its jobs, and the clean-up after workers that lost theirs."""
        while not self._has_ended.wait(self.beat_seconds):
            try:
                self._beat()
                if self._may_clean_up():
                    clean_up(self)
            except RedisError as error:
                _log.warning("redis.away", cause=str(error))
            except Exception:  # noqa: BLE001 - a heart that stops would give every job here to others
                _log.exception("clean_up.failed")

    def _beat(self) -> None:
        """Own jobs first: whoever cleans up next must find them alive."""
        executions: list[Execution] = list(self.executions.values())
        for execution in executions:
            self.maintain_heartbeats(execution.job, execution)
        self.heartbeat()
        self._announce()

    def _may_clean_up(self) -> bool:
        """Not soon after Redis has started: living workers may not have found back to it."""
        uptime = self.connection.info("server")["uptime_in_seconds"]
        return bool(uptime > 2 * self._recovery_seconds)

    def _hear_cancels(self) -> None:
        """Tell jobs that they were canceled, a moment after the user said so."""
        while not self._has_ended.is_set():
            try:
                channel = self.connection.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                with channel:
                    channel.subscribe(names.CANCELS)
                    for job in list(self._running.values()):  # what was said while nobody listened
                        if is_canceled(self.connection, job.id):
                            job.stop.cancel()
                    while not self._has_ended.is_set():
                        message = channel.get_message(timeout=_POP_SECONDS)
                        canceled = message["data"].decode(errors="replace") if message else ""
                        for job in list(self._running.values()):
                            if job.id == canceled:
                                job.stop.cancel()
            except RedisError as error:
                _log.warning("redis.away", cause=str(error))
                time.sleep(_POP_SECONDS)
