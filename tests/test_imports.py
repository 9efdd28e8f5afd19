"""The house's rules of who may import whom, and what a fresh process may load."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

SETTINGS_WITH_TRAPS = {
    "ETUDE_LOG_LEVEL": "wrong",
    "ETUDE_DATA_DIR": "/nowhere/at/all",
    "SOUNDFONT": "/nowhere",
}


def modules_of(*packages: str) -> list[str]:
    """Every module of some packages but those that are programs."""
    return sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        if path.stem != "__main__"
    )


def loaded_by(program: str) -> set[str]:
    """The packages in memory after a program ran in a fresh process, which may print nothing by itself."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"],
        cwd=ROOT,
        env=SETTINGS_WITH_TRAPS,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    return {name.partition(".")[0] for name in json.loads(line)}


def test_packages_import_only_whom_they_may() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("import cards, jobs.options, jobs.settings", {"numpy", "torch", "onnxruntime", "av", "PIL"}),
        ("import cli.main", {"numpy", "torch", "onnxruntime", "onnx", "av", "PIL", "pretty_midi"}),
        ("import worker.composition", {"torch", "tensorboard", "discord", "redis"}),
        ("import worker.device, worker.stop", {"numpy", "torch", "onnxruntime"}),
        ("import model.prepared, model.training.examples", {"pretty_midi", "onnx", "pydantic", "torch"}),
        (
            "import model.lstm, model.training.loop",
            {"pretty_midi", "onnx", "onnxruntime", "pydantic", "rich"},
        ),
    ],
)
def test_what_is_not_needed_is_not_loaded(program: str, absent: set[str]) -> None:
    assert not loaded_by(program) & absent


def test_a_worker_on_a_cpu_samples_without_torch(checkpoint_folder: Path, tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from jobs.logs import configure_logs
from jobs.settings import LogFormat, LogLevel
from model.checkpoint import load_checkpoint
from model.sampling.order import Order
from worker import device
from worker.engine import Engine
from worker.network import open_network
from worker.stop import Stop

configure_logs(LogLevel.WARNING, LogFormat.JSON)
device.GPU_NODES = ()  # whatever machine this is
checkpoint = load_checkpoint(Path({str(checkpoint_folder)!r}))
with Engine(open_network(checkpoint, Path({str(tmp_path)!r}), device.Device.AUTO)) as engine:
    assert engine.submit(Order(seed=1, seconds=10.0), Stop()).notes()
"""
    loaded = loaded_by(program)
    assert not {"torch", "onnxruntime", "onnx"} & loaded


def test_importing_does_nothing() -> None:
    """Whatever the settings are: no module reads them, prints, makes a folder or sets up logging."""
    names = modules_of("cards", "cli", "jobs", "model", "worker")
    assert {"model.lstm", "worker.engine", "cli.main"} <= set(names)
    program = f"""
import importlib, logging, signal
handlers = logging.root.handlers[:]
for name in {names!r}:
    importlib.import_module(name)
assert logging.root.handlers == handlers
assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
"""
    assert "torch" in loaded_by(program)
    assert not Path("/nowhere").exists()


@pytest.mark.parametrize("package", ["cli", "model.training", "benchmarks"])
def test_programs_begin_only_when_they_are_run(package: str) -> None:
    loaded_by(f"import {package}.__main__")


@pytest.mark.parametrize("module", ["cli", "model.training"])
def test_programs_can_be_run_as_modules(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert "usage" in done.stdout.lower()


def test_the_command_is_installed() -> None:
    from importlib.metadata import entry_points

    (etude,) = entry_points(group="console_scripts", name="etude")
    module, _, function = etude.value.partition(":")
    assert (module, function) == ("cli.main", "main")
    assert importlib.util.find_spec(module) is not None
