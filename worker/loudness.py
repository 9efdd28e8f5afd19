"""How loud a piece sounds, and the gain that brings it to where every piece should be.

The gain is measured on the finished audio: as that is a pure function of MIDI and soundfont, so is the gain.
Measuring takes a fifth of the time that rendering takes, needs no limiter, and bounds the peak.

Measured on the first minutes of 60 corpus pieces of all styles with FluidR3_GM: -36.5 LUFS (standard
deviation 4.3) as rendered, -18.5 (0.8) with this gain, true peak at most -1.09 dBFS. 45 pieces land on the
target; the peaks of 15 with large contrasts hold them up to 3 LU below. A prediction from onsets, velocities
and durations, fitted to the same pieces, left a standard deviation of 1.0 and missed by up to 3.8, and it
bounded no peak: it was not kept.

Source: Recommendation ITU-R BS.1770-5, Algorithms to measure audio programme loudness and true-peak level.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TARGET_LUFS = -18.0
"""Loudness that every piece is brought to, where its peaks allow."""

CEILING_DBTP = -1.1
"""True peak that no piece exceeds; a tenth below -1 dBFS, as meters differ by that much."""

_REACH = 16  # samples on either side that the interpolator sees: its error is far below the tenth above
_CONTEXT = 2 * _REACH  # samples that a stretch repeats of the one before, to see all around its crests


@dataclass(frozen=True)
class Level:
    """What is to be done about a piece's loudness.

    Attributes:
        wanted: the factor that brings it to `TARGET_LUFS`; infinity where it has no loudness, being under
            0.4 s or nearly silent.
        most: the factor that brings its true peak to `CEILING_DBTP`.
    """

    wanted: float
    most: float

    @property
    def gain(self) -> float:
        """The factor that brings it to its loudness, or less where its peaks would pass the ceiling."""
        return min(self.wanted, self.most)


class LoudnessMeter:
    """Hears a piece block by block; what it says does not depend on how the piece was cut into blocks.

    Loudness: the K-weighting is applied to the power spectrum of each tenth of a second instead of running
    its two filters over the samples: within 0.05 LU of them on piano pieces, and fast without scipy.

    True peak: between samples, four points a sample are looked at, by a windowed sinc, on both sides of every
    crest of at least half the highest so far: nothing that a piano plays rises by more than 6 dB from a
    sample to the next and back.
    """

    def __init__(self, sample_rate: int) -> None:
        """Begin.

        Args:
            sample_rate: of the samples to come, in Hz.
        """
        step = sample_rate // 10
        frequencies = np.fft.fftfreq(step, 1 / sample_rate)
        weights = _k_weighting(frequencies, sample_rate) / step**2
        self._weights = weights.astype(np.float32).repeat(2)  # (step * 2,): of real and imaginary parts
        # (taps, points): the values a quarter, a half and three quarters before and behind the middle tap
        points = np.array([-0.75, -0.5, -0.25, 0.25, 0.5, 0.75])
        offsets = np.arange(-_REACH, _REACH + 1)[:, None] - points
        window = np.where(np.abs(offsets) <= _REACH, np.cos(np.pi * offsets / (2 * _REACH + 2)) ** 2, 0.0)
        self._kernel = (np.sinc(offsets) * window).astype(np.float32)
        self._tenth = np.zeros((_CONTEXT + step, 2), np.float32)  # the end of the one before, and this one
        self._filled = _CONTEXT
        self._power: list[float] = []  # of every tenth, K-weighted
        self._highest = 0.0  # magnitude of a sample
        self._peak = 0.0  # the same or between samples

    def hear(self, samples: NDArray[np.float32]) -> None:
        """The next audio, (samples, 2)."""
        while len(samples):
            part = samples[: len(self._tenth) - self._filled]
            self._tenth[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            samples = samples[len(part) :]
            if self._filled == len(self._tenth):
                self._measure_power()
                self._measure_peak(self._tenth)
                self._tenth[:_CONTEXT] = self._tenth[-_CONTEXT:]
                self._filled = _CONTEXT

    def level(self) -> Level:
        """What is to be done about the piece, now that all of it was heard; factors of 1 for silence."""
        end = np.zeros((_CONTEXT, 2), np.float32)
        self._measure_peak(np.concatenate([self._tenth[: self._filled], end]))
        if self._peak == 0.0:
            return Level(wanted=1.0, most=1.0)
        loudness = _gated(np.array(self._power))
        return Level(
            wanted=math.inf if math.isinf(loudness) else _factor(TARGET_LUFS - loudness),
            most=_factor(CEILING_DBTP) / self._peak,
        )

    def _measure_power(self) -> None:
        # Left and right as one complex signal: its power at f and -f is that of both, so weights alike at f
        # and -f sum them up, in one transform and without a copy.
        spectrum = np.fft.fft(self._tenth[_CONTEXT:].view(np.complex64)[:, 0])
        parts = spectrum.view(np.float32)  # (step * 2,)
        self._power.append(float((parts * parts * self._weights).sum(dtype=np.float64)))

    def _measure_peak(self, stretch: NDArray[np.float32]) -> None:
        """Look around every crest of a stretch but for its first and last `_REACH` samples."""
        heights = np.abs(stretch)
        highest = float(heights.max())
        self._highest = max(self._highest, highest)
        self._peak = max(self._peak, highest)
        if highest < 0.5 * self._highest or highest == 0.0:
            return
        middle = heights[_REACH:-_REACH]
        before, behind = heights[_REACH - 1 : -_REACH - 1], heights[_REACH + 1 : 1 - _REACH]
        crests, channels = np.nonzero(
            (middle >= 0.5 * self._highest) & (middle >= before) & (middle >= behind)
        )
        taps = stretch[crests[:, None] + np.arange(2 * _REACH + 1), channels[:, None]]  # (crests, taps)
        between = taps @ self._kernel
        self._peak = max(self._peak, float(np.abs(between).max(initial=0.0)))


def gain(samples: NDArray[np.float32], sample_rate: int) -> float:
    """The factor that brings a whole piece to its loudness, see `Level.gain`.

    Args:
        samples: audio, (samples, 2).
        sample_rate: in Hz.
    """
    meter = LoudnessMeter(sample_rate)
    meter.hear(samples)
    return meter.level().gain


def _gated(power: NDArray[np.float64]) -> float:
    """Integrated loudness in LUFS from the power of tenths of a second; minus infinity if there is none."""
    if len(power) < 4:
        return -math.inf
    blocks = np.convolve(power, np.full(4, 0.25), mode="valid")  # 0.4 s each, 75 % of it shared with the next
    loud = blocks[blocks > _power(-70.0)]
    if len(loud) == 0:
        return -math.inf
    loud = loud[loud > 0.1 * loud.mean()]
    return float(10.0 * np.log10(loud.mean()) - 0.691)


def _factor(decibels: float) -> float:
    return float(10.0 ** (decibels / 20.0))


def _power(lufs: float) -> float:
    return float(10.0 ** ((lufs + 0.691) / 10.0))


def _k_weighting(frequencies: NDArray[np.floating], sample_rate: int) -> NDArray[np.float64]:
    """Power response of BS.1770's two filters, rederived for any rate from their analogue prototypes."""
    z = np.exp(-2j * np.pi * frequencies / sample_rate)  # one sample's delay

    tangent = math.tan(math.pi * 1681.974450955533 / sample_rate)
    high, quality = 10.0 ** (3.999843853973347 / 20.0), 0.7071752369554196
    band = high**0.4996667741545416
    shelf = (
        (high + band * tangent / quality + tangent**2)
        + 2.0 * (tangent**2 - high) * z
        + (high - band * tangent / quality + tangent**2) * z**2
    ) / _denominator(tangent, quality, z)

    tangent, quality = math.tan(math.pi * 38.13547087602444 / sample_rate), 0.5003270373238773
    scale = 1.0 + tangent / quality + tangent**2  # BS.1770 leaves this numerator unscaled
    high_pass = scale * (1.0 - z) ** 2 / _denominator(tangent, quality, z)
    response: NDArray[np.float64] = np.abs(shelf * high_pass) ** 2
    return response


def _denominator(tangent: float, quality: float, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return (
        (1.0 + tangent / quality + tangent**2)
        + 2.0 * (tangent**2 - 1.0) * z
        + (1.0 - tangent / quality + tangent**2) * z**2
    )
