"""The network that is finetuned, beside itself as it was."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.checkpoint import Checkpoint
from model.lstm import PerformanceLSTM, State, load_network
from model.training.finetuning_config import FinetuningConfig
from model.training.lessons import REMEMBERED
from model.training.losses import event_losses
from model.training.precision import autocast
from model.windows import Window

Rows = npt.NDArray[np.int64]


class Pupil:
    """The network that learns, and itself as it was, which answers for the pieces that are remembered.

    Attributes:
        network: the one that learns.
    """

    def __init__(self, start: Checkpoint, config: FinetuningConfig) -> None:
        """Begin with the weights of `start`."""
        torch.manual_seed(config.seed)  # of dropout, where the base was trained with it
        self.network = load_network(start)
        self._config = config
        self._windows = 0
        self._optimizer = torch.optim.Adam(self.network.parameters(), lr=0.0, betas=(0.9, 0.98))
        self._before = load_network(start).requires_grad_(False)
        self._state = self._state_before = self.network.initial_state(config.batch)

    def learn(self, window: Window) -> None:
        """Learn from one window: what comes next in new pieces, and in remembered ones what it foretold."""
        self.network.train()
        self._windows += 1
        warmth = min(self._windows / self._config.warmup_windows, 1.0)
        for group in self._optimizer.param_groups:
            group["lr"] = self._config.rate * warmth
        everything = np.arange(window.rows.size)
        old = np.flatnonzero(window.rows == REMEMBERED)
        with self.precision():
            logits, self._state = _read(self.network, window, everything, self._state)
            foretold, self._state_before = _read(self._before, window, old, self._state_before)
        losses = event_losses(logits, window)
        changes = functional.kl_div(
            functional.log_softmax(logits[old].float(), dim=-1),
            functional.log_softmax(foretold.float(), dim=-1),
            reduction="none",
            log_target=True,
        ).sum(dim=-1)
        losses = losses.index_put((torch.from_numpy(old),), changes * torch.from_numpy(window.weights[old]))
        loss = losses.sum() / max(float(window.weights.sum()), 1.0)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        nn.utils.clip_grad_norm_(self.network.parameters(), self._config.clip)
        self._optimizer.step()

    def weights(self) -> dict[str, Tensor]:
        """A copy of what it has learnt."""
        return {name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()}

    def precision(self) -> torch.autocast:
        """The numbers that products are computed in."""
        return autocast("cpu", half=self._config.half)


def _read(network: PerformanceLSTM, window: Window, rows: Rows, state: State) -> tuple[Tensor, State]:
    """Read some rows of a window.

    Returns:
        Logits (rows, steps, vocabulary), and the state of all rows after it, cut off from gradients; that of
        the rows not read is as before.
    """
    if not rows.size:
        return torch.zeros(0, window.targets.shape[1], network.output.out_features), state
    keep = torch.from_numpy(~window.is_new[rows])[None, :, None]
    logits, after = network(
        torch.from_numpy(window.inputs[rows]),
        torch.from_numpy(window.ages[rows]),
        torch.from_numpy(window.controls[rows]),
        (state[0][:, rows] * keep, state[1][:, rows] * keep),
    )
    hidden, cell = (
        old.index_copy(1, torch.from_numpy(rows), new.detach().float())
        for old, new in zip(state, after, strict=True)
    )
    return logits, (hidden, cell)
