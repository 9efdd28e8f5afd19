from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from model.checkpoint import Checkpoint
from model.integer_network import (
    BLOCK,
    HIDDEN_UNIT,
    HIDDEN_ZERO,
    IntegerNetwork,
    age_bytes,
    feature_bytes,
    from_arrays,
    in_whole_numbers,
    to_arrays,
)
from model.lstm import load_network
from worker.integer_stepper import IntegerStepper

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def network(checkpoint: Checkpoint) -> IntegerNetwork:
    return in_whole_numbers(checkpoint)


def test_it_is_near_the_network_it_was_made_of(
    untrained: Callable[[int], Checkpoint], tmp_path: Path
) -> None:
    checkpoint = untrained(384)  # of weights larger than any that were learnt, which err more
    random = np.random.Generator(np.random.PCG64(1))
    rows, steps, width = 5, 3, checkpoint.config.control_features
    events = random.integers(0, 390, (rows, steps))
    ages = np.where(random.random((rows, steps, 128)) < 0.9, -1, random.integers(0, 1000, (rows, steps, 128)))
    told = random.random((rows, steps, width), dtype=np.float32)
    exact = load_network(checkpoint)
    with torch.no_grad():
        expected = exact(
            torch.from_numpy(events),
            torch.from_numpy(ages.astype(np.float32)),
            torch.from_numpy(told),
            exact.initial_state(rows),
        )[0].numpy()
    stepper = IntegerStepper(checkpoint, tmp_path, compiled=False)
    slots = [stepper.begin() for _ in range(rows)]
    for step in range(steps):
        logits = stepper.step(events[:, step], ages[:, step].astype(np.float32), told[:, step], slots)
        assert np.abs(logits - expected[:, step]).mean() < 0.05 * float(expected.std())


def test_a_state_of_zero_adds_nothing(network: IntegerNetwork, checkpoint: Checkpoint) -> None:
    """Bytes stand for states from `HIDDEN_ZERO` on; the constants take back what that adds."""
    product = network.products[0]
    states = np.full(product.weights.shape[1], HIDDEN_ZERO)
    gates = product.constants + product.scales * (product.weights.astype(np.int64) @ states)
    weights = checkpoint.weights
    size, config = checkpoint.config.hidden, checkpoint.config
    order = np.r_[: 2 * size, 3 * size : 4 * size, 2 * size : 3 * size]
    told = np.concatenate(
        [
            weights["event.weight"],
            np.tile(np.concatenate([weights["keyboard.bias"], weights["control.bias"]]), (390, 1)),
        ],
        axis=1,
    )
    assert told.shape == (390, config.inputs)
    expected = told @ weights["lstm.weight_ih_l0"].T + weights["lstm.bias_ih_l0"] + weights["lstm.bias_hh_l0"]
    assert np.abs(gates - expected[:, order]).max() < 1e-4


def test_states_are_filled_up_to_whole_blocks_that_count_nothing(
    untrained: Callable[[int], Checkpoint],
) -> None:
    network = in_whole_numbers(untrained(20))
    assert network.padded == BLOCK
    first, second, output = network.products
    assert first.weights.shape == (80, BLOCK)
    assert second.weights.shape == (80, 2 * BLOCK)
    assert output.weights.shape == (390, BLOCK)
    for product in (first, output):
        assert not product.weights[:, 20:].any()
    assert not second.weights.reshape(80, 2, BLOCK)[:, :, 20:].any()


def test_it_is_read_as_it_was_written(network: IntegerNetwork, tmp_path: Path) -> None:
    save_file(to_arrays(network), tmp_path / "network.safetensors")
    read = from_arrays(load_file(tmp_path / "network.safetensors"))
    assert read.hidden == network.hidden
    assert (read.layers, read.features) == (network.layers, network.features)
    for one, other in zip(read.products, network.products, strict=True):
        for name, array in vars(one).items():
            assert array.tobytes() == getattr(other, name).tobytes()
            assert array.dtype == getattr(other, name).dtype
    with pytest.raises(KeyError):
        from_arrays(
            {"hidden": np.array([3]), "0.weights": np.zeros(1)} | {str(i): np.zeros(1) for i in range(3)}
        )


def test_features_as_bytes() -> None:
    told = np.array([-0.5, 0, 0.001, 0.1, 0.5, 1, 7], dtype=np.float32)
    assert feature_bytes(told).tolist() == [0, 0, 0, 26, 128, 255, 255]


def test_ages_as_bytes() -> None:
    ages = age_bytes()
    assert len(ages) == 801  # of 8 s, after which all are alike
    assert (ages[0], ages[400], ages[800]) == (0, 128, 255)
    assert (np.diff(ages.astype(int)) >= 0).all()


def test_the_largest_state_is_a_byte() -> None:
    assert HIDDEN_ZERO + HIDDEN_UNIT == 255
    assert HIDDEN_ZERO - HIDDEN_UNIT > 0
