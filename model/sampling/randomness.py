"""Random numbers that are a function of (seed, candidate, step) and of nothing else.

A piece therefore does not depend on its neighbours in a batch, nor on when it joined it.
"""

import numpy as np
import numpy.typing as npt

_MASK = 2**64 - 1


def uniform(seed: int, candidate: int, step: int) -> float:
    """A number drawn evenly from [0, 1).

    Three rounds of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
    generators"), one for each of the three counters.
    """
    return Randomness(seed, candidate).uniform(step)


class Randomness:
    """`uniform` of one seed and candidate, by step.

    Attributes:
        state: what seed and candidate come to, of 64 bits; one round more, with the step, makes the number.
    """

    def __init__(self, seed: int, candidate: int) -> None:
        self.state = _mixed(_mixed(seed) ^ candidate)

    def uniform(self, step: int) -> float:
        """A number drawn evenly from [0, 1)."""
        return (_mixed(self.state ^ step) >> 11) * 2.0**-53


def uniforms(state: int, first: int, count: int) -> npt.NDArray[np.float64]:
    """The numbers of some steps one after another, of a `Randomness.state`, shape (count,)."""
    number = np.uint64(state) ^ np.arange(first, first + count, dtype=np.uint64)
    with np.errstate(over="ignore"):
        number += np.uint64(0x9E3779B97F4A7C15)
        number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    whole = (number ^ (number >> np.uint64(31))) >> np.uint64(11)
    return whole.astype(np.float64) * 2.0**-53


def sub_seed(seed: int, attempt: int) -> int:
    """The seed of another attempt at the same piece, 0..2^63-1; of attempt 0 it is the piece's own."""
    return seed if attempt == 0 else _mixed(_mixed(seed) ^ attempt) >> 1


def renewed_seed(seed: int, renewal: int) -> int:
    """The seed of another piece instead of this one, of 32 bits: short enough to be copied by hand."""
    return _mixed(_mixed(seed ^ _MASK) ^ renewal) >> 32


def _mixed(number: int) -> int:
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)
