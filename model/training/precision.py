"""The numbers that products are computed in while learning."""

from functools import cache

import torch


def autocast(device: str, *, half: bool) -> torch.autocast:
    """Products in bfloat16 within, if that is wanted and can be; single precision otherwise.

    Args:
        device: cpu or cuda.
        half: whether bfloat16 is wanted.
    """
    return torch.autocast(device, torch.bfloat16, enabled=half and can_halve(device))


@cache
def can_halve(device: str) -> bool:
    """Whether a device computes an LSTM in bfloat16: processors without AVX-512 do not."""
    lstm = torch.nn.LSTM(2, 2).to(device)
    try:
        with torch.autocast(device, torch.bfloat16):
            lstm(torch.zeros(1, 1, 2, device=device))
    except RuntimeError:
        return False
    return True
