"""How well a network foretells performances: nats an event, a note and a second."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from model.controls import ControlSet
from model.events import STEPS_PER_SECOND
from model.lstm import PerformanceLSTM
from model.piece import Piece
from model.windows import Reading, make_reading, windows

TELLINGS: dict[str, frozenset[str] | None] = {
    "unspecified": frozenset(),
    "style_and_key": frozenset({"style", "key"}),
    "all": None,
}
"""The three ways a likelihood is asked for: which controls are told (None: every one)."""


@dataclass(frozen=True)
class Likelihood:
    """Sums over a set of performances; END counts as an event of each."""

    nats: float
    events: int
    notes: int
    seconds: float
    pieces: int

    @classmethod
    def of(cls, nats: float, piece: Piece) -> "Likelihood":
        """One performance's share."""
        seconds = piece.total_steps / STEPS_PER_SECOND
        return cls(nats, piece.events.size + 1, int(piece.is_onset.sum()), seconds, 1)

    def __add__(self, other: "Likelihood") -> "Likelihood":
        return Likelihood(
            self.nats + other.nats,
            self.events + other.events,
            self.notes + other.notes,
            self.seconds + other.seconds,
            self.pieces + other.pieces,
        )

    @property
    def nats_per_event(self) -> float:
        """Mean negative log-likelihood of an event; depends on the vocabulary of 388 + END."""
        return self.nats / self.events

    @property
    def nats_per_note(self) -> float:
        """The same for each NOTE_ON, which other vocabularies can be compared by."""
        return self.nats / max(self.notes, 1)

    @property
    def nats_per_second(self) -> float:
        """The same for each second of music."""
        return self.nats / max(self.seconds, 0.01)


NOTHING = Likelihood(0.0, 0, 0, 0.0, 0)


@torch.no_grad()
def likelihoods(
    network: PerformanceLSTM,
    pieces: Sequence[Piece],
    controls: ControlSet,
    wanted: frozenset[str] | None,
    *,
    batch: int = 48,
    steps: int = 256,
    report: Callable[[int], None] | None = None,
) -> list[Likelihood]:
    """The likelihood of each performance as it stands, from its START on, every event scored once.

    Args:
        network: the network, on the device to compute on.
        pieces: the performances.
        controls: the checkpoint's controls.
        wanted: which of them are told, see `TELLINGS`.
        batch: how many performances are read side by side.
        steps: events at a time.
        report: called with the number of events scored since the last call.
    """
    device = network.output.weight.device
    was_training = network.training
    network.eval()
    # Long ones first: short ones then fill the rows that come free, and few rows idle at the end.
    order = iter(sorted(range(len(pieces)), key=lambda index: -pieces[index].events.size))

    def draw() -> tuple[int, Reading] | None:
        index = next(order, None)
        if index is None:
            return None
        return index, make_reading(pieces[index], controls, wanted, mask_flat=False)

    nats = np.zeros(len(pieces))
    state = network.initial_state(batch)
    for window in windows(draw, batch, steps):
        keep = torch.from_numpy(~window.is_new).to(device)[None, :, None]
        logits, state = network(
            torch.from_numpy(window.inputs).to(device),
            torch.from_numpy(window.ages).to(device),
            torch.from_numpy(window.controls).to(device),
            (state[0] * keep, state[1] * keep),
        )
        losses = functional.cross_entropy(
            logits.flatten(0, 1), torch.from_numpy(window.targets).to(device).flatten(), reduction="none"
        ).reshape(window.targets.shape)
        sums = (losses.double().cpu().numpy() * window.weights).sum(axis=1)
        playing = window.rows >= 0
        np.add.at(nats, window.rows[playing], sums[playing])
        if report:
            report(int(window.weights.sum()))
    network.train(was_training)
    return [Likelihood.of(float(own), piece) for own, piece in zip(nats, pieces, strict=True)]
