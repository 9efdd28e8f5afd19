"""A worker's process: connections, engine, soundfont, and then jobs until it is told to end."""

import os
import signal
import socket
import sys
import threading
from types import FrameType
from uuid import uuid4

import structlog

from jobs.errors import SettingsError
from jobs.settings import Settings
from jobs.street.connection import connect, translated
from jobs.street.presence import Offer, announce, withdraw
from model.checkpoint import SHIPPED, load_checkpoint
from worker.composition import capabilities
from worker.device import Device
from worker.engine import Engine
from worker.network import open_network
from worker.rq_worker import ThreadWorker
from worker.soundfonts import find_soundfont
from worker.tasks import Tasks
from worker.webhook import open_client

READY = "ready"
"""What an embedded worker writes to stdout once it takes jobs."""

_log = structlog.get_logger(__name__)


def serve(settings: Settings, device: Device, *, is_embedded: bool) -> None:
    """Work until SIGTERM or SIGINT.

    An embedded worker is the only one of its Redis and belongs to the process that started it: it says
    `ready` on stdout, and ends at once when its stdin does.

    Raises:
        SettingsError: there is no REDIS_URL.
        StreetError: Redis cannot be reached.
        CheckpointError, SoundfontError, DeviceError: what it needs is missing or damaged.
    """
    if settings.redis_url is None:
        raise SettingsError(
            "REDIS_URL is not set: a worker needs to know where jobs come from. "
            "`etude compose` alone brings a worker of its own."
        )
    if is_embedded:
        threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    url = settings.redis_url.get_secret_value()
    prompt = connect(url, is_patient=False)
    with translated(prompt):
        prompt.ping()
    soundfont = find_soundfont(settings.soundfont)
    checkpoint = load_checkpoint(settings.etude_checkpoint or SHIPPED)
    network = open_network(checkpoint, settings.etude_data_dir / "cache", device)
    redis = connect(url, is_patient=True)
    with Engine(network) as engine, open_client(settings.discord_api_base) as discord:
        name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        offered = capabilities(network)
        offer = Offer(worker=name, capabilities=offered)
        worker = ThreadWorker(
            redis,
            name,
            Tasks(redis, prompt, engine, soundfont, offered, discord).by_name,
            threads=settings.etude_worker_jobs,
            recovery_seconds=settings.etude_recovery_seconds,
            deadline_seconds=settings.etude_job_seconds,
            announce=lambda: announce(redis, offer, settings.etude_recovery_seconds),
        )
        _end_on_signals(worker)
        _log.info("worker.start", worker=name, sampler=network.sampler.value, soundfont=soundfont.name)
        with translated(redis):
            worker.run(
                is_alone=is_embedded,
                drain_seconds=0.0 if is_embedded else settings.etude_drain_seconds,
                ready=_say_ready if is_embedded else None,
            )
            withdraw(redis, offer)
        _log.info("worker.end", worker=name)


def _say_ready() -> None:
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()


def _end_on_signals(worker: ThreadWorker) -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        worker.end()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _end_with_parent() -> None:
    """Nobody is left to serve, nor to restart Redis: what was being made is put back by the next worker."""
    stdin = sys.stdin.fileno()
    while os.read(stdin, 1024):  # not through Python's own buffer, whose lock is in the way of an orderly end
        pass
    os._exit(1)
