import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.events import START, TIME_SHIFT, VELOCITY
from model.training.losses import event_losses
from model.windows import Window

VELOCITIES = START - VELOCITY


@pytest.fixture
def window() -> Window:
    """A row with a velocity, which does not count, between two other events."""
    return Window(
        inputs=np.array([[START, 60, VELOCITY + 3]]),
        targets=np.array([[60, VELOCITY + 3, TIME_SHIFT]]),
        ages=np.full((1, 3, 128), -1, dtype=np.int16),
        controls=np.zeros((1, 3, 2), dtype=np.float32),
        weights=np.array([[1, 0, 1]], dtype=np.float32),
        is_flat=np.array([True]),
        is_new=np.array([True]),
        rows=np.array([0]),
    )


def test_velocities_are_no_choice_where_dynamics_are_flat(window: Window) -> None:
    logits = torch.zeros(1, 3, 390)
    losses = event_losses(logits, window)
    assert losses.tolist()[0] == pytest.approx([math.log(390 - VELOCITIES), 0, math.log(390 - VELOCITIES)])
    others = event_losses(logits, replace(window, is_flat=np.array([False])))
    assert others.tolist()[0] == pytest.approx([math.log(390), 0, math.log(390)])


def test_flat_dynamics_teach_nothing_about_velocities(window: Window) -> None:
    logits = torch.zeros(1, 3, 390, requires_grad=True)
    event_losses(logits, window).sum().backward()
    assert logits.grad is not None
    assert not logits.grad[..., VELOCITY:START].any()
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[0, 0, 60] < 0
