"""`etude doctor`: is everything there that composing needs, and if not, how to mend it."""

import importlib.util
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.errors import INSTALL_WORKER, CommandError
from cli.start import started
from jobs.capabilities import Sampler
from jobs.errors import JobsError
from jobs.settings import Settings
from worker.device import Device

if TYPE_CHECKING:
    from redis import Redis

OLDEST_REDIS = 7

_COMPILE = "install a C compiler, then Etude anew."

_WANTED = {
    "appendonly": ("yes", "a restart forgets what was accepted"),
    "maxmemory-policy": ("noeviction", "a full server drops what was accepted"),
}
"""What a server should be set to, and what happens if it is not."""


@dataclass(frozen=True)
class Finding:
    """What one look found.

    Attributes:
        subject: what was looked at.
        is_well: whether it can be used; None where it is absent and need not be there.
        told: what was found, or how to mend it.
    """

    subject: str
    is_well: bool | None
    told: str


def doctor() -> int:
    """Check what composing needs; exit code 1 if anything is missing."""
    settings = started()
    findings = [
        _look(subject, look, settings)
        for subject, look in (
            ("soundfont", _soundfont),
            ("FluidSynth", _fluidsynth),
            ("checkpoint", _checkpoint),
            ("data folder", _data_folder),
            ("database", _database),
            ("street", _street),
        )
    ]
    findings += [_discord(settings), _gpu()]
    table = Table(box=None, pad_edge=False, show_header=False)
    marks = {True: "[green]ok[/green]", False: "[red]mend[/red]", None: "[dim]none[/dim]"}
    for finding in findings:
        table.add_row(marks[finding.is_well], finding.subject, escape(finding.told))
    Console(highlight=False).print(table)
    return 1 if any(finding.is_well is False for finding in findings) else 0


def _look(subject: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    """Do one look; its sentence, where it fails, says how to mend it."""
    try:
        from listening.store.errors import StoreError
        from model.errors import ModelError
        from worker.errors import WorkerError
    except ImportError as error:
        return Finding(subject, False, _not_installed(error))
    try:
        return Finding(subject, True, look(settings))
    except ImportError as error:
        return Finding(subject, False, _not_installed(error))
    except (CommandError, JobsError, ModelError, StoreError, WorkerError) as error:
        return Finding(subject, False, str(error))
    except OSError as error:
        return Finding(subject, False, f"{error}; mend that.")


def _not_installed(error: ImportError) -> str:
    return f"The Python package {error.name} is not installed; run: {INSTALL_WORKER}."


def _soundfont(settings: Settings) -> str:
    from worker.soundfonts import find_soundfont

    soundfont = find_soundfont(settings.soundfont)
    better = "; soundfonts/README.md names better ones" if soundfont.origin == "pretty_midi" else ""
    return f"{soundfont.path} (from {soundfont.origin}){better}"


def _fluidsynth(settings: Settings) -> str:
    from model.midi import write_midi
    from model.performance import Note
    from worker.soundfonts import find_soundfont
    from worker.synthesis import render

    samples = render(write_midi([Note(60, 64, 0.0, 0.2)]), find_soundfont(settings.soundfont).path)
    return f"plays a note, peak {abs(samples).max():.3f}"


def _checkpoint(settings: Settings) -> str:
    from model.checkpoint import SHIPPED, load_checkpoint
    from worker.network import open_network

    folder = settings.etude_checkpoint or SHIPPED
    checkpoint = load_checkpoint(folder)
    cache = settings.etude_data_dir / "cache"
    network = open_network(checkpoint, cache, Device.CPU, settings.etude_cpu_sampler)
    styles = f"{checkpoint.name} in {folder}, styles: {', '.join(checkpoint.styles)}"
    if settings.etude_cpu_sampler is Sampler.CPU_INT8 and network.strider is None:
        return f"{styles}. No kernel was compiled, so sampling is slow: {_COMPILE}"
    return styles


def _data_folder(settings: Settings) -> str:
    settings.etude_data_dir.mkdir(parents=True, exist_ok=True)
    probe = settings.etude_data_dir / ".doctor"
    probe.write_bytes(b"")
    probe.unlink()
    return str(settings.etude_data_dir)


def _database(settings: Settings) -> str:
    from cli.memory import open_memory

    with open_memory(settings) as store:
        return f"pieces: {store.count()}"


def _street(settings: Settings) -> str:
    from cli.street import embedded_street
    from jobs.street.connection import connect, translated

    if settings.redis_url is None:
        embedded_street(settings).prepare_folder()
        return f"Valkey {_own_valkey()} and a worker come with each command, as REDIS_URL is not set"
    with connect(settings.redis_url.get_secret_value(), is_patient=False) as redis, translated(redis):
        return "; ".join([_server(redis), _workers(redis), *_settings_to_mend(redis)])


def _own_valkey() -> str:
    """The version of the server that comes with Etude, told by itself."""
    from cli.embedded.valkey import find_binary

    binary = find_binary()
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if told.returncode != 0:
        raise CommandError(
            f"The Valkey server {binary} does not run here: start a Redis or Valkey server yourself, and set "
            "REDIS_URL to its address."
        )
    return told.stdout.partition(" v=")[2].partition(" ")[0]


def _server(redis: "Redis") -> str:
    """Name and version of the server behind REDIS_URL."""
    about = redis.info("server")
    if "valkey_version" in about:
        return f"Valkey {about['valkey_version']}"
    version = str(about["redis_version"])
    if int(version.partition(".")[0]) < OLDEST_REDIS:
        raise CommandError(
            f"The server behind REDIS_URL is Redis {version}: "
            f"Etude needs Redis {OLDEST_REDIS} or newer, or Valkey."
        )
    return f"Redis {version}"


def _workers(redis: "Redis") -> str:
    """The workers that are heard, by what they sample with."""
    from jobs.street.presence import living

    samplers = Counter(offer.capabilities.sampler.value for offer in living(redis))
    if not samplers:
        raise CommandError("No worker is heard behind REDIS_URL: start one with `etude worker`.")
    return f"workers heard: {', '.join(f'{count} {sampler}' for sampler, count in samplers.items())}"


def _settings_to_mend(redis: "Redis") -> list[str]:
    """What the server is not set to; nothing where it does not let us look."""
    from redis.exceptions import ResponseError

    try:
        found = redis.config_get(*_WANTED)
    except ResponseError:
        return []
    return [
        f"set {name} {wanted} there, as otherwise {otherwise}"
        for name, (wanted, otherwise) in _WANTED.items()
        if found.get(name, wanted) != wanted
    ]


def _discord(settings: Settings) -> Finding:
    from cli.bot import check_bot
    from cli.discord_token import look_at_token

    token = settings.discord_token
    if token is None:
        return Finding("Discord", None, "DISCORD_TOKEN is not set; only the bot needs it")

    def look(settings: Settings) -> str:
        check_bot(settings)
        return look_at_token(token.get_secret_value(), settings.discord_api_base)

    return _look("Discord", look, settings)


def _gpu() -> Finding:
    if importlib.util.find_spec("torch") is None:
        return Finding("GPU", None, "torch is not installed; only training and GPU workers need it")
    try:
        import torch
    except (ImportError, OSError) as error:
        return Finding("GPU", False, f"torch cannot be loaded: {error}; install it anew.")
    if torch.cuda.is_available():
        return Finding("GPU", True, torch.cuda.get_device_name())
    return Finding("GPU", None, f"torch {torch.__version__} finds none; sampling runs on the CPU")
