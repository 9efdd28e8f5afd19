"""`python -m benchmarks`: print the table and write `benchmarks/latest.json`; ten quiet minutes."""

import json
import os
import platform
import statistics
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.pieces import burst, piece_seconds, scaling
from benchmarks.process import import_seconds, worker_start
from benchmarks.rendering import rendering_seconds
from benchmarks.sampling import (
    BATCHES,
    etude_events_per_second,
    event_microseconds,
    limit_events_per_second,
    lstmcell_events_per_second,
)
from benchmarks.street import print_street, street_milliseconds
from benchmarks.training import training_events_per_second
from jobs.logs import configure_logs
from jobs.settings import LogFormat, LogLevel
from model.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from model.training.precision import can_halve

RUNS = 5
LENGTHS = (60, 180)
IMPORTED = ("bot", "bot.client")  # the second brings all of the bot
Latest = dict[str, Any]


def main() -> None:
    """Run everything one after another on an otherwise idle machine."""
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    checkpoint = load_checkpoint(SHIPPED)
    latest: Latest = {"machine": _machine(), "checkpoint": checkpoint.digest}
    print(latest["machine"])
    for measure, tell in (
        (lambda: {"process": _process()}, _print_process),
        (lambda: {"sampling": _sampling(checkpoint)}, _print_sampling),
        (lambda: {"profile": _profile(checkpoint)}, _print_profile),
        (lambda: {"rendering": rendering_seconds(checkpoint)}, _print_rendering),
        (lambda: {"piece": {str(length): piece_seconds(length) for length in LENGTHS}}, _print_pieces),
        (lambda: {"burst16": burst()}, _print_burst),
        (lambda: {"scaling": scaling()}, _print_scaling),
        (lambda: {"street": street_milliseconds()}, lambda latest: print_street(latest["street"])),
        (lambda: {"training": _training(checkpoint)}, _print_training),
    ):
        latest |= measure()
        tell(latest)
        print(flush=True)
    Path(__file__).with_name("latest.json").write_text(json.dumps(latest, indent=1) + "\n")


def _machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("torch", "onnxruntime", "numpy", "lameenc")},
    }


def _process() -> dict[str, Any]:
    starts = [worker_start() for _ in range(3)]
    worker = {name: statistics.median(start[name] for start in starts) for name in starts[0]}
    imports = {module: statistics.median(import_seconds(module) for _ in range(RUNS)) for module in IMPORTED}
    return {"worker": worker, "imports": imports}


def _sampling(checkpoint: Checkpoint) -> dict[str, dict[str, float]]:
    """Events a second by batch size, each the median of several runs, taken by turns."""
    ways: dict[str, Callable[[Checkpoint, int], float]] = {
        "etude": etude_events_per_second,
        "lstmcell": lstmcell_events_per_second,
        "limit": limit_events_per_second,
    }
    runs = {
        batch: [{name: way(checkpoint, batch) for name, way in ways.items()} for _ in range(RUNS)]
        for batch in BATCHES
    }
    return {
        name: {
            str(batch): round(statistics.median(one[name] for one in measured), 1)
            for batch, measured in runs.items()
        }
        for name in ways
    }


def _profile(checkpoint: Checkpoint) -> dict[str, dict[str, float]]:
    return {str(batch): event_microseconds(checkpoint, batch) for batch in BATCHES}


def _training(checkpoint: Checkpoint) -> dict[str, float]:
    return {
        name: round(training_events_per_second(checkpoint, half=half), 0)
        for name, half in (("fp32", False), ("bfloat16", True))
        if not half or can_halve("cpu")
    }


def _print_process(latest: Latest) -> None:
    process, worker = latest["process"], latest["process"]["worker"]
    idle, busy = worker["idle_mib"], worker["after_a_minute_mib"]
    print(f"worker: ready after {worker['seconds']:.2f} s, {idle:.0f} MiB, {busy:.0f} after a piece of 60 s")
    told = ", ".join(f"{module} {seconds:.2f} s" for module, seconds in process["imports"].items())
    print(f"import of {told}")


def _print_sampling(latest: Latest) -> None:
    sampling = latest["sampling"]
    print("sampling, events/s   etude  LSTMCell   limit  times LSTMCell  of the limit")
    for batch in sampling["etude"]:
        etude, baseline, limit = (sampling[name][batch] for name in ("etude", "lstmcell", "limit"))
        told = f"batch {batch:<11}{etude:>9,.0f}{baseline:>10,.0f}{limit:>9,.0f}"
        print(f"{told}{etude / baseline:>15.1f}{etude / limit:>14.2f}")


def _print_profile(latest: Latest) -> None:
    for batch, parts in latest["profile"].items():
        told = ", ".join(f"{name} {microseconds:,.0f}" for name, microseconds in parts.items())
        print(f"an event in a batch of {batch}, microseconds: {told or 'no kernel was compiled'}")


def _print_rendering(latest: Latest) -> None:
    rendering = latest["rendering"]
    program = rendering.get("program")
    beside = (
        "is not installed"
        if program is None
        else f"{program:.2f} s, {program / rendering['etude']:.2f} times as long"
    )
    print(f"rendering 60 s: {rendering['etude']:.2f} s; the fluidsynth program {beside}")


def _print_pieces(latest: Latest) -> None:
    for length, stages in latest["piece"].items():
        told = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in stages.items())
        print(f"piece of {length} s, seconds: {told}")


def _print_burst(latest: Latest) -> None:
    burst16 = latest["burst16"]
    print(
        f"16 pieces of 60 s at once: {burst16['pieces_per_minute']} a minute, the first after "
        f"{burst16['first']} s; one of 10 s that came last after {burst16['short']} s, behind "
        f"{burst16['before_short']} of them"
    )


def _print_scaling(latest: Latest) -> None:
    told = latest["scaling"]
    if not told:
        print("one worker or two: processes cannot be kept to a processor here")
        return
    print(
        f"pieces a minute: one worker on one processor {told['one']}, two on two {told['two']}: "
        f"{told['ratio']} times"
    )


def _print_training(latest: Latest) -> None:
    print(", ".join(f"training {name} {events:,.0f} events/s" for name, events in latest["training"].items()))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")


if __name__ == "__main__":
    main()
