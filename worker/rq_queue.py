"""RQ's queue as workers see it: what a dead worker held comes back after a time that is a setting.

RQ has two waits written into it: a minute for a job that was popped but not begun, and fifteen for the lock
of a clean-up whose owner died.
"""

from datetime import timedelta
from typing import ClassVar

from rq import Queue
from rq.intermediate_queue import IntermediateQueue
from rq.utils import now


class PatientIntermediateQueue(IntermediateQueue):
    """Where a job stands between the queue and its worker."""

    recovery_seconds: float = 60.0

    def set_first_seen(self, job_id: str) -> bool:
        """Note, where it is not noted, that a job stands there; RQ would remember it for a day."""
        seconds = int(3 * self.recovery_seconds)
        return bool(
            self.connection.set(self.get_first_seen_key(job_id), now().timestamp(), nx=True, ex=seconds)
        )

    def remove(self, job_id: str) -> None:
        """Take a job from there; it may stand there again, and is then seen for the first time."""
        super().remove(job_id)
        self.connection.delete(self.get_first_seen_key(job_id))

    def should_be_cleaned_up(self, job_id: str) -> bool:
        """Whether a job has stood there for longer than a living worker would let it."""
        seen = self.get_first_seen(job_id)
        return seen is not None and now() - seen > timedelta(seconds=self.recovery_seconds)


class WorkerQueue(Queue):
    """The queue of one worker's process; `recovery_seconds` is set once, before the first is opened."""

    recovery_seconds: ClassVar[float] = 60.0

    @property
    def intermediate_queue(self) -> IntermediateQueue:
        """Where a job stands between this queue and its worker."""
        queue = PatientIntermediateQueue(self.key, connection=self.connection)
        queue.recovery_seconds = self.recovery_seconds
        return queue

    def acquire_maintenance_lock(self) -> bool:
        """Whether this worker does the clean-up now; no other one does until it is done, or dead."""
        seconds = max(int(self.recovery_seconds), 1)
        return bool(self.connection.set(self.registry_cleaning_key, 1, nx=True, ex=seconds))
