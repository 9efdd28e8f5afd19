import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.sampling.randomness import uniform

MASK = 2**64 - 1


def splitmix(state: int) -> int:
    """One output of SplitMix64, written from the paper's listing with numpy's wrapping integers."""
    with np.errstate(over="ignore"):
        z = np.uint64(state & MASK) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return int(z ^ (z >> np.uint64(31)))


def test_the_generator_is_splitmix64() -> None:
    # The first output for the seed 1234567, as its authors' C program prints it.
    assert splitmix(1234567) == 6457827717110365317
    for counters in ((0, 0, 0), (7, 0, 12), (2**63 - 1, 3, 10**6)):
        seed, candidate, step = counters
        expected = splitmix(splitmix(splitmix(seed) ^ candidate) ^ step)
        assert uniform(*counters) == (expected >> 11) / 2**53


@pytest.mark.parametrize(
    ("counters", "number"),
    [
        ((0, 0, 0), 0.13870941014555427),
        ((7, 0, 0), 0.609394524568175),
        ((7, 0, 1), 0.9633517225922468),
        ((7, 1, 0), 0.43775600474440823),
        ((2**63 - 1, 0, 0), 0.397540582762002),
    ],
)
def test_pieces_of_the_past_can_be_composed_again(counters: tuple[int, int, int], number: float) -> None:
    """Another number here means that no recorded seed gives its piece any more."""
    assert uniform(*counters) == number


@given(st.integers(0, 2**63 - 1), st.integers(0, 1000), st.integers(0, 10**6))
def test_every_number_lies_in_the_unit_interval(seed: int, candidate: int, step: int) -> None:
    assert 0.0 <= uniform(seed, candidate, step) < 1.0


@pytest.mark.parametrize("counter", ["seed", "candidate", "step"])
def test_numbers_spread_evenly_along_each_counter(counter: str) -> None:
    counters = {"seed": 5, "candidate": 0, "step": 0}
    draws = np.array([uniform(**counters | {counter: value}) for value in range(8000)])
    assert np.unique(draws).size == 8000
    counts = np.histogram(draws, bins=16, range=(0, 1))[0]
    # Chi-squared of 15 degrees of freedom: above 37.7 once in a thousand.
    assert ((counts - 500) ** 2 / 500).sum() < 37.7
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 0.04


def test_seed_candidate_and_step_are_not_taken_for_each_other() -> None:
    small = range(12)
    draws = {uniform(seed, candidate, step) for seed in small for candidate in small for step in small}
    assert len(draws) == 12**3
