"""16-bit samples from audio, with noise that lets the last note die away smoothly instead of breaking up."""

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32_767
"""The 16-bit sample that stands for 1."""


class Dither:
    """Triangular noise of one 16-bit step either way; the same in every file."""

    def __init__(self) -> None:
        self._noise = np.random.Generator(np.random.PCG64(0))

    def steps(self, samples: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
        """The next samples of a piece in whole 16-bit steps; beyond ±`FULL_SCALE` where they pass full scale.

        Args:
            samples: audio, (samples, 2), full scale at 1.
            gain: a factor that they are brought to their level with.
        """
        draws = self._noise.random((*samples.shape, 2), dtype=np.float32)  # (samples, channels, draws)
        noise = draws[..., 0] - draws[..., 1]
        steps: NDArray[np.float32] = np.rint(samples * np.float32(gain * FULL_SCALE) + noise)
        return steps
