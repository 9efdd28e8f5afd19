"""RQ's job, brought down to what Etude needs: a task by its short name, and one string of JSON for it.

RQ itself runs any function whose dotted name stands in Redis, `os.system` among them, imports callbacks by
name and posts to webhooks. None of that is reachable through this class.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

from redis.client import Pipeline
from rq import Queue
from rq.exceptions import InvalidJobOperation
from rq.job import Job

from jobs.street import names
from jobs.street.queue import ATTEMPTS_MORE
from worker.errors import InterruptError, RefusedError
from worker.stop import Stop

Perform = Callable[[str, Stop], None]
"""What does a task: given its JSON, and asked at every step whether to go on."""


class TaskJob(Job):
    """A job that can do nothing but the tasks of its worker.

    Attributes:
        tasks: what the worker can do, by short name; a worker's own subclass has them.
        stop: whether to go on; set by the worker before it begins.
    """

    tasks: ClassVar[Mapping[str, Perform]] = MappingProxyType({})
    stop: Stop

    def restore(self, raw_data: Any) -> None:
        """Read what stands in Redis, and believe only what may stand there."""
        super().restore(raw_data)
        self._success_callback_name = None
        self._failure_callback_name = None
        self._stopped_callback_name = None
        self.webhooks = []
        self.retries_left = min(self.retries_left or 0, ATTEMPTS_MORE)
        self.retry_intervals = None
        self.repeats_left = None
        self.result_ttl = 0
        self.failure_ttl = names.HOUR

    def retry(self, queue: Queue, pipeline: Pipeline) -> None:
        """Queue it again, and forget earlier attempts: RQ fails to delete a job of which one has expired."""
        pipeline.delete(self.execution_registry.key)
        super().retry(queue, pipeline)

    def delete(
        self,
        pipeline: Pipeline | None = None,
        remove_from_queue: bool = True,
        delete_dependents: bool = False,
    ) -> None:
        """Forget it, also where this worker was taken for dead meanwhile: RQ misses its status or attempt.

        Or it finds of an attempt no more than the heartbeat that this worker gave it when it woke.
        """
        try:
            super().delete(pipeline, remove_from_queue, delete_dependents)
        except (InvalidJobOperation, KeyError, ValueError):
            connection = self.connection if pipeline is None else pipeline
            connection.delete(self.key, self.execution_registry.key)

    @property
    def func(self) -> Callable[..., None]:
        """The task.

        Raises:
            RefusedError: the job is none of ours.
        """
        try:
            name, instance, args, kwargs = self.func_name, self.instance, self.args, self.kwargs
        except Exception as error:  # whatever the bytes are, a pickle for one
            raise RefusedError("it is not JSON") from error
        if instance is not None or kwargs or name is None or name not in self.tasks:
            raise RefusedError(f"there is no task {name!r}"[:200])
        if len(args) != 1 or not isinstance(args[0], str):
            raise RefusedError("a task takes one string")
        return partial(self._perform, self.tasks[name])

    def _perform(self, task: Perform, payload: str) -> None:
        try:
            task(payload, self.stop)
        except InterruptError:
            # Put back untried, before all others: it is the worker that goes, not the task that failed.
            self.retries_left = (self.retries_left or 0) + 1
            self.enqueue_at_front_on_retry = True
            raise
