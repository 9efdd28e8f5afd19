"""`python -m benchmarks`: print the table and write `benchmarks/latest.json`."""

import json
import os
import platform
import statistics
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.piece import piece_seconds
from benchmarks.sampling import etude_events_per_second, lstmcell_events_per_second
from benchmarks.street import print_street, street_milliseconds
from jobs.logs import configure_logs
from jobs.settings import LogFormat, LogLevel
from model.checkpoint import SHIPPED, Checkpoint, load_checkpoint

RUNS = 5


def main() -> None:
    """Run everything one after another on an otherwise idle machine."""
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    checkpoint = load_checkpoint(SHIPPED)
    etude = _median(etude_events_per_second, checkpoint)
    baseline = _median(lstmcell_events_per_second, checkpoint)
    pieces = {str(length): piece_seconds(checkpoint, length) for length in (60, 180)}
    latest: dict[str, Any] = {
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            **{package: version(package) for package in ("torch", "onnxruntime", "numpy")},
        },
        "checkpoint": checkpoint.digest,
        "sampling": {"etude": {"1": etude}, "lstmcell": {"1": baseline}},
        "piece": pieces,
        "street": street_milliseconds(),
    }
    print(f"{latest['machine']}")
    print(f"sampling, batch 1: {etude:,.0f} events/s; torch LSTMCell loop {baseline:,.0f} events/s")
    print(f"ratio: {etude / baseline:.2f}")
    for length, stages in pieces.items():
        told = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in stages.items())
        print(f"piece of {length} s, seconds: {told}")
    print_street(latest["street"])
    Path(__file__).with_name("latest.json").write_text(json.dumps(latest, indent=1) + "\n")


def _median(measure: Callable[[Checkpoint], float], checkpoint: Checkpoint) -> float:
    return round(statistics.median(measure(checkpoint) for _ in range(RUNS)), 1)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")


if __name__ == "__main__":
    main()
