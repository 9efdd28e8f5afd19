"""Seconds to render a minute of piano: in process, and by the fluidsynth program as one would call it."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from model.checkpoint import Checkpoint
from model.midi import write_midi
from model.sampling.order import Order
from worker.device import Device
from worker.engine import Engine
from worker.network import open_network
from worker.soundfonts import find_soundfont
from worker.stop import Stop
from worker.synthesis import render

_PROGRAM = "fluidsynth"


def rendering_seconds(checkpoint: Checkpoint) -> dict[str, float]:
    """Seconds for a piece of 60 s: `etude`, and `program` where it is installed (samples to a WAV file)."""
    soundfont = find_soundfont(None).path
    with tempfile.TemporaryDirectory() as folder:
        network = open_network(checkpoint, Path(folder), Device.CPU)
        with Engine(network) as engine:
            order = Order(1, 60.0, {"style": "classical", "density": 8.0}, top_p=0.98)
            midi = write_midi(engine.submit(order, Stop()).notes())
        found = {"etude": _seconds(lambda: render(midi, soundfont))}
        if program := shutil.which(_PROGRAM):
            (file := Path(folder) / "piece.mid").write_bytes(midi)
            command = [program, "-niq", "-F", str(Path(folder) / "piece.wav"), str(soundfont), str(file)]
            found["program"] = _seconds(lambda: subprocess.run(command, capture_output=True, check=True))
    return found


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun
