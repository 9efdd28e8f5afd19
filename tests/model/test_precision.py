"""Half the precision where a processor has it."""

import pytest
import torch

from model.training import precision


def test_products_in_bfloat16_are_a_wish() -> None:
    lstm, music = torch.nn.LSTM(2, 2), torch.zeros(1, 1, 2)
    with precision.autocast("cpu", half=True):
        wished = lstm(music)[0].dtype
    assert (wished is torch.bfloat16) is precision.can_halve("cpu")
    with precision.autocast("cpu", half=False):
        assert lstm(music)[0].dtype is torch.float32


def test_a_processor_without_them_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "can_halve", lambda _: False)
    with precision.autocast("cpu", half=True):
        assert torch.nn.LSTM(2, 2)(torch.zeros(1, 1, 2))[0].dtype is torch.float32
