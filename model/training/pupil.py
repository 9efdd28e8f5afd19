"""The network that is finetuned, beside itself as it was."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.checkpoint import Checkpoint
from model.lstm import PerformanceLSTM, State, load_network
from model.training.finetuning_config import FinetuningConfig
from model.training.lessons import REMEMBERED
from model.windows import Window


class Pupil:
    """The network that learns, and itself as it was, which answers for the pieces that are remembered.

    Attributes:
        network: the one that learns.
        controls: of both.
        windows: how many it has learnt from.
    """

    def __init__(self, start: Checkpoint, config: FinetuningConfig) -> None:
        """Begin with the weights of `start`."""
        torch.manual_seed(config.seed)  # of dropout, where the base was trained with it
        self.network = load_network(start)
        self.controls = start.controls
        self.windows = 0
        self._config = config
        self._rate = config.rate
        self._optimizer = torch.optim.Adam(self.network.parameters(), lr=0.0, betas=(0.9, 0.98))
        self._before = load_network(start).requires_grad_(False)
        self._state = self._state_before = self.network.initial_state(config.batch)

    def learn(self, window: Window) -> None:
        """Learn from one window: what comes next in new pieces, and in remembered ones what it foretold."""
        self.network.train()
        self.windows += 1
        warmth = min(self.windows / self._config.warmup_windows, 1.0)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * warmth
        with self.precision():
            logits, self._state = _read(self.network, window, self._state)
            foretold, self._state_before = _read(self._before, window, self._state_before)
        weights = torch.from_numpy(window.weights).flatten()
        is_remembered = torch.from_numpy(window.rows == REMEMBERED).repeat_interleave(window.targets.shape[1])
        chances = functional.log_softmax(logits.flatten(0, 1).float(), dim=-1)
        new = functional.nll_loss(chances, torch.from_numpy(window.targets).flatten(), reduction="none")
        old = functional.kl_div(
            chances, functional.log_softmax(foretold.flatten(0, 1).float(), dim=-1),
            reduction="none", log_target=True,
        ).sum(dim=-1)  # fmt: skip
        loss = (torch.where(is_remembered, old, new) * weights).sum() / weights.sum().clamp(min=1)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        nn.utils.clip_grad_norm_(self.network.parameters(), self._config.clip)
        self._optimizer.step()

    def weights(self) -> dict[str, Tensor]:
        """A copy of what it has learnt."""
        return {name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()}

    def go_back(self, weights: Mapping[str, Tensor], cut: float) -> None:
        """Go on from these weights with smaller steps."""
        self.network.load_state_dict(dict(weights))
        self._rate *= cut

    def precision(self) -> torch.autocast:
        """The numbers that products are computed in."""
        return torch.autocast("cpu", torch.bfloat16, enabled=self._config.half)


def _read(network: PerformanceLSTM, window: Window, state: State) -> tuple[Tensor, State]:
    """Logits of a window (batch, steps, vocabulary), and the state after it, cut off from gradients."""
    keep = torch.from_numpy(~window.is_new)[None, :, None]
    logits, (hidden, cell) = network(
        torch.from_numpy(window.inputs),
        torch.from_numpy(window.ages),
        torch.from_numpy(window.controls),
        (state[0] * keep, state[1] * keep),
    )
    return logits, (hidden.detach().float(), cell.detach().float())
