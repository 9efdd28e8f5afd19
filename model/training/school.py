"""Two pupils, each of which learns from one half of the pieces and is judged by the other."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.checkpoint import Checkpoint
from model.controls import ControlSet
from model.likelihood import NOTHING, Likelihood, likelihoods
from model.lstm import PerformanceLSTM, load_network
from model.piece import Piece
from model.training.finetuning_config import FinetuningConfig
from model.training.lessons import Lessons
from model.training.pupil import Pupil
from model.windows import Window, windows

STYLE_TOLD = frozenset({"style"})
"""What the network is told of the pieces that it is judged by."""

LOOK_EVENTS = 1500
"""Of a piece no more is looked at, so that a look takes seconds and a long piece has no more say."""

LEAST_GAIN = 0.0005
"""Nats an event by which a look must be better to be the best."""


@dataclass(frozen=True)
class Look:
    """How the pupils stand.

    Attributes:
        windows: how many each pupil has learnt from.
        minutes: since the beginning.
        nats_per_event: of the new style's pieces, foretold by the pupil that has not learnt from them.
        drift: how much less likely, as a share, the mean of the pupils makes pieces of the old styles; None
            without any.
    """

    windows: int
    minutes: float
    nats_per_event: float
    drift: float | None


class School:
    """Two pupils, each of which learns from one half of the pieces and is judged by the other.

    Attributes:
        best: how they stood when they stood best.
    """

    def __init__(
        self,
        start: Checkpoint,
        halves: Sequence[Sequence[Piece]],
        remembered: Sequence[Piece],
        config: FinetuningConfig,
        begun: float,
        report: Callable[[Look], None],
    ) -> None:
        """Look at them before they learn.

        Args:
            start: what both begin as.
            halves: the new style's pieces.
            remembered: pieces that the network composed, one of each round of which is only looked at.
            config: how.
            begun: when the finetuning began, by `time.monotonic`.
            report: called after each look.
        """
        self._start, self._halves, self._config, self._begun = start, halves, config, begun
        self._report = report
        self._pupils = [Pupil(start, config) for _ in halves]
        self._mean = load_network(start)
        self._judges = [
            [replace(piece, events=piece.events[:LOOK_EVENTS]) for piece in half] for half in halves
        ]
        self._windows = 0
        self._own = remembered[:: config.rounds + 1]
        self._remembered = [piece for place, piece in enumerate(remembered) if place % (config.rounds + 1)]
        self._own_nats = self._nats(self._mean, self._own)
        self._best_weights = [pupil.weights() for pupil in self._pupils]
        self.best = self._look()
        report(self.best)

    def weights(self) -> dict[str, Tensor]:
        """The mean of what the pupils had learnt when they stood best."""
        return {
            name: torch.stack([weights[name] for weights in self._best_weights]).mean(dim=0)
            for name in self._best_weights[0]
        }

    def teach(self) -> None:
        """Learn until nothing more is gained, or time is up."""
        config, patience = self._config, self._config.patience
        lessons = [self._lessons(half) for half in self._halves]
        is_over = False
        while patience and not is_over:
            for pupil, own in zip(self._pupils, lessons, strict=True):
                pupil.learn(next(own))
            self._windows += 1
            is_late = time.monotonic() - self._begun >= 60 * config.minutes
            is_over = is_late or self._windows == config.most_windows
            if self._windows % config.look_windows and not is_over:
                continue
            look = self._look()
            self._report(look)
            is_better = look.nats_per_event < self.best.nats_per_event - LEAST_GAIN
            if is_better and (look.drift or 0.0) <= config.most_drift:
                self.best, patience = look, config.patience
                self._best_weights = [pupil.weights() for pupil in self._pupils]
            else:
                patience -= 1

    def _lessons(self, half: Sequence[Piece]) -> Iterator[Window]:
        config = self._config
        lessons = Lessons(
            half,
            self._remembered,
            self._start.controls,
            remembered_share=config.remembered_share,
            transpose=config.transpose,
            tempo=config.tempo,
            abridged_seconds=config.abridged_seconds,
            seed=config.seed,
        )
        return windows(lessons.draw, config.batch, config.steps)

    def _look(self) -> Look:
        likelihood = sum(
            (
                self._likelihood(pupil.network, judge)
                for pupil, judge in zip(self._pupils, reversed(self._judges), strict=True)
            ),
            NOTHING,
        )
        drift = None
        if self._own:
            states = [pupil.network.state_dict() for pupil in self._pupils]
            self._mean.load_state_dict(
                {name: torch.stack([state[name] for state in states]).mean(dim=0) for name in states[0]}
            )
            drift = self._nats(self._mean, self._own) / self._own_nats - 1
        minutes = (time.monotonic() - self._begun) / 60
        return Look(self._windows, minutes, likelihood.nats_per_event, drift)

    def _nats(self, network: PerformanceLSTM, pieces: Sequence[Piece]) -> float:
        return self._likelihood(network, pieces).nats_per_event if pieces else 0.0

    def _likelihood(self, network: PerformanceLSTM, pieces: Sequence[Piece]) -> Likelihood:
        with self._pupils[0].precision():
            return style_likelihood(network, pieces, self._start.controls)


def style_likelihood(network: PerformanceLSTM, pieces: Sequence[Piece], controls: ControlSet) -> Likelihood:
    """How well a network foretells pieces, told their style."""
    return sum(likelihoods(network, pieces, controls, STYLE_TOLD, batch=min(len(pieces), 24)), NOTHING)
