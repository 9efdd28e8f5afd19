"""`python -m benchmarks.ablations`: what the network gains by its parts, each left out or changed by itself.

Every variant learns from the same music in the same order until it has seen the same number of events, and is
looked at now and then by the same short validation pieces, with no control told. The table shows the nats an
event, and the events a second that the variant learnt at.
"""

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from model.events import VELOCITY
from model.likelihood import NOTHING, TELLINGS, likelihoods
from model.lstm import PerformanceLSTM
from model.lstm_config import LSTMConfig
from model.performance_controls import standard_controls
from model.piece import Piece
from model.prepared import PreparedCorpus, evenly, load_prepared
from model.training.config import TrainingConfig
from model.training.examples import Examples
from model.training.losses import event_losses
from model.training.precision import autocast
from model.windows import Window, windows

VALIDATION_PIECES = 24
VALIDATION_EVENTS = 5000
LOOKS = 8


@dataclass(frozen=True)
class Variant:
    """A way to train: what it changes of the network, of training, and of the loss."""

    size: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    label_smoothing: float = 0.0
    hears_keyboard: bool = True


VARIANTS = {
    "2 x 384, as shipped": Variant(),
    "without the keyboard's state": Variant(hears_keyboard=False),
    "2 x 256": Variant({"hidden": 256}),
    "2 x 512": Variant({"hidden": 512}),
    "1 x 512": Variant({"hidden": 512, "layers": 1}),
    "3 x 384": Variant({"layers": 3}),
    "dropout 0.1": Variant({"dropout": 0.1}),
    "label smoothing 0.05": Variant(label_smoothing=0.05),
    "windows of 128": Variant(training={"steps": 128}),
    "windows of 512, 4 side by side": Variant(training={"steps": 512, "batch": 4}),
    "no transposing": Variant(training={"transpose": 0}),
    "no foreign openings": Variant(training={"foreign_share": 0.0}),
}


def main() -> None:
    """Print a row of the table as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablations", description=__doc__)
    parser.add_argument("prepared", type=Path, help="the prepared corpus")
    parser.add_argument("--events", type=float, default=2e6, help="to learn from, by few rows at once")
    parser.add_argument("--rate", type=float, default=TrainingConfig.peak_rate)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--half", action="store_true", help="products in bfloat16")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    corpus = load_prepared(asked.prepared)
    config = TrainingConfig(1.0, batch=8, warmup_windows=40, peak_rate=asked.rate, half=asked.half)
    marks = [asked.events * (look + 1) / LOOKS for look in range(LOOKS)]
    titles = ["", *(f"{mark / 1e6:.3g} M" for mark in marks), "events/s"]
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    for name in asked.variants:
        curve, speed = _learning_curve(VARIANTS[name], corpus, config, marks)
        cells = [name, *(f"{nats:.3f}" for nats in curve), f"{speed:,.0f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def _learning_curve(
    variant: Variant, corpus: PreparedCorpus, config: TrainingConfig, marks: list[float]
) -> tuple[list[float], float]:
    """Nats an event after each mark, and the events a second of learning."""
    config = replace(config, **variant.training)
    controls = standard_controls(corpus.styles)
    short = [
        index for index in corpus.originals("validation") if corpus[index].events.size <= VALIDATION_EVENTS
    ]
    pieces = [corpus[index] for index in evenly(short, VALIDATION_PIECES)]
    torch.manual_seed(0)
    network = PerformanceLSTM(LSTMConfig(controls.width, **variant.size))
    if not variant.hears_keyboard:
        nn.init.zeros_(network.keyboard.weight).requires_grad_(False)
        nn.init.zeros_(network.keyboard.bias).requires_grad_(False)
    examples = Examples(corpus, controls, config, seed=1)
    seen = learning_seconds = 0.0
    curve: list[float] = []
    learn = _learner(network, config, variant.label_smoothing)
    reading = windows(examples.draw, config.batch, config.steps)
    while len(curve) < len(marks):
        begun = time.perf_counter()
        window = next(reading)
        learn(window, seen / marks[-1])
        seen += float(window.weights.sum())
        learning_seconds += time.perf_counter() - begun
        if seen >= marks[len(curve)]:
            curve.append(_nats(network, pieces, corpus))
    return curve, seen / learning_seconds


def _learner(
    network: PerformanceLSTM, config: TrainingConfig, label_smoothing: float
) -> Callable[[Window, float], None]:
    """Learns from a window at a rate that falls from its peak as a cosine."""
    learnt = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learnt, betas=(0.9, 0.98), weight_decay=config.weight_decay)
    state = network.initial_state(config.batch)
    count = 0

    def learn(window: Window, share: float) -> None:
        nonlocal state, count
        count += 1
        warmth = min(count / config.warmup_windows, 1.0)
        decay = (1 + math.cos(math.pi * min(share, 1.0))) / 2
        for group in optimizer.param_groups:
            group["lr"] = warmth * (config.final_rate + (config.peak_rate - config.final_rate) * decay)
        keep = torch.from_numpy(~window.is_new)[None, :, None]
        with autocast("cpu", half=config.half):
            logits, after = network(
                torch.from_numpy(window.inputs),
                torch.from_numpy(window.ages),
                torch.from_numpy(window.controls),
                (state[0] * keep, state[1] * keep),
            )
        state = (after[0].detach().float(), after[1].detach().float())
        losses = event_losses(logits, window)
        if label_smoothing:  # over all but velocities, which not every piece tells anything of
            even = -functional.log_softmax(logits.float(), dim=-1)[..., :VELOCITY].mean(dim=-1)
            smooth = even * torch.from_numpy(window.weights)
            losses = (1 - label_smoothing) * losses + label_smoothing * smooth
        optimizer.zero_grad(set_to_none=True)
        loss = losses.sum() / max(float(window.weights.sum()), 1.0)
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        nn.utils.clip_grad_norm_(learnt, config.clip)
        optimizer.step()

    return learn


def _nats(network: PerformanceLSTM, pieces: list[Piece], corpus: PreparedCorpus) -> float:
    controls = standard_controls(corpus.styles)
    told = TELLINGS["unspecified"]
    return sum(likelihoods(network, pieces, controls, told, batch=len(pieces)), NOTHING).nats_per_event


if __name__ == "__main__":
    main()
