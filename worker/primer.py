"""A primer: a MIDI file from anybody, read in a child process that has limits and is killed if need be."""

import math
import os
import re
import select
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
import structlog

from jobs.capabilities import PrimerLimits
from jobs.request import GenerationRequest
from model.errors import MidiError
from model.events import START, STEPS_PER_SECOND
from model.midi import MidiLimits, check_unread
from model.performance import Events, event_steps
from worker.errors import PrimerError
from worker.midi_reader import Question, Status

NEW_SECONDS = 5.0
"""The least that a piece adds to a primer it begins with."""

MAX_ANSWER_BYTES = 1 << 20
"""Of the child's; the most events that 50,000 notes in an hour can be are half of it."""

_SENTENCE = re.compile(rb"[ -~]{1,200}")
"""What a child may have told to the user, even one that an attacker has taken over."""

_POLL_SECONDS = 0.05

_ROOT = Path(__file__).resolve().parent.parent

_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
"""Without which some Pythons do not start. The child is told no other: there may be passwords in them."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Primer:
    """A primer as the network knows music.

    Attributes:
        events: its performance events from its first onset to its last release, one note a key at a time.
    """

    events: Events

    def opening(self, seconds: float) -> "Primer":
        """What is heard of it in its first seconds; a note that sounds on is let go there."""
        return Primer(self.events[event_steps(self.events) < seconds * STEPS_PER_SECOND])

    @property
    def seconds(self) -> float:
        """From its first onset to its last release."""
        return float(event_steps(self.events)[-1]) / STEPS_PER_SECOND


def read_primer(
    data: bytes,
    limits: PrimerLimits,
    *,
    timeout_seconds: float = 10.0,
    check: Callable[[], None] = lambda: None,
) -> Primer:
    """Read a MIDI file, whatever its bytes are.

    Args:
        data: the file.
        limits: the largest that is accepted.
        timeout_seconds: after which reading is given up.
        check: called at least ten times a second; what it raises ends the reading and is passed on.

    Raises:
        PrimerError: the file cannot be read, or is larger or longer than accepted.
    """
    bounds = MidiLimits(
        max_bytes=limits.max_bytes, max_tracks=limits.max_tracks, max_events=limits.max_events
    )
    try:
        check_unread(data, bounds)
    except MidiError as refusal:
        raise _refusal(str(refusal)) from refusal
    deadline = time.monotonic() + timeout_seconds

    def go_on() -> None:
        check()
        if time.monotonic() > deadline:
            raise _refusal(
                f"The MIDI file takes more than {timeout_seconds:g} s to read; give a simpler one."
            )

    question = Question(len(data), math.ceil(timeout_seconds), bounds)
    primer = Primer(_events(*_ask_child(question.to_line() + data, go_on)))
    if primer.seconds > limits.max_seconds:
        raise PrimerError(
            f"The primer lasts {primer.seconds:.0f} s: give one of at most {limits.max_seconds:.0f} s."
        )
    return primer


def check_fits(primer: Primer, request: GenerationRequest, max_length_seconds: float) -> None:
    """Refuse a primer that leaves too little of the piece that begins with it.

    Args:
        primer: what the piece is to begin with.
        request: says how long the piece is to be, and whether it begins with its primer at all.
        max_length_seconds: how long a piece may be asked for.

    Raises:
        PrimerError: the primer is too long.
    """
    least = primer.seconds + NEW_SECONDS
    if not request.primer_echo or least <= request.length_seconds:
        return
    remedy = "shorten the primer, or have the piece begin after it"
    if least <= max_length_seconds:
        remedy = f"ask for a length of at least {math.ceil(least)} s, or {remedy}"
    raise PrimerError(
        f"The primer lasts {primer.seconds:.0f} s and the piece that begins with it"
        f" {request.length_seconds:g} s: {remedy}."
    )


def _ask_child(question: bytes, go_on: Callable[[], None]) -> tuple[int, bytes]:
    """The child's exit status and its answer; it has ended whatever is raised here."""
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "worker.midi_reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd=_ROOT,
            env=environment | {"OPENBLAS_NUM_THREADS": "1"},  # each takes address space, which is limited
            start_new_session=True,  # after Ctrl-C a worker finishes what it has begun, and needs the child
        )
    except OSError as error:
        raise _failure(str(error)) from error
    with child:
        try:
            pipes = cast(IO[bytes], child.stdin), cast(IO[bytes], child.stdout)  # as asked for above
            answer = _converse(*pipes, question, go_on)
            while child.poll() is None:
                go_on()
                time.sleep(_POLL_SECONDS / 10)
        finally:
            child.kill()
    return child.returncode, answer


def _converse(stdin: IO[bytes], stdout: IO[bytes], question: bytes, go_on: Callable[[], None]) -> bytes:
    """The child's answer; stdin stays open, since its end tells the child that nobody waits any more."""
    unsent, answer = memoryview(question), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(stdin, selectors.EVENT_WRITE)
        selector.register(stdout, selectors.EVENT_READ)
        while len(answer) <= MAX_ANSWER_BYTES:
            go_on()
            ready = [key.fileobj for key, _ in selector.select(_POLL_SECONDS)]
            if stdin in ready:
                try:
                    unsent = unsent[os.write(stdin.fileno(), unsent[: select.PIPE_BUF]) :]
                except BrokenPipeError:  # it has ended: what it said before, and its status, tell why
                    unsent = unsent[:0]
                if not unsent:
                    selector.unregister(stdin)
            if stdout in ready:
                block = os.read(stdout.fileno(), 1 << 16)
                if not block:
                    return bytes(answer)
                answer += block
    raise _failure("an answer without end")


def _events(status: int, answer: bytes) -> Events:
    """The performance events that the child answered, if it did."""
    if status == Status.REFUSED and _SENTENCE.fullmatch(answer):
        raise _refusal(answer.decode("ascii"))
    if status in (Status.OUT_OF_MEMORY, -signal.SIGKILL):  # the system itself kills where memory runs out
        raise _refusal("The MIDI file takes too much memory to read; give a simpler one.")
    if status != Status.READ or not answer or len(answer) % 2:
        raise _failure(f"status {status}, {len(answer)} bytes")
    events = np.frombuffer(answer, "<u2").astype(np.uint16)
    if events.max() >= START:
        raise _failure("no performance")
    return events


def _refusal(reason: str) -> PrimerError:
    return PrimerError(f"The primer cannot be used: {reason[0].lower()}{reason[1:]}")


def _failure(cause: str) -> PrimerError:
    """What the user is told when the child fails in a way that no file should make it fail."""
    _log.warning("primer.reader_failed", cause=cause)
    return _refusal("The MIDI file cannot be read; give another one.")
