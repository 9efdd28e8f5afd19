"""A hidden Markov model of melodies: sampled with numpy alone.

Source: L. R. Rabiner 1989, "A tutorial on hidden Markov models and selected applications in speech
recognition", Proceedings of the IEEE 77(2).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.baseline.melody import RATIOS, SYMBOLS, Symbols, notes_of
from model.performance import Note

SHIPPED = Path(__file__).with_name("melodies.npz")

MEDIAN_WAITS = (0.18, 0.45)
"""Between which seconds a sampled melody's median wait lies: those of most pieces it was trained on."""

VELOCITY = 64
"""Of every note of a melody."""

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Markov:
    """A hidden Markov model.

    Attributes:
        start: how often a melody begins in each state, (states,).
        transition: from each state to each, (states, states); rows sum to 1.
        emission: of each symbol in each state, (states, symbols); rows sum to 1.
    """

    start: Shares
    transition: Shares
    emission: Shares

    def sample(self, count: int, random: np.random.Generator) -> Symbols:
        """So many symbols in a row, (count,)."""
        states = np.empty(count, np.intp)
        state = random.choice(self.start.size, p=self.start)
        for place in range(count):
            states[place] = state
            state = random.choice(self.start.size, p=self.transition[state])
        bounds = self.emission.cumsum(axis=1)
        draws = random.random(count)
        drawn = [int(np.searchsorted(bounds[own], draw)) for own, draw in zip(states, draws, strict=True)]
        return np.minimum(np.array(drawn, np.intp), SYMBOLS - 1)  # a cumulated sum may end just below 1


def load_markov(path: Path = SHIPPED) -> tuple[Markov, Markov]:
    """The shipped models: of melodies in major, and in minor keys."""
    with np.load(path) as arrays:
        major, minor = (
            Markov(*(_shares(arrays[f"{mode}_{name}"]) for name in ("start", "transition", "emission")))
            for mode in ("major", "minor")
        )
    return major, minor


def compose_melody(seed: int, seconds: float) -> list[Note]:
    """A melody of about so many seconds, in a key, mode and tempo of its own.

    The same seed and length give the same notes.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    model = load_markov()[int(random.integers(2))]
    low, high = np.log(MEDIAN_WAITS)
    wait = float(np.exp(random.uniform(low, high)))
    shift = int(random.integers(-5, 7))
    symbols = model.sample(int(seconds / (wait * min(RATIOS))) + 1, random)
    notes = notes_of(symbols, wait, VELOCITY)
    return [note._replace(pitch=note.pitch + shift) for note in notes if note.end <= seconds]


def _shares(stored: npt.NDArray[np.generic]) -> Shares:
    """Shares as they were stored, rounded, summing to 1 again."""
    shares = stored.astype(np.float64)
    normed: Shares = shares / shares.sum(axis=-1, keepdims=True)
    return normed
