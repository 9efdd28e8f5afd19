"""`python -m model.training PREPARED RUN`: train where only torch, numpy and safetensors are installed."""

import argparse
import math
import sys
from pathlib import Path

import torch

from model.checkpoint import load_checkpoint
from model.errors import ModelError
from model.lstm_config import LSTMConfig
from model.prepared import load_prepared
from model.training.config import TrainingConfig
from model.training.loop import Report, train

LINE_EVERY_WINDOWS = 50


def main() -> None:
    """Train with plain lines as progress."""
    parser = argparse.ArgumentParser(prog="python -m model.training", description=__doc__)
    parser.add_argument("prepared", type=Path, help="the prepared corpus")
    parser.add_argument("run", type=Path, help="folder of the run; an earlier run there is gone on with")
    parser.add_argument("--minutes", type=_above_zero, required=True)
    parser.add_argument("--batch", type=_count, default=TrainingConfig.batch)
    parser.add_argument("--steps", type=_count, default=TrainingConfig.steps)
    parser.add_argument("--rate", type=_above_zero, default=TrainingConfig.peak_rate)
    parser.add_argument("--hidden", type=_count, default=LSTMConfig.hidden)
    parser.add_argument("--layers", type=_count, default=LSTMConfig.layers)
    parser.add_argument("--dropout", type=float, default=LSTMConfig.dropout)
    parser.add_argument("--start", type=Path, help="a checkpoint to begin with")
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu"
    )
    parser.add_argument("--half", action="store_true", help="products in bfloat16")
    parser.add_argument("--threads", type=_count, help="CPU threads")
    asked = parser.parse_args()
    if asked.device == "cuda" and not torch.cuda.is_available():
        parser.error("there is no GPU that torch can use here; train with --device cpu")
    if asked.threads:
        torch.set_num_threads(asked.threads)
    try:
        _train(asked)
    except ModelError as error:
        sys.exit(str(error))


def _above_zero(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def _count(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def _train(asked: argparse.Namespace) -> None:
    train(
        load_prepared(asked.prepared),
        TrainingConfig(
            asked.minutes, batch=asked.batch, steps=asked.steps, peak_rate=asked.rate, half=asked.half
        ),
        asked.run,
        hidden=asked.hidden,
        layers=asked.layers,
        dropout=asked.dropout,
        start=load_checkpoint(asked.start) if asked.start else None,
        device=asked.device,
        report=print_report,
    )


def print_report(report: Report) -> None:
    """A line every so many windows and with every validation."""
    if report.validation is None and report.progress.windows % LINE_EVERY_WINDOWS:
        return
    looked = " ".join(f"{name}={nats:.4f}" for name, nats in (report.validation or {}).items())
    sys.stdout.write(
        f"windows={report.progress.windows} events={report.progress.events} loss={report.loss:.4f} "
        f"rate={report.rate:.2e} events_per_second={report.events_per_second:.0f} "
        f"seconds_left={report.seconds_left:.0f} {looked}\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
