"""One step of the network in whole numbers, in numpy: where nothing was compiled, and to compare with.

What comes of it is to the last bit what `worker/integer_kernel.c` computes, at several times the cost.
Nothing here goes on with a piece by itself: its draft draws each event.
"""

import numpy as np
import numpy.typing as npt

from model.events import PITCHES
from model.integer_network import (
    HIDDEN_UNIT,
    HIDDEN_ZERO,
    INPUT_UNIT,
    IntegerNetwork,
    IntegerProduct,
    age_bytes,
)
from worker.integer_kernel import States, Workspace

_Whole = npt.NDArray[np.int64]
_Single = npt.NDArray[np.float32]

_EXACT = 1024
"""The products of so many bytes and weights add up to less than 2^24, which single precision holds exactly;
`model.quantization.PAIR_LIMIT` is half of the reason."""

_TANH_LIMIT = np.float32(7.90531110763549805)
_TANH_OVER = [
    np.float32(coefficient)
    for coefficient in (
        *(-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08),
        *(1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03),
    )
]
_TANH_UNDER = [
    np.float32(coefficient)
    for coefficient in (
        1.19825839466702e-06,
        1.18534705686654e-04,
        2.26843463243900e-03,
        4.89352518554385e-03,
    )
]


class PlainKernel:
    """A network, ready to be computed with."""

    def __init__(self, network: IntegerNetwork) -> None:
        self._network = network
        self._ages = age_bytes()
        # In single precision, for a fast product of matrices.
        self._weights = [product.weights.T.astype(np.float32) for product in network.products]
        self._inputs = [product.inputs.astype(np.float32) for product in network.products]

    def answer(self, workspace: Workspace, rows: int, states: States) -> None:
        """Take one step of the network for the first rows; `features` tell of the time left, too."""
        network, row = self._network, workspace.row[:rows]
        told = self._told(workspace, rows)
        slots, events = row["slots"][:, 0], row["previous"]
        for layer, product in enumerate(network.products[:-1]):
            below = states.hidden[slots, max(layer - 1, 0) : layer + 1].reshape(rows, -1)
            gates = _linear(product, self._sums(layer, below, told), events)
            cell = states.cell[slots, layer]
            states.cell[slots, layer], hidden = _stepped(gates, cell)
            states.hidden[slots, layer, : network.hidden] = hidden
        sums = self._sums(network.layers, states.hidden[slots, -1], told)
        workspace.logits[:rows, 0] = _linear(network.products[-1], sums, events)

    def _told(self, workspace: Workspace, rows: int) -> _Single:
        """What is told of keyboard and controls, as bytes, (rows, inputs)."""
        row = workspace.row[:rows]
        sounds = row["onsets"] >= 0
        ages = np.where(sounds, row["now"][:, None] - row["onsets"], 0)
        of_ages = self._ages[np.minimum(ages, len(self._ages) - 1)]
        keys = np.concatenate([sounds * INPUT_UNIT, of_ages * sounds], axis=1)
        assert keys.shape[1] == 2 * PITCHES  # noqa: S101 - for whoever reads
        return np.concatenate([keys, workspace.features[:rows]], axis=1).astype(np.float32)

    def _sums(self, place: int, states: npt.NDArray[np.uint8], told: _Single) -> _Whole:
        """The exact sums of a product, (rows, outputs)."""
        weights, inputs = self._weights[place], self._inputs[place]
        sums = np.zeros((len(states), weights.shape[1]), dtype=np.int64)
        operands = [(states.astype(np.float32), weights)] + ([(told, inputs)] if len(inputs) else [])
        for numbers, factors in operands:
            for first in range(0, len(factors), _EXACT):
                part = slice(first, first + _EXACT)
                sums += (numbers[:, part] @ factors[part]).astype(np.int64)
        return sums


def _linear(product: IntegerProduct, sums: _Whole, events: npt.NDArray[np.int32]) -> _Single:
    """What a product's sums stand for, (rows, outputs)."""
    constants = product.constants if len(product.constants) == 1 else product.constants[events]
    result: _Single = sums.astype(np.int32).astype(np.float32) * product.scales + constants
    return result


def _stepped(gates: _Single, cell: _Single) -> tuple[_Single, npt.NDArray[np.uint8]]:
    """The new cells, and the bytes of the new hidden states, (rows, hidden)."""
    half = np.float32(0.5)
    *sigmoids, new = np.split(gates, 4, axis=1)
    let_in, keep, let_out = (_tanh(each * half) * half + half for each in sigmoids)
    cell = keep * cell + let_in * _tanh(new)
    shown = let_out * _tanh(cell) * np.float32(HIDDEN_UNIT)
    return cell, (np.rint(shown).astype(np.int32) + HIDDEN_ZERO).astype(np.uint8)


def _tanh(x: _Single) -> _Single:
    """As in Eigen: a quotient of polynomials, wrong by 4e-7 at most."""
    x = np.clip(x, -_TANH_LIMIT, _TANH_LIMIT)
    square = x * x
    over, under = (_polynomial(coefficients, square) for coefficients in (_TANH_OVER, _TANH_UNDER))
    result: _Single = over * x / under
    return result


def _polynomial(coefficients: list[np.float32], x: _Single) -> _Single:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value
