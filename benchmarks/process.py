"""What processes cost: the start of a worker, its memory, and the import of the bot."""

import subprocess
import sys
import time

from benchmarks.workers import finish, is_heard, server, start_worker, task
from jobs.street.connection import connect
from jobs.street.front import Front
from jobs.street.presence import await_worker

_IMPORT = "import time; begun = time.perf_counter(); import {}; print(time.perf_counter() - begun)"


def worker_start() -> dict[str, float]:
    """Of a worker with its graph cached: seconds until it takes jobs, and MiB before and after a piece."""
    with server() as url, connect(url, is_patient=True) as redis:
        begun = time.perf_counter()
        worker = start_worker(url)
        try:
            while not is_heard(redis, worker):
                time.sleep(0.005)
            seconds = time.perf_counter() - begun
            idle = _resident_mib(worker.pid)
            finish(Front(redis), [task(await_worker(redis, seconds=10), 1, 60)])
            return {
                "seconds": round(seconds, 2),
                "idle_mib": idle,
                "after_a_minute_mib": _resident_mib(worker.pid),
            }
        finally:
            worker.terminate()
            worker.wait()


def import_seconds(module: str) -> float:
    """Seconds of an import in a fresh interpreter."""
    program = _IMPORT.format(module)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return round(float(ran.stdout), 3)


def _resident_mib(pid: int) -> float:
    """The memory that a process has in use, as `ps` tells it."""
    ran = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return round(int(ran.stdout) / 1024, 0)
