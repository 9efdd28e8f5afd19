"""How long a piece is held up by the death of its worker, with the settings as they are shipped.

`python -m benchmarks.recovery` takes about three minutes, and is no part of `python -m benchmarks`. Two
workers share a server; the one that has the piece is killed (SIGKILL) in the middle of a stage, and the other
takes over.

What to expect of ETUDE_RECOVERY_SECONDS=20: hearts beat every 5 s, and a job counts as abandoned 20 to 21 s
after the last beat (RQ counts in whole seconds), so 15 to 21 s after the kill. Each other worker looks for
abandoned jobs every 5 s, so one of them begins 15 to 26 s after the kill, if it has a thread free. Nobody
looks in the first 40 s of a server's life.
"""

import subprocess
import sys
import time

from redis import Redis
from rq.job import Job

from benchmarks.workers import is_heard, server, start_worker
from jobs.audio import AudioFormat
from jobs.options import ComposeOptions, resolve
from jobs.progress import Progress, Stage
from jobs.request import new_piece_id, new_seed
from jobs.settings import Settings
from jobs.street.connection import connect
from jobs.street.front import Front
from jobs.street.presence import await_worker
from jobs.task import ComposeTask

RECOVERY_SECONDS: int = Settings.model_fields["etude_recovery_seconds"].default
YOUNG_SECONDS = 2 * RECOVERY_SECONDS + 1
"""Age of a server up to which nobody looks for abandoned jobs."""

LIMIT_SECONDS = 30.0


def main() -> None:
    """Print a line for each stage; exit code 1 if one takes too long."""
    with server() as url, Workers(url) as workers:
        print(f"ETUDE_RECOVERY_SECONDS={RECOVERY_SECONDS}; seconds from the kill until another worker ...")
        slowest = 0.0
        for stage in (Stage.SAMPLE, Stage.RENDER, Stage.DELIVER):
            begins, answers = workers.recovery_seconds(stage)
            print(f"  killed in {stage.value:<8} begins {begins:5.1f}   answers {answers:5.1f}", flush=True)
            slowest = max(slowest, begins)
    sys.exit(slowest > LIMIT_SECONDS)


class Workers:
    """Two worker processes, one of which is killed again and again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis = connect(url, is_patient=True)
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self._redis.close()

    def recovery_seconds(self, stage: Stage) -> tuple[float, float]:
        """Seconds from a worker's death in a stage until another begins the piece, and until it answers."""
        while True:
            self._complete()
            marks = self._compose(stage)
            if "begun" in marks:  # else it was killed when it had just answered
                return marks["begun"] - marks["killed"], marks["answered"] - marks["killed"]

    def _compose(self, stage: Stage) -> dict[str, float]:
        """Have a piece composed, and kill its worker in a stage; when what happened."""
        front, task = Front(self._redis), _task(self._redis)
        marks: dict[str, float] = {}

        def follow(progress: Progress) -> None:
            is_begun = progress.stage is Stage.SAMPLE and progress.share == 0
            if "killed" in marks:
                if is_begun:
                    marks["begun"] = time.monotonic()
            elif progress.stage is stage and not is_begun:
                self._kill(task.id)
                marks["killed"] = time.monotonic()

        front.submit(task, None)
        front.wait(task.id, follow)
        marks["answered"] = time.monotonic()
        front.settle(task)
        return marks

    def _kill(self, task_id: str) -> None:
        name = str(Job.fetch(task_id, connection=self._redis, serializer="json").worker_name)
        next(process for process in self._processes if f"-{process.pid}-" in name).kill()

    def _complete(self) -> None:
        """Start what is missing, and wait until it takes jobs and dead ones are looked for."""
        self._processes = [process for process in self._processes if process.poll() is None]
        while len(self._processes) < 2:
            self._processes.append(start_worker(self._url))
        while not all(is_heard(self._redis, process) for process in self._processes):
            time.sleep(0.1)
        age_seconds = self._redis.info("server")["uptime_in_seconds"]
        time.sleep(max(YOUNG_SECONDS - age_seconds, 0))


def _task(redis: Redis) -> ComposeTask:
    """A piece whose files, 10 MB, take long enough to deliver that a worker can be killed over it."""
    request = resolve(
        ComposeOptions(style="classical", density="8", length="60", seed="1"),
        await_worker(redis, seconds=10),
        next_number=lambda: 1,
        draw_seed=new_seed,
        new_id=new_piece_id,
        default_format=AudioFormat.WAV,
    )
    return ComposeTask(request=request, reply_to="benchmark:recovery")


if __name__ == "__main__":
    main()
