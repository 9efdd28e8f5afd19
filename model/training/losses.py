"""What a window costs the network."""

import torch
from torch import Tensor
from torch.nn import functional

from model.events import START, VELOCITY
from model.windows import Window

_UNHEARD = -1e4
"""The logit of an event that is left out: its chance is 0, its loss finite, so that weight 0 rids of it."""


def event_losses(logits: Tensor, window: Window) -> Tensor:
    """Negative log-likelihoods of a window's targets in nats, weighted, (batch, steps).

    Where dynamics are flat, velocities are left out of the choice: otherwise the network would learn that
    such music never changes them, whatever the weight of the velocities themselves.

    Args:
        logits: the network's, (batch, steps, 390).
        window: what they are for.
    """
    device = logits.device
    is_velocity = torch.zeros(logits.shape[-1], dtype=torch.bool, device=device)
    is_velocity[VELOCITY:START] = True
    is_flat = torch.from_numpy(window.is_flat).to(device)
    heard = logits.float().masked_fill(is_flat[:, None, None] & is_velocity, _UNHEARD)
    targets = torch.from_numpy(window.targets).to(device)
    losses = functional.cross_entropy(heard.flatten(0, 1), targets.flatten(), reduction="none")
    return losses.reshape(targets.shape) * torch.from_numpy(window.weights).to(device)
