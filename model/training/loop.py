"""The training loop: torch, numpy and safetensors only, on a CPU or a GPU."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from model.checkpoint import Checkpoint, save_checkpoint
from model.errors import CheckpointError, CorpusError
from model.exemplars import exemplars_of
from model.likelihood import NOTHING, TELLINGS, likelihoods
from model.lstm import PerformanceLSTM, State
from model.lstm_config import LSTMConfig
from model.performance_controls import standard_controls
from model.prepared import PreparedCorpus
from model.style_discriminant import StyleDiscriminant
from model.training.config import TrainingConfig
from model.training.examples import Examples
from model.training.losses import event_losses
from model.training.precision import autocast
from model.training.run_state import (
    Progress,
    RunState,
    load_run,
    optimizer_moments,
    restore_moments,
    save_run,
)
from model.windows import Window, windows

VALIDATION_PIECES = 32
"""How many pieces a look at the validation split takes; the full split is for `etude evaluate`."""

VALIDATION_EVENTS = 6_000
"""Only pieces up to this size are looked at, so that a look takes seconds."""


@dataclass(frozen=True)
class Report:
    """What a run tells of itself after a window.

    Attributes:
        progress: how far it has come, over all sittings.
        loss: nats an event of this window.
        rate: the learning rate.
        events_per_second: speed since this sitting began.
        seconds_left: until the run ends.
        validation: nats an event by telling (see `TELLINGS`), when it was just measured.
    """

    progress: Progress
    loss: float
    rate: float
    events_per_second: float
    seconds_left: float
    validation: dict[str, float] | None = None


def train(
    corpus: PreparedCorpus,
    config: TrainingConfig,
    run: Path,
    *,
    hidden: int = LSTMConfig.hidden,
    layers: int = LSTMConfig.layers,
    dropout: float = LSTMConfig.dropout,
    start: Checkpoint | None = None,
    device: str = "cpu",
    report: Callable[[Report], None],
) -> Path:
    """Train a network, or go on with the run that lies in `run`.

    Args:
        corpus: the prepared corpus; its train split is shown, its validation split looked at.
        config: how to train.
        run: folder of the run's state and, under `checkpoint`, its latest weights.
        hidden: cells a layer of a new network.
        layers: layers of a new network.
        dropout: of a new network.
        start: weights to begin a new run with; the sizes are then its own.
        device: cpu or cuda.
        report: called after every window.

    Returns:
        The folder of the checkpoint.

    Raises:
        CheckpointError: the run's state is damaged, or it or `start` knows other styles than the corpus.
        CorpusError: the corpus has no train split.
    """
    if not corpus.split("train"):
        raise CorpusError("The corpus has no piece in its train split; give it one.")
    state = load_run(run)
    known = state or start
    if known is not None and known.styles != corpus.styles:
        raise CheckpointError(
            f"The weights know the styles {', '.join(known.styles)}; "
            f"the corpus has {', '.join(corpus.styles)}."
        )
    finished = run / "checkpoint"
    if state is not None and state.progress.seconds >= 60 * config.minutes and finished.exists():
        return finished  # and nothing of it is written again, so that its digest stays
    controls = standard_controls(corpus.styles)
    size = LSTMConfig(controls.width, layers=layers, hidden=hidden, dropout=dropout)
    network, optimizer, progress = _taken_up(state, start, size, config, device)

    untrained = Checkpoint(
        network.config,
        corpus.styles,
        weights={},
        exemplars=exemplars_of(corpus),
        discriminant=StyleDiscriminant.of(corpus),
    )

    # A sitting draws afresh: pieces, transpositions and controls differ from those before.
    examples = Examples(corpus, controls, config, seed=config.seed * 1000 + progress.sittings)
    sitting = _Clock()
    first_event = progress.events
    saved = validated = progress.seconds
    validation: dict[str, float] = {}
    hidden_state = network.initial_state(config.batch)
    network.train()
    for window in windows(examples.draw, config.batch, config.steps):
        if progress.seconds >= 60 * config.minutes:
            break
        rate = learning_rate(config, progress)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss, hidden_state = _learn(network, optimizer, window, hidden_state, config)
        progress = progress.after(events=int(window.weights.sum()), seconds=sitting.lap())
        measured = None
        left = max(60 * config.minutes - progress.seconds, 0.0)
        if left == 0 or progress.seconds - validated >= 60 * config.validate_minutes:
            measured = validation = validate(network, corpus)
            validated = progress.seconds
        if progress.seconds - saved >= 60 * config.save_minutes:
            _save(network, optimizer, untrained, progress, validation, run)
            saved = progress.seconds
        speed = (progress.events - first_event) / sitting.total
        report(Report(progress, loss, rate, speed, left, measured))
    validation = validation or validate(network, corpus)
    return _save(network, optimizer, untrained, progress, validation, run)


def learning_rate(config: TrainingConfig, progress: Progress) -> float:
    """Linear warm-up by windows, then a cosine from peak to final rate by the share of time spent."""
    warmth = min((progress.windows + 1) / config.warmup_windows, 1.0)
    spent = min(progress.seconds / (60 * config.minutes), 1.0)
    decayed = config.final_rate + (config.peak_rate - config.final_rate) * (1 + math.cos(math.pi * spent)) / 2
    return warmth * decayed


def validate(network: PerformanceLSTM, corpus: PreparedCorpus) -> dict[str, float]:
    """Nats an event on some short validation pieces, by telling; empty where there are none."""
    pieces = [corpus[index] for index in corpus.split("validation")]
    pieces = [piece for piece in pieces if piece.events.size <= VALIDATION_EVENTS]
    pieces = pieces[:: max(len(pieces) // VALIDATION_PIECES, 1)][:VALIDATION_PIECES]
    if not pieces:
        return {}
    controls = standard_controls(corpus.styles)
    return {
        name: sum(likelihoods(network, pieces, controls, wanted, batch=len(pieces)), NOTHING).nats_per_event
        for name, wanted in TELLINGS.items()
    }


def _taken_up(
    state: RunState | None, start: Checkpoint | None, size: LSTMConfig, config: TrainingConfig, device: str
) -> tuple[PerformanceLSTM, torch.optim.AdamW, Progress]:
    """Network, optimiser and progress: as the run left them, or with the weights of `start`, or new."""
    if state is not None:
        size = state.config
    elif start is not None:
        size = start.config
    torch.manual_seed(config.seed)
    network = PerformanceLSTM(size).to(device)
    optimizer = torch.optim.AdamW(
        _parameter_groups(network, config.weight_decay), lr=config.peak_rate, betas=(0.9, 0.98)
    )
    if state is not None:
        network.load_state_dict(state.weights)
        restore_moments(network, optimizer, state.moments)
    elif start is not None:
        network.load_state_dict({name: torch.from_numpy(array) for name, array in start.weights.items()})
    progress = Progress() if state is None else state.progress
    return network, optimizer, replace(progress, sittings=progress.sittings + 1)


class _Clock:
    """Time of this sitting, in seconds."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic()

    def lap(self) -> float:
        """Time since the lap before."""
        now = time.monotonic()
        spent, self._last = now - self._last, now
        return spent

    @property
    def total(self) -> float:
        """Time since the sitting began."""
        return self._last - self._begun


def _parameter_groups(network: nn.Module, weight_decay: float) -> Sequence[dict[str, object]]:
    matrices = [parameter for parameter in network.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in network.parameters() if parameter.dim() <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


def _learn(
    network: PerformanceLSTM,
    optimizer: torch.optim.Optimizer,
    window: Window,
    state: State,
    config: TrainingConfig,
) -> tuple[float, State]:
    """Learn from one window; the gradient ends at its borders, the state does not."""
    device = network.output.weight.device
    keep = torch.from_numpy(~window.is_new).to(device)[None, :, None]
    with autocast(device.type, half=config.half):
        logits, state = network(
            torch.from_numpy(window.inputs).to(device),
            torch.from_numpy(window.ages).to(device),
            torch.from_numpy(window.controls).to(device),
            (state[0] * keep, state[1] * keep),
        )
    loss = event_losses(logits, window).sum() / max(float(window.weights.sum()), 1.0)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
    nn.utils.clip_grad_norm_(network.parameters(), config.clip)
    optimizer.step()
    return float(loss.detach()), (state[0].detach().float(), state[1].detach().float())


def _save(
    network: PerformanceLSTM,
    optimizer: torch.optim.Optimizer,
    untrained: Checkpoint,
    progress: Progress,
    validation: dict[str, float],
    run: Path,
) -> Path:
    """Store the run and, all but the weights being there already, a checkpoint."""
    weights = network.state_dict()
    moments = optimizer_moments(network, optimizer)
    save_run(RunState(network.config, untrained.styles, progress, weights, moments), run)
    training = {
        "windows": progress.windows,
        "events": progress.events,
        "minutes": round(progress.seconds / 60, 1),
        "sittings": progress.sittings,
        "short_validation_pieces_nats_per_event": {name: round(nats, 4) for name, nats in validation.items()},
    }
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in weights.items()}
    folder = run / "checkpoint"
    save_checkpoint(replace(untrained, weights=arrays, training=training), folder)
    return folder
