"""Seconds by stage from a request to a piece's files."""

import statistics
import tempfile
from pathlib import Path

from jobs.options import ComposeOptions, resolve
from jobs.request import new_piece_id
from model.checkpoint import Checkpoint
from worker.composition import capabilities, compose
from worker.device import Device
from worker.engine import Engine
from worker.network import open_network
from worker.soundfonts import find_soundfont
from worker.stop import Stop


def piece_seconds(checkpoint: Checkpoint, length: int, runs: int = 3) -> dict[str, float]:
    """Median seconds of each stage over pieces of `length` seconds (classical, density 8, seeds from 1)."""
    soundfont = find_soundfont(None)
    timings = []
    with tempfile.TemporaryDirectory() as folder:
        network = open_network(checkpoint, Path(folder), Device.CPU)
        engine = Engine(network)
        for seed in range(1, runs + 1):
            request = resolve(
                ComposeOptions(style="classical", density="8", length=str(length), seed=str(seed)),
                capabilities(network),
                next_number=lambda: 1,
                draw_seed=lambda: 0,
                new_id=new_piece_id,
            )
            piece = compose(request, None, engine, soundfont, lambda _stage, _share: None, Stop())
            timings.append(piece.result.timings.model_dump())
        engine.close()
    return {stage: round(statistics.median(one[stage] for one in timings), 3) for stage in timings[0]}
