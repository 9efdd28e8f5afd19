"""Jobs of workers that died: found, and put back into the queue.

RQ finds those that were begun; the rest of its gaps is closed here.
"""

from contextlib import suppress
from typing import cast

import structlog
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.utils import current_timestamp
from rq.worker import BaseWorker

from jobs.street.queue import reconcile

_EVERY = float("inf")
_log = structlog.get_logger(__name__)


def clean_up(worker: BaseWorker) -> None:
    """Put back the jobs of workers that have been silent for too long."""
    _drop_unreadable(worker)
    _put_back_unbegun(worker)
    worker.clean_registries()  # type: ignore[no-untyped-call]
    reconcile(worker.connection)


def adopt(worker: BaseWorker) -> None:
    """Put back, at once, every job that was taken from the queue: nobody else can be at it."""
    _drop_unreadable(worker, _EVERY)
    _put_back_unbegun(worker, _EVERY)
    registry: StartedJobRegistry = worker.queues[0].started_job_registry
    registry.cleanup(timestamp=_EVERY)
    intermediate = worker.queues[0].intermediate_queue
    for job_id in intermediate.get_job_ids():
        intermediate.remove(job_id)
    reconcile(worker.connection, grace_seconds=0.0)


def drop(worker: BaseWorker, job_id: str | None, error: Exception) -> None:
    """Forget a job that RQ cannot read."""
    _log.warning("job.refused", job=job_id, reason=f"{type(error).__name__}: {error}"[:200])
    if job_id is not None:
        with suppress(RedisError):  # the next clean-up finds it again
            worker.queues[0].intermediate_queue.remove(job_id)
            worker.connection.delete(Job.key_for(job_id))


def _drop_unreadable(worker: BaseWorker, timestamp: float | None = None) -> None:
    """One job that cannot be read would keep RQ from recovering all others."""
    registry: StartedJobRegistry = worker.queues[0].started_job_registry
    for job_id in registry.get_expired_job_ids(timestamp):
        try:
            worker.job_class.fetch(job_id, connection=worker.connection, serializer=worker.serializer)
        except (NoSuchJobError, RedisError):
            continue
        except Exception as error:  # noqa: BLE001 - what stands in Redis may be anything
            drop(worker, job_id, error)


def _put_back_unbegun(worker: BaseWorker, timestamp: float | None = None) -> None:
    """Jobs whose worker announced them and died before it began; RQ would wait once more for it.

    The announcement goes first: RQ would take it for that of the next attempt, and put the job back twice.
    """
    queue, redis = worker.queues[0], worker.connection
    registry: StartedJobRegistry = queue.started_job_registry
    standing = set(queue.intermediate_queue.get_job_ids())
    until = current_timestamp() if timestamp is None else timestamp
    for announcement in redis.zrangebyscore(registry.key, 0, until):
        job_id = registry.parse_job_id(cast(str, announcement))
        if job_id not in standing:
            continue
        redis.zrem(registry.key, cast(bytes, announcement))
        job = queue.fetch_job(job_id)
        if job is not None:
            worker.handle_job_failure(job, queue, exc_string="Its worker died before it began.")
        queue.intermediate_queue.remove(job_id)
