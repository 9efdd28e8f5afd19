import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.quantization import quantized

WEIGHTS = arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(1, 9)), elements=st.floats(-1e3, 1e3, width=32)
)


def test_by_hand() -> None:
    weights, scales = quantized(np.array([[1.27, -0.64, 0.0], [0.0, 0.0, 0.0]]))
    assert weights.tolist() == [[127, -64, 0], [0, 0, 0]]
    assert scales[0] == pytest.approx(0.01)


def test_two_large_neighbours_share_what_sixteen_bits_hold() -> None:
    weights, scales = quantized(np.array([[1.0, 1.0, -1.0, -1.0]]))
    assert weights.tolist() == [[64, 64, -64, -64]]
    assert scales[0] == pytest.approx(1 / 64)


@given(WEIGHTS)
def test_no_product_of_two_neighbours_is_cut_off_in_sixteen_bits(weights: np.ndarray) -> None:
    found, _ = quantized(weights)
    padded = np.pad(found.astype(np.int64), ((0, 0), (0, weights.shape[1] % 2)))
    pairs = padded.reshape(len(padded), -1, 2)
    most = 255 * np.maximum(pairs, 0).sum(axis=2)
    least = 255 * np.minimum(pairs, 0).sum(axis=2)
    assert most.max() <= 2**15 - 1
    assert least.min() >= -(2**15)


@given(WEIGHTS)
def test_no_weight_is_further_off_than_with_seven_bits(weights: np.ndarray) -> None:
    found, scales = quantized(weights)
    assert np.abs(found.astype(np.int64)).max() <= 127
    error = np.square(found * scales[:, None] - weights).sum(axis=1)
    coarse = np.maximum(np.abs(weights).max(axis=1), 1e-30)[:, None] / 64
    bound = np.square(np.rint(weights / coarse) * coarse - weights).sum(axis=1)
    assert (error <= bound * (1 + 1e-9) + 1e-12).all()


def test_it_errs_little_over_many_weights() -> None:
    weights = np.random.Generator(np.random.PCG64(0)).normal(size=(64, 768))
    found, scales = quantized(weights)
    assert np.square(found * scales[:, None] - weights).mean() < 1e-3 * np.square(weights).mean()
