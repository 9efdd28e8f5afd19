"""Weights as bytes, such that their products with bytes are exact on every processor."""

import numpy as np
import numpy.typing as npt

LARGEST = 127
"""The largest weight there is, either way."""

PAIR_LIMIT = 128
"""Two neighbours of the same sign are no larger together. Processors without instructions made for it add
the products of two neighbours, each of an unsigned and a signed byte, in 16 bits, and what is more than those
hold is cut off: 255 x 128 is not, 255 x 129 is."""

_COARSENESS = 3
"""Between two scales that are tried; with every one of them the squared error would be a hundredth less."""

_BLOCK_ROWS = 64  # so that what is computed of them stays in the processor's cache


def quantized(
    weights: npt.NDArray[np.floating],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float64]]:
    """Weights as bytes times a scale for each output, chosen so that their squared error is the least.

    A scale for which a few pairs have to be made smaller is better than one so coarse that none is: over the
    shipped network these cost a quarter of what seven bits do.

    Args:
        weights: (outputs, inputs).

    Returns:
        The bytes (outputs, inputs), and the scales (outputs,).
    """
    outputs, inputs = weights.shape
    padded = np.pad(weights.astype(np.float64), ((0, 0), (0, inputs % 2)))
    scales = np.concatenate(
        [_best_scales(padded[first : first + _BLOCK_ROWS]) for first in range(0, outputs, _BLOCK_ROWS)]
    )
    pairs = _within_pairs(padded[:, 0::2] / scales[:, None], padded[:, 1::2] / scales[:, None])
    return np.stack(pairs, axis=2).reshape(padded.shape)[:, :inputs].astype(np.int8), scales


def _best_scales(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The scale of each output, (outputs, even number of inputs) to (outputs,)."""
    largest = np.maximum(np.abs(weights).max(axis=1), np.finfo(np.float64).tiny)
    parts = (weights / largest[:, None]).astype(np.float32)  # of the largest, -1 to 1
    first, second = (np.ascontiguousarray(parts[:, half::2]) for half in (0, 1))
    best = np.zeros(len(weights), dtype=np.int64)
    least = np.full(len(weights), np.inf)
    for top in range(LARGEST, PAIR_LIMIT // 2 - 1, -_COARSENESS):
        wanted = first * np.float32(top), second * np.float32(top)
        wrong = [np.square(own - one) for own, one in zip(_within_pairs(*wanted), wanted, strict=True)]
        error = (wrong[0] + wrong[1]).sum(axis=1) / top**2
        best[error < least] = top
        least = np.minimum(error, least)
    scales: npt.NDArray[np.float64] = largest / best
    return scales


def _within_pairs(
    first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """Neighbours as whole numbers; of what they are too large by together half is taken from each."""
    first, second = np.rint(first), np.rint(second)
    both = first + second
    excess = np.maximum(np.abs(both) - PAIR_LIMIT, 0)  # neighbours of different signs never have any
    half = np.ceil(excess / 2)
    sign = np.sign(both)
    return first - sign * half, second - sign * (excess - half)
