"""`python -m benchmarks.int8_loss PREPARED`: what whole numbers cost, in nats an event of validation pieces.

The two CPU samplers foretell the same events of the same pieces, step by step as they sample, with all
controls told. A piece's difference is the mean over its events; the interval is that of the mean over pieces.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jobs.capabilities import CpuSampler, Sampler
from jobs.logs import configure_logs
from jobs.settings import LogFormat, LogLevel
from model.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from model.events import END, START
from model.keyboard import Keyboards
from model.piece import Piece
from model.prepared import evenly, load_prepared
from worker.device import Device
from worker.network import open_network

PIECES = 64
EVENTS = 2000


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.int8_loss", description=__doc__)
    parser.add_argument("prepared", type=Path, help="what `etude prepare` wrote")
    asked = parser.parse_args()
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    checkpoint, corpus = load_checkpoint(SHIPPED), load_prepared(asked.prepared)
    pieces = [corpus[index] for index in evenly(corpus.originals("validation"), PIECES)]
    exact, whole = (_nats(checkpoint, pieces, sampler) for sampler in (Sampler.CPU_FP32, Sampler.CPU_INT8))
    events = sum(min(piece.events.size, EVENTS) for piece in pieces)
    difference = whole - exact
    margin = 1.96 * difference.std(ddof=1) / np.sqrt(len(pieces))
    print(f"checkpoint {checkpoint.digest[:12]}; {len(pieces)} validation pieces, {events:,} events")
    print(f"nats an event: cpu-fp32 {exact.mean():.4f}, cpu-int8 {whole.mean():.4f}")
    print(f"int8 costs {difference.mean():+.4f} (95 %: {margin:.4f} more or less)")


def _nats(checkpoint: Checkpoint, pieces: list[Piece], sampler: CpuSampler) -> npt.NDArray[np.float64]:
    """Nats an event of each piece's opening, (pieces,)."""
    count = len(pieces)
    sizes = np.array([min(piece.events.size, EVENTS) for piece in pieces])
    features = [checkpoint.controls.extract(piece) for piece in pieces]
    total = np.zeros(count)
    keyboards = Keyboards(count)
    previous = np.full(count, START)
    with tempfile.TemporaryDirectory() as folder:
        stepper = open_network(checkpoint, Path(folder), Device.CPU, sampler).stepper
        slots = [stepper.begin() for _ in pieces]
        width = stepper.widest_batch
        for step in range(int(sizes.max())):
            told = np.stack([each[min(step, len(each) - 1)] for each in features])
            ages = keyboards.ages().astype(np.float32)
            logits = np.concatenate(
                [
                    stepper.step(previous[rows], ages[rows], told[rows], slots[rows])
                    for rows in (slice(first, first + width) for first in range(0, count, width))
                ]
            ).astype(np.float64)
            target = np.array(
                [
                    int(piece.events[step]) if step < size else END
                    for piece, size in zip(pieces, sizes, strict=True)
                ]
            )
            most = logits.max(axis=1, keepdims=True)
            log_sum = most[:, 0] + np.log(np.exp(logits - most).sum(axis=1))
            total += np.where(step < sizes, log_sum - logits[np.arange(count), target], 0.0)
            keyboards.advance(target)
            previous = target
    nats: npt.NDArray[np.float64] = total / sizes
    return nats


if __name__ == "__main__":
    main()
