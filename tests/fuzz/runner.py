"""Tries cases in a long-lived child and sums up what became of them; a child that dies is started anew."""

import json
import os
import select
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self, cast

ROOT = Path(__file__).parents[2]
STARTING_SECONDS = 120.0
WALL_SECONDS = 60.0
"""For how long a case may take by the clock: the child itself counts its second of processor time."""

MOST_FAULTS = 20


@dataclass(frozen=True)
class Fault:
    """A case that broke something.

    Attributes:
        case: its bytes.
        cause: what was raised, or how the child ended.
        trace: where.
    """

    case: bytes
    cause: str
    trace: str = ""


@dataclass
class Summary:
    """What became of some cases.

    Attributes:
        outcomes: how many came to which end.
        deep: how many came to the target's innermost part.
        slowest_seconds: of processor time, of one case.
        memory_kib: the most that the child ever had.
        faults: what broke.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    deep: int = 0
    slowest_seconds: float = 0.0
    memory_kib: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """How many there were."""
        return self.outcomes.total()


class Child:
    """A process that tries cases of one target.

    Attributes:
        greeting: what it said first.
    """

    def __init__(self, target: str, program: Iterable[str] = ()) -> None:
        """Start it.

        Args:
            target: `midi`, `options` or `interactions`.
            program: another than the child itself.
        """
        self._command = [sys.executable, *(tuple(program) or ("-m", "tests.fuzz.child")), target]
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def try_all(self, cases: Iterable[bytes], summary: Summary) -> None:
        """Try cases, until there are no more or too much is broken."""
        for case in cases:
            answer = self._answer(case)
            if answer is None:
                summary.outcomes["fault"] += 1
                summary.faults.append(Fault(case, self._death()))
                self._start()
            elif "fault" in answer:
                summary.outcomes["fault"] += 1
                summary.faults.append(Fault(case, answer["fault"], answer["trace"]))
            else:
                summary.outcomes[answer["told"]] += 1
                summary.deep += answer["is_deep"]
            if answer is not None:
                summary.slowest_seconds = max(summary.slowest_seconds, answer["seconds"])
                summary.memory_kib = max(summary.memory_kib, answer["memory_kib"])
            if len(summary.faults) >= MOST_FAULTS:
                return

    def _start(self) -> None:
        # Bytes of discord.py's own log are of no use here, and would fill the terminal.
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._stdin = cast(IO[bytes], self._process.stdin)
        self._stdout = cast(IO[bytes], self._process.stdout)
        self.greeting = self._line(STARTING_SECONDS)
        if not self.greeting:
            raise RuntimeError(f"the child does not start: {self._death()}")

    def _end(self) -> None:
        self._stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()

    def _answer(self, case: bytes) -> dict[str, Any] | None:
        try:
            self._stdin.write(struct.pack(">I", len(case)) + case)
            self._stdin.flush()
        except BrokenPipeError:
            return None
        line = self._line(WALL_SECONDS)
        return dict(json.loads(line)) if line else None

    def _line(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._stdout], [], [], seconds)
        return self._stdout.readline() if ready else b""

    def _death(self) -> str:
        """How the child ended, which is seen to."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            code = None
        self._stdin.close()
        self._stdout.close()
        if code is None:
            return f"no answer within {WALL_SECONDS:g} s"
        return (
            f"a second of processor time was not enough ({code})"
            if code == -27
            else f"the child ended: {code}"
        )
