"""`etude doctor`: is everything there that composing needs, and if not, how to mend it."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.errors import INSTALL_WORKER
from cli.start import started
from jobs.settings import Settings
from worker.device import Device


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
        )
    ]
    findings.append(_gpu())
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
    except (ModelError, StoreError, WorkerError) as error:
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
    open_network(checkpoint, settings.etude_data_dir / "cache", Device.CPU)
    return f"{checkpoint.name} in {folder}, styles: {', '.join(checkpoint.styles)}"


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
