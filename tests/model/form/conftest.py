"""Music to find forms in, and a source of random numbers."""

from collections.abc import Callable

import numpy as np
import pytest

from model.performance import Note

Uniform = Callable[[int], float]


@pytest.fixture(scope="session")
def uniform() -> Callable[[int], Uniform]:
    """Random numbers by the number of the draw, from a seed."""

    def of(seed: int) -> Uniform:
        return lambda draw: float(np.random.default_rng((seed, draw)).random())

    return of


@pytest.fixture(scope="session")
def music() -> Callable[..., list[Note]]:
    """A piece of sections by their letters: the same letter has the same notes, another one others.

    Each is random music in a scale of its own, two notes every half second.
    """

    def piece(letters: str, section_seconds: int = 20, seed: int = 0) -> list[Note]:
        notes = []
        for place, letter in enumerate(letters):
            random = np.random.default_rng((seed, ord(letter)))
            scale = random.permutation(np.arange(48, 72))[:7]
            for step in range(2 * section_seconds):
                start = place * section_seconds + step / 2
                struck = random.choice(scale, 2, replace=False)
                velocity = int(random.integers(40, 90))
                notes += [Note(int(pitch), velocity, start, start + 0.5) for pitch in np.sort(struck)]
        return notes

    return piece
