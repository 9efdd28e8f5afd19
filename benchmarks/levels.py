"""`python -m benchmarks.levels`: whether pieces keep within a level, and how often it had to see to that.

Pieces of all styles in turn are composed side by side. Printed are how many keep within every bound, what
was measured of them, and of how many events the network's likeliest was one that only the level forbids.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from unittest.mock import patch

import numpy as np

from jobs.capabilities import SamplingDefaults
from jobs.logs import configure_logs
from jobs.settings import LogFormat, LogLevel
from model.checkpoint import SHIPPED, load_checkpoint
from model.playability.levels import LEVELS
from model.playability.strain import Strain, strain
from model.sampling.constraints import allowed_events
from model.sampling.draft import Draft
from model.sampling.guidance import guided
from model.sampling.order import Order
from worker.device import Device
from worker.network import Network, open_network

QUANTILES = (0.0, 0.5, 0.9, 1.0)


class _Watch:
    """What the bounds of a level did to the events of some pieces, counted over all of them."""

    def __init__(self) -> None:
        self.events = 0
        self.overruled = 0
        self.seconds = {"with the level": 0.0, "without": 0.0}

    def look(self, draft: Draft, answers: np.ndarray) -> None:
        """Look at a draft before its next event, given the network's answers, (1 or 2, 390)."""
        logits = answers[:1]
        if draft.is_guided:
            logits = guided(logits, answers[1:], np.array([draft.guidance], dtype=np.float32))
        likeliest = int(logits.argmax())
        moment = draft.moment
        begun = time.perf_counter()
        bounded = allowed_events(moment)
        between = time.perf_counter()
        free = allowed_events(replace(moment, playing=None))
        self.seconds["with the level"] += between - begun
        self.seconds["without"] += time.perf_counter() - between
        self.events += 1
        self.overruled += bool(free[likeliest] and not bounded[likeliest])


def main() -> None:
    """Compose, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levels", description=__doc__)
    parser.add_argument("--pieces", type=int, default=50)
    parser.add_argument("--level", choices=[*LEVELS, "none"], default="easy")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED)
    parser.add_argument("--untold", action="store_true", help="leave what the network is told as it was")
    asked = parser.parse_args()
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    checkpoint = load_checkpoint(asked.checkpoint)
    defaults = SamplingDefaults()
    orders = [
        Order(
            seed,
            asked.seconds,
            {"style": checkpoint.styles[seed % len(checkpoint.styles)], "rendition": "performed"},
            defaults.temperature,
            defaults.top_p,
            defaults.guidance,
            form=defaults.form,
            level=None if asked.level == "none" else asked.level,
        )
        for seed in range(asked.pieces)
    ]
    told = patch("model.sampling.completion._ease") if asked.untold else nullcontext()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, told:
        drafts = [Draft(order, checkpoint.controls, checkpoint.exemplars) for order in orders]
        watch = _composed(drafts, open_network(checkpoint, Path(folder), Device.CPU))
    print(f"{len(drafts)} pieces of {asked.seconds:g} s in {time.perf_counter() - begun:.0f} s")
    _print_measured(
        [strain(draft.notes()) for draft in drafts], None if asked.level == "none" else asked.level
    )
    seconds = [max(note.end for note in draft.notes()) for draft in drafts]
    density = [len(draft.notes()) / length for draft, length in zip(drafts, seconds, strict=True)]
    print(f"notes a second: {_quantiles(density)}")
    print(f"likeliest events that only the level forbids: {watch.overruled / watch.events:.2%}")
    for name, total in watch.seconds.items():
        print(f"what may come next, {name}: {1e6 * total / watch.events:.1f} microseconds an event")


def _composed(drafts: Sequence[Draft], network: Network) -> _Watch:
    """Finish some drafts side by side."""
    watch = _Watch()
    stepper = network.stepper
    slots = [[stepper.begin() for _ in range(1 + draft.is_guided)] for draft in drafts]
    while going := [place for place, draft in enumerate(drafts) if not draft.is_finished]:
        each = max(1, stepper.widest_batch // 2)
        for first in range(0, len(going), each):
            places = going[first : first + each]
            widths = [len(slots[place]) for place in places]
            tellings = [[drafts[place].features, np.zeros_like(drafts[place].features)] for place in places]
            answers = stepper.step(
                np.repeat([drafts[place].previous for place in places], widths),
                np.repeat([drafts[place].ages for place in places], widths, axis=0),
                np.stack([*chain(*(told[:width] for told, width in zip(tellings, widths, strict=True)))]),
                [*chain(*(slots[place] for place in places))],
            )
            ends = np.cumsum(widths).tolist()
            for place, width, end in zip(places, widths, ends, strict=True):
                own = answers[end - width : end]
                watch.look(drafts[place], own)
                drafts[place].take(own)
    return watch


def _print_measured(measured: Sequence[Strain], level: str | None) -> None:
    """Print what was measured, and how many pieces keep within each level, or within one."""
    for name in LEVELS if level is None else [level]:
        within = sum(LEVELS[name].fits(one) for one in measured)
        print(f"within {name}: {within} of {len(measured)}")
    print(f"quantiles {', '.join(f'{quantile:g}' for quantile in QUANTILES)} of pieces")
    for name in asdict(measured[0]):
        print(f"{name}: {_quantiles([getattr(one, name) for one in measured])}")


def _quantiles(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in np.quantile(values, QUANTILES))


if __name__ == "__main__":
    main()
