"""The process in which cases are tried: `python -m tests.fuzz.child TARGET`, started by `tests.fuzz.runner`.

    stdin    for each case its size (4 bytes) and its bytes
    stdout   `ready` or, for a target that has them, its seeds; then for each case one line of JSON

A case that takes more than a second of processor time ends the process with SIGPROF, one that takes more
memory than there may be raises, and whatever is raised is told.
"""

import json
import resource
import signal
import struct
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from jobs.logs import configure_logs
from jobs.settings import LogFormat, LogLevel
from tests.fuzz.targets import Target, midi_target, options_target

CASE_SECONDS = 1.0
"""Of processor time, which a busy machine does not change."""

MEMORY_BYTES = {"midi": 1 << 30, "options": 1 << 30, "interactions": 6 << 30}
"""Of address space; of the last one threads' stacks are most."""


@contextmanager
def _opened(name: str) -> Iterator[tuple[str, Target]]:
    if name == "interactions":
        from tests.fuzz.interactions import talkative_discord

        with talkative_discord() as (discord, target):
            yield json.dumps(discord.seeds()), target
    else:
        yield "ready", midi_target() if name == "midi" else options_target()


def main(name: str, stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Try one case after another until stdin ends."""
    configure_logs(LogLevel.WARNING, LogFormat.JSON)  # to stderr: stdout is for answers
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES[name], MEMORY_BYTES[name]))
    with _opened(name) as (greeting, target):
        _tell(stdout, greeting)
        while len(size := stdin.read(4)) == 4:
            case = stdin.read(struct.unpack(">I", size)[0])
            begun = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, CASE_SECONDS)
            told: dict[str, object]
            try:
                outcome = target(case)
                told = {"told": outcome.told, "is_deep": outcome.is_deep}
            except Exception as error:  # noqa: BLE001 - to find what may be raised is what this is for
                frames = traceback.format_exception(error)
                told = {"fault": f"{type(error).__name__}: {error}"[:1000], "trace": "".join(frames)[-4000:]}
            signal.setitimer(signal.ITIMER_PROF, 0)
            told["seconds"] = time.process_time() - begun
            told["memory_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            _tell(stdout, json.dumps(told))


def _tell(stdout: BinaryIO, line: str) -> None:
    stdout.write(line.encode() + b"\n")
    stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
