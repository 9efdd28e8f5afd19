"""A worker's process: connections, engine, soundfont, and then jobs until it is told to end."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from uuid import uuid4

import structlog
from redis import Redis

from jobs.errors import SettingsError
from jobs.observation import Observation
from jobs.settings import Settings
from jobs.street.connection import connect, translated
from jobs.street.gauges import StreetGauges
from jobs.street.presence import Offer, announce, withdraw
from model.checkpoint import SHIPPED, load_checkpoint
from model.originality.training_index import INDEX_FILE, load_training_index
from worker.composition import capabilities
from worker.device import Device
from worker.engine import Engine
from worker.meters import WorkerMeters
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
    meters = WorkerMeters()
    with _observed(settings, url, meters):
        _work(settings, device, prompt, url, meters, is_embedded=is_embedded)


@contextmanager
def _observed(settings: Settings, url: str, meters: WorkerMeters) -> Iterator[None]:
    """Shows over HTTP how the worker is, where that is wanted."""
    port = settings.etude_worker_metrics_port
    if port is None:
        yield
        return
    street = StreetGauges(url)
    meters.registry.register(street)
    with Observation(
        meters.registry,
        settings.etude_metrics_host,
        port,
        "ETUDE_WORKER_METRICS_PORT",
        illnesses=[meters.illness],
        lacks=[meters.lack, street.lack],
    ):
        yield
    street.close()


def _work(
    settings: Settings, device: Device, prompt: Redis, url: str, meters: WorkerMeters, *, is_embedded: bool
) -> None:
    soundfont = find_soundfont(settings.soundfont)
    folder = settings.etude_checkpoint or SHIPPED
    checkpoint = load_checkpoint(folder)
    training = load_training_index(folder)
    network = open_network(checkpoint, settings.etude_data_dir / "cache", device, settings.etude_cpu_sampler)
    if training is None:
        _log.info("originality.not_compared", cause=f"{folder} has no {INDEX_FILE}")
    redis = connect(url, is_patient=True)
    with Engine(network) as engine, open_client(settings.discord_api_base) as discord:
        name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        offered = capabilities(network)
        offer = Offer(worker=name, capabilities=offered)
        meters.describe(offered, settings.etude_worker_jobs, lambda: engine.is_alive)
        worker = ThreadWorker(
            redis,
            name,
            Tasks(redis, prompt, engine, soundfont, offered, discord, training, meters).by_name,
            threads=settings.etude_worker_jobs,
            recovery_seconds=settings.etude_recovery_seconds,
            deadline_seconds=settings.etude_job_seconds,
            announce=lambda: announce(redis, offer, settings.etude_recovery_seconds),
        )
        _end_on_signals(worker, meters)
        _log.info("worker.start", worker=name, sampler=network.sampler.value, soundfont=soundfont.name)
        with translated(redis):
            worker.run(
                is_alone=is_embedded,
                drain_seconds=0.0 if is_embedded else settings.etude_drain_seconds,
                ready=lambda: _ready(meters, is_embedded=is_embedded),
            )
            withdraw(redis, offer)
        _log.info("worker.end", worker=name)


def _ready(meters: WorkerMeters, *, is_embedded: bool) -> None:
    meters.hindrance = None
    if is_embedded:
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()


def _end_on_signals(worker: ThreadWorker, meters: WorkerMeters) -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        meters.hindrance = "the worker is ending"
        worker.end()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _end_with_parent() -> None:
    """Nobody is left to serve, nor to restart Redis: what was being made is put back by the next worker."""
    stdin = sys.stdin.fileno()
    while os.read(stdin, 1024):  # not through Python's own buffer, whose lock is in the way of an orderly end
        pass
    os._exit(1)
