"""`etude up`: the bot, workers and a Valkey, in one command on one machine."""

import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from cli.bot import check_bot
from cli.embedded.keeper import CANNOT_WORK
from cli.part import Part
from cli.start import started
from cli.street import embedded_street
from jobs.settings import Settings
from jobs.street.connection import connect, translated

BOT_END_SECONDS = 8.0
WORKER_END_SECONDS = 6.0
"""How long a worker may take to put back what it was still making, besides ETUDE_DRAIN_SECONDS."""

MOST_WORKERS = 8
"""Where nobody says how many; each takes some 200 MiB."""

_LOOK_SECONDS = 1.0
_ROOT = Path(__file__).parents[1]
_log = structlog.get_logger(__name__)

Wait = Callable[[float], bool]
"""Waits for so many seconds, or for a signal; whether that was one to end."""


def up() -> int:
    """Bring up the bot and workers, and a Valkey where REDIS_URL is unset; what crashes is started again."""
    settings = started()
    check_bot(settings)
    if settings.redis_url is not None:
        url = settings.redis_url.get_secret_value()
        with connect(url, is_patient=False) as redis, translated(redis):
            redis.ping()
        return _keep_up([_bot(url), *_workers(settings, url, range(_count(settings)))], check=lambda: None)
    return _up_alone(settings)


def _up_alone(settings: Settings) -> int:
    """With Valkey and a worker that are shared with other commands, and kept by their own keeper."""
    with embedded_street(settings) as street:
        _log.info("street.ready", logs=str(street.folder))
        others = _workers(settings, street.url, range(1, _count(settings)))
        return _keep_up([_bot(street.url), *others], check=street.check)


def _bot(redis_url: str) -> Part:
    return Part("bot", _environment(redis_url), BOT_END_SECONDS)


def _workers(settings: Settings, redis_url: str, places: range) -> list[Part]:
    """Workers by their places, from 0 on: those behind the first show themselves at the next ports."""
    parts = []
    for place in places:
        environment = _environment(redis_url)
        if settings.etude_worker_metrics_port is not None:
            environment["ETUDE_WORKER_METRICS_PORT"] = str(settings.etude_worker_metrics_port + place)
        parts.append(Part("worker", environment, settings.etude_drain_seconds + WORKER_END_SECONDS))
    return parts


def _count(settings: Settings) -> int:
    """How many workers there are to be."""
    if settings.etude_workers:
        return settings.etude_workers
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors, MOST_WORKERS)


def _environment(redis_url: str) -> dict[str, str]:
    """A part's variables; what is set in `.env` it reads itself, as its working folder is this one's."""
    python_path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    return os.environ | {"PYTHONPATH": python_path, "REDIS_URL": redis_url}


def _keep_up(parts: Sequence[Part], check: Callable[[], None]) -> int:
    """Keep parts running until told to end: 0 then, or 2 when one has said why it cannot work.

    Args:
        parts: not started yet.
        check: raises once what they need is gone for good.
    """
    with _signals() as wait:
        try:
            is_told_to_end = False
            while not is_told_to_end:
                check()
                if not all(part.tend() for part in parts):
                    return CANNOT_WORK
                dues = [part.due_seconds for part in parts if part.due_seconds is not None]
                is_told_to_end = wait(min([_LOOK_SECONDS, *dues]))
        finally:
            for part in parts:
                part.tell_to_end()
            for part in parts:
                part.end()
    return 0


@contextmanager
def _signals() -> Iterator[Wait]:
    """Signals are heard when they are waited for, and none in between is missed."""
    heard, told = socket.socketpair()
    with heard, told:
        told.setblocking(False)
        signal.set_wakeup_fd(told.fileno())
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                signal.signal(number, lambda _number, _frame: None)  # the number is read from the socket

        def wait(seconds: float) -> bool:
            heard.settimeout(max(seconds, 0.001))  # zero would mean not to wait for the socket at all
            try:
                return bool(set(heard.recv(4096)) - {signal.SIGCHLD})
            except TimeoutError:
                return False

        try:
            yield wait
        finally:
            signal.set_wakeup_fd(-1)
