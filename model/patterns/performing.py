"""How a score is played: tempo that breathes, rolled chords, dynamics, and the pedal applied."""

from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from model.patterns.form import Layer
from model.patterns.layers import Struck
from model.patterns.score import Score
from model.performance import Note, from_first_onset, one_note_a_key

_LOUDER = {Layer.MELODY: 17, Layer.TINTINNABULI: 6, Layer.BASS: 5, Layer.BELLS: 8, Layer.CHORDS: 0}
"""By how many velocities a layer stands out from the figures."""

_LATEST_JITTER = 0.025
"""Seconds by which a note is early or late at most."""


@dataclass(frozen=True)
class Touch:
    """How a pianist plays today.

    Attributes:
        loudness: mean velocity aimed at.
        swell: velocities between the softest and the loudest section.
        jitter: standard deviation of onsets in seconds.
        rubato: standard deviation of the tempo's slow walk, as a share.
        lead: seconds by which the melody comes first.
        roll: seconds between the notes of a rolled chord.
        rolled: share of chords that are rolled.
        pedal: seconds for which the pedal is held, where the harmony allows.
        pedalled: share of those times in which it is used at all.
        legato: share of its time that a key is held without the pedal.
    """

    loudness: float
    swell: float
    jitter: float
    rubato: float
    lead: float
    roll: float
    rolled: float
    pedal: float
    pedalled: float
    legato: float


def draw_touch(rng: np.random.Generator) -> Touch:
    """A way of playing; the ranges follow performed calm pieces of the corpus (docs/minimalist.md)."""
    return Touch(
        loudness=rng.uniform(34, 58),
        swell=rng.uniform(14, 38),
        jitter=rng.uniform(0.005, 0.011),
        rubato=rng.uniform(0.02, 0.06),
        lead=rng.uniform(0.0, 0.018),
        roll=rng.uniform(0.02, 0.06),
        rolled=rng.choice([0.05, 0.3, 0.8]),
        pedal=rng.uniform(0.9, 2.6),
        pedalled=rng.uniform(0.7, 1.0),
        legato=rng.uniform(0.7, 1.05),
    )


def perform(score: Score, pulses_per_second: float, touch: Touch, rng: np.random.Generator) -> list[Note]:
    """The notes as they sound, from 0 s on."""
    clock = _Clock.of(score, pulses_per_second, touch, rng)
    levels = _levels(score, touch, rng)
    lifts = _pedal(score, pulses_per_second, touch, rng)
    cells = {float(start) for bar in score.bars for start in bar.cells()}
    bars = {float(bar.start) for bar in score.bars}
    notes = []
    for pulse, group in groupby(score.notes, key=attrgetter("pulse")):
        chord = list(group)
        is_final = pulse == score.final
        spread = _spread(chord, touch, rng, is_final=is_final)
        accent = 7.0 if pulse in bars else 4.0 if pulse in cells else 1.0 if pulse == int(pulse) else 0.0
        for struck, delay in zip(chord, spread, strict=True):
            late = float(np.clip(rng.normal(0, touch.jitter), -_LATEST_JITTER, _LATEST_JITTER))
            start = clock.seconds(pulse) + delay + late
            start -= touch.lead if struck.layer is Layer.MELODY else 0.0
            end = clock.seconds(_release(struck, lifts, touch))
            if is_final:
                end = clock.seconds(pulse) + clock.last_hold
            level = levels[min(int(pulse), levels.size - 1)] + _LOUDER.get(struck.layer, -3) + accent
            velocity = int(np.clip(np.rint(level + rng.normal(0, 2.5)), 10, 112))
            notes.append(Note(struck.pitch, velocity, start, max(end, start + 0.08)))
    return from_first_onset(one_note_a_key(notes))


@dataclass(frozen=True)
class _Clock:
    """When each pulse comes, in seconds, shape (pulses + 1,), and how long the last sonority is held."""

    times: npt.NDArray[np.float64]
    last_hold: float

    @classmethod
    def of(cls, score: Score, rate: float, touch: Touch, rng: np.random.Generator) -> "_Clock":
        """A slow random walk around the pulse, held back before each new section and at the end."""
        count = score.final + 1
        walk = np.zeros(count)
        for pulse in range(1, count):
            walk[pulse] = 0.97 * walk[pulse - 1] + rng.normal(0, touch.rubato * 0.24)
        slowness = np.exp(walk)
        for start in score.sections[1:]:
            reach = min(int(rate * 2.0) + 1, start)
            slowness[start - reach : start] *= np.linspace(1.0, rng.uniform(1.05, 1.35), reach)
        reach = min(int(rate * 6.0) + 1, score.final)
        slowness[score.final - reach : score.final] *= np.linspace(1.0, rng.uniform(1.5, 1.9), reach)
        return cls(np.concatenate([[0.0], np.cumsum(slowness / rate)]), rng.uniform(3.5, 6.5))

    def seconds(self, pulse: float) -> float:
        """The time of a pulse, whole or not."""
        return float(np.interp(pulse, np.arange(self.times.size), self.times))


def _levels(score: Score, touch: Touch, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """The figures' velocity at each pulse: from section to section, an arc within each, a slow drift."""
    count = score.final + 1
    middles = [
        (start + end) / 2 for start, end in zip(score.sections, (*score.sections[1:], count), strict=True)
    ]
    level = touch.loudness + touch.swell * (np.interp(np.arange(count), middles, score.intensities) - 0.5)
    depth = rng.uniform(1.5, 5.0)
    for bar in score.bars:
        pulses = np.arange(bar.pulses)
        arc = np.sin(np.pi * (pulses + 0.5) / bar.pulses) - 0.5
        level[bar.start : bar.start + bar.pulses] += depth * arc
    drift = 0.0
    for pulse in range(count):
        drift = 0.95 * drift + rng.normal(0, 1.2)
        level[pulse] += drift
    closing = score.sections[-1]
    level[closing:] -= np.linspace(0, touch.swell * 0.4, count - closing)
    return level


def _pedal(
    score: Score, rate: float, touch: Touch, rng: np.random.Generator
) -> list[tuple[float, float, float]]:
    """When the pedal goes down, when it is changed and when it is lifted, in pulses.

    It is changed with each chord, and within a long chord about every `touch.pedal` seconds.
    """
    held = []
    for bar in score.bars:
        times = max(1, round(bar.pulses / rate / touch.pedal))
        edges = np.unique(np.rint(np.linspace(0, bar.repeats if bar.repeats >= times else times, times + 1)))
        unit = bar.pulses / edges[-1]
        for first, last in pairwise(edges):
            if rng.random() < touch.pedalled:
                lag = rng.uniform(0.0, 0.09) * rate
                down, up = bar.start + first * unit, bar.start + last * unit
                held.append((float(down), float(up), float(up + lag)))
    return held


def _release(struck: Struck, lifts: list[tuple[float, float, float]], touch: Touch) -> float:
    """The pulse at which a note's sound ends: when its key is let go, or the pedal that then is down."""
    release = struck.pulse + max(struck.hold * touch.legato, 0.1)
    low, high = 0, len(lifts)
    while low < high:  # the last pedal that goes down before the key is let go
        middle = (low + high) // 2
        low, high = (middle + 1, high) if lifts[middle][0] <= release else (low, middle)
    if low and release <= lifts[low - 1][1]:
        return max(release, lifts[low - 1][2])
    return release


def _spread(
    chord: list[Struck], touch: Touch, rng: np.random.Generator, *, is_final: bool
) -> npt.NDArray[np.float64]:
    """Seconds after the beat of each note struck at once, lowest first: rolled or together."""
    count = len(chord)
    is_rolled = count >= 3 and (is_final or rng.random() < touch.rolled)
    delay = touch.roll * (1.4 if is_final else 1.0) if is_rolled else 0.0
    return np.arange(count, dtype=np.float64) * delay
