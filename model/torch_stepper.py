"""The network stepped by torch: on a GPU, and in tests on the CPU."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch.backends import cudnn

from model.checkpoint import Checkpoint
from model.controls import Features
from model.lstm import State, load_network


def has_gpu() -> bool:
    """Whether torch finds a GPU that it can use."""
    return torch.cuda.is_available()


class TorchStepper:
    """Steps a checkpoint's network in single precision.

    Attributes:
        widest_batch: 1, see `worker.network.Stepper`: products are summed in an order that depends on it.
    """

    widest_batch = 1

    def __init__(self, checkpoint: Checkpoint, device: str) -> None:
        """Load the network.

        Args:
            checkpoint: whose network to run.
            device: where to, in torch's terms: "cuda" or "cpu".

        Raises:
            RuntimeError: the device cannot be used.
        """
        torch.set_float32_matmul_precision("highest")  # no TF32, whatever the environment asks of torch
        self._device = torch.device(device)
        self._network = load_network(checkpoint).to(self._device)

    def begin(self) -> State:
        """The state at the start of a performance, each part (layers, 1, hidden)."""
        return self._network.initial_state(1)

    def step(
        self,
        events: npt.NDArray[np.int64],
        ages: npt.NDArray[np.float32],
        features: Features,
        states: Sequence[State],
    ) -> tuple[npt.NDArray[np.float32], list[State]]:
        """Take one step of each row.

        Args:
            events: the event before, (batch,).
            ages: how long each pitch has sounded, see `model.keyboard.Keyboards.ages`, (batch, 128).
            features: control features of the event to come, (batch, width).
            states: what is remembered of each row.

        Returns:
            Logits (batch, 390), and the new states.
        """
        # cuDNN's LSTM computes in TF32 by itself, and not always twice the same.
        with torch.inference_mode(), cudnn.flags(enabled=False):
            hidden, cell = (torch.cat(parts, dim=1) for parts in zip(*states, strict=True))
            window = (torch.from_numpy(array).to(self._device)[:, None] for array in (events, ages, features))
            logits, (hidden, cell) = self._network(*window, (hidden, cell))
            answers: npt.NDArray[np.float32] = logits[:, 0].cpu().numpy()
            return answers, list(zip(hidden.split(1, dim=1), cell.split(1, dim=1), strict=True))
