"""The network in whole numbers: weights, and what they are multiplied with, in a byte each.

Weights have a scale for each output. What they are multiplied with has one fixed scale: a hidden state lies
between -1 and 1, a control's feature between 0 and 1, an age is cut off; so a row is quantised without a look
at any other. The products are exact integers, and what follows treats each number by itself: a row's bytes
are the same alone and in any batch, and on any processor that keeps to IEEE 754.

All that the network does to its input before the first tanh is linear, so it is multiplied out beforehand:
event, keyboard and controls meet the gates, and the output, in one product each.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.checkpoint import Checkpoint
from model.events import PITCHES
from model.lstm_config import AGE_SCALE_STEPS, LARGEST_AGE
from model.quantization import quantized

INTEGER_NETWORK_VERSION = 1
"""Changes whenever the network made of the same checkpoint does."""

HIDDEN_ZERO = 128
"""The byte that stands for a hidden state of 0."""

HIDDEN_UNIT = 127
"""How many bytes more stand for a hidden state of 1."""

INPUT_UNIT = 255
"""The byte that stands for a control's feature of 1, for a key that sounds, and for the largest age."""

BLOCK = 32
"""Hidden states lie in memory in blocks of so many bytes, the last one filled up with zeros."""

Bytes = npt.NDArray[np.uint8]

_Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class IntegerProduct:
    """A linear layer: of hidden states and, if it sees them, of event, keyboard and controls.

    An output is `constants[event] + scales * (weights @ states + inputs.T @ told)`.

    Attributes:
        weights: of the hidden states' bytes, int8, (outputs, bytes).
        inputs: of the bytes of sounding keys (128), their ages (128) and the control features, int8,
            (256 + features, outputs); (0, outputs) where none of it is seen.
        scales: float32, (outputs,).
        constants: float32, (events, outputs), or (1, outputs) where no event is seen.
    """

    weights: npt.NDArray[np.int8]
    inputs: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    constants: npt.NDArray[np.float32]


@dataclass(frozen=True)
class IntegerNetwork:
    """A checkpoint's network in whole numbers.

    A layer's gates stand in the order input, forget, output, new; the hidden states of all layers lie one
    after another, each `padded` bytes wide, and a layer's product reads those of the layer below and its own.

    Attributes:
        hidden: cells a layer.
        products: the layers' gates, from below, and then the output.
    """

    hidden: int
    products: tuple[IntegerProduct, ...]

    @property
    def layers(self) -> int:
        """How many LSTM layers."""
        return len(self.products) - 1

    @property
    def padded(self) -> int:
        """The bytes of one layer's hidden states, filled up to whole blocks."""
        return padded(self.hidden)

    @property
    def features(self) -> int:
        """Width of the control features."""
        return len(self.products[0].inputs) - 2 * PITCHES


def padded(hidden: int) -> int:
    """So many bytes, filled up to whole blocks."""
    return -(-hidden // BLOCK) * BLOCK


def feature_bytes(features: npt.NDArray[np.floating]) -> Bytes:
    """Control features, 0 to 1, as bytes of the same shape; what is beyond is cut off."""
    whole = np.rint(features.astype(np.float32) * np.float32(INPUT_UNIT))
    told: Bytes = np.clip(whole, 0, INPUT_UNIT).astype(np.uint8)
    return told


def age_bytes() -> Bytes:
    """The byte for every age in steps up to the first that has the largest one."""
    ages = np.arange(round(AGE_SCALE_STEPS * LARGEST_AGE) + 1, dtype=np.float64)
    return np.rint(ages * INPUT_UNIT / (AGE_SCALE_STEPS * LARGEST_AGE)).astype(np.uint8)


def to_arrays(network: IntegerNetwork) -> dict[str, npt.NDArray[np.generic]]:
    """The network as named arrays, to be written to a file."""
    arrays: dict[str, npt.NDArray[np.generic]] = {"hidden": np.array([network.hidden])}
    for place, product in enumerate(network.products):
        arrays |= {f"{place}.{name}": np.ascontiguousarray(array) for name, array in vars(product).items()}
    return arrays


def from_arrays(arrays: dict[str, npt.NDArray[np.generic]]) -> IntegerNetwork:
    """The network that was written to a file.

    Raises:
        KeyError: an array is missing.
    """
    names = tuple(IntegerProduct.__dataclass_fields__)
    count = (len(arrays) - 1) // len(names)
    products = tuple(
        IntegerProduct(**{name: arrays[f"{place}.{name}"] for name in names})  # type: ignore[arg-type]
        for place in range(count)
    )
    return IntegerNetwork(int(arrays["hidden"][0]), products)


def in_whole_numbers(checkpoint: Checkpoint) -> IntegerNetwork:
    """The network of a checkpoint; takes a second or two."""
    return _Folding(checkpoint).network()


class _Folding:
    """Multiplies out what is linear, and makes bytes of it."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._config = checkpoint.config
        self._weights = {name: weight.astype(np.float64) for name, weight in checkpoint.weights.items()}

    def network(self) -> IntegerNetwork:
        config = self._config
        weight, bias = self._weights["output.weight"], self._weights["output.bias"]
        from_hidden, from_input = np.split(weight, [config.hidden], axis=1)
        output = self._seeing(from_input, from_hidden, bias)
        return IntegerNetwork(config.hidden, (*map(self._layer, range(config.layers)), output))

    def _layer(self, layer: int) -> IntegerProduct:
        size = self._config.hidden
        order = np.r_[: 2 * size, 3 * size : 4 * size, 2 * size : 3 * size]  # torch has the new third
        names = [f"lstm.{part}_l{layer}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        below, own, *biases = (self._weights[name][order] for name in names)
        bias = biases[0] + biases[1]
        if layer == 0:
            return self._seeing(below, own, bias)
        return self._product([below, own], np.zeros((4 * size, 0)), bias[None])

    def _seeing(self, from_input: _Matrix, from_hidden: _Matrix, bias: _Matrix) -> IntegerProduct:
        """What a linear layer makes of event, keyboard, controls and a hidden state.

        Args:
            from_input: weights for the network's input, (outputs, inputs).
            from_hidden: for the hidden state, (outputs, hidden).
            bias: (outputs,).
        """
        weights, config = self._weights, self._config
        event, keyboard, control = np.split(
            from_input, [config.event_size, config.event_size + config.keyboard_size], axis=1
        )
        sounding, age = np.split(keyboard @ weights["keyboard.weight"], 2, axis=1)
        told = control @ weights["control.weight"]
        constant = bias + keyboard @ weights["keyboard.bias"] + control @ weights["control.bias"]
        return self._product(
            [from_hidden],
            np.concatenate([sounding, age * LARGEST_AGE, told], axis=1),
            weights["event.weight"] @ event.T + constant,
        )

    def _product(self, states: list[_Matrix], inputs: _Matrix, constants: _Matrix) -> IntegerProduct:
        """A product in whole numbers.

        Args:
            states: weights for each hidden state that is read, (outputs, hidden) each.
            inputs: for what else is told, (outputs, inputs).
            constants: (events, outputs).
        """
        width = padded(self._config.hidden)
        filled = [np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each in states]
        joined = np.concatenate([*(each / HIDDEN_UNIT for each in filled), inputs / INPUT_UNIT], axis=1)
        weights, scales = quantized(joined)
        scales = scales.astype(np.float32).astype(np.float64)
        of_states, of_inputs = np.split(weights, [width * len(states)], axis=1)
        at_zero = HIDDEN_ZERO * of_states.sum(axis=1, dtype=np.int64) * scales
        return IntegerProduct(
            np.ascontiguousarray(of_states),
            np.ascontiguousarray(of_inputs.T),
            scales.astype(np.float32),
            (constants - at_zero).astype(np.float32),
        )
