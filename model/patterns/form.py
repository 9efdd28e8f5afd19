"""The plan of a piece: its texture, its sections, and how the cells of each grow and shrink."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Layer(StrEnum):
    """A strand of the texture."""

    BASS = "bass"
    LOW_FIGURE = "low figure"
    HIGH_FIGURE = "high figure"
    CROSS = "cross"
    PHASE = "phase"
    PULSE = "pulse"
    CHORDS = "chords"
    WALTZ = "waltz"
    MELODY = "melody"
    TINTINNABULI = "tintinnabuli"
    BELLS = "bells"


class Process(StrEnum):
    """What becomes of a section's cell, bar by bar (Glass' additive process)."""

    STEADY = "steady"
    GROW = "grow"
    SHRINK = "shrink"
    ARCH = "arch"
    VALLEY = "valley"


@dataclass(frozen=True)
class Texture:
    """A kind of piece.

    Attributes:
        name: what it is called in the documentation.
        layers: in the order in which they enter.
        pulses_per_second: the slowest and the fastest pulse.
        cells: pulses that a cell may begin with.
        additive: whether cells may grow and shrink.
    """

    name: str
    layers: tuple[Layer, ...]
    pulses_per_second: tuple[float, float]
    cells: tuple[int, ...]
    additive: bool = True


_L = Layer
TEXTURES = (
    Texture("rolling", (_L.LOW_FIGURE, _L.MELODY, _L.HIGH_FIGURE, _L.BELLS), (2.4, 5.6), (4, 6, 8, 5)),
    Texture("song", (_L.LOW_FIGURE, _L.BASS, _L.MELODY, _L.BELLS), (2.2, 3.6), (4, 6, 8)),
    Texture("cross", (_L.LOW_FIGURE, _L.CROSS, _L.BASS, _L.MELODY), (2.0, 3.6), (4, 6, 8)),
    Texture("additive", (_L.HIGH_FIGURE, _L.BASS, _L.LOW_FIGURE, _L.BELLS), (2.4, 5.6), (3, 4, 5, 6)),
    Texture("phase", (_L.LOW_FIGURE, _L.PHASE, _L.BASS, _L.BELLS), (2.0, 3.2), (5, 6, 7, 8)),
    Texture("pulse", (_L.PULSE, _L.BASS, _L.LOW_FIGURE, _L.MELODY), (1.8, 3.0), (4, 6, 8)),
    Texture("tintinnabuli", (_L.TINTINNABULI, _L.BASS, _L.BELLS), (1.0, 1.9), (3, 4, 5)),
    Texture("waltz", (_L.WALTZ, _L.MELODY, _L.BELLS), (2.0, 3.0), (6,), additive=False),
    Texture("still", (_L.CHORDS, _L.BELLS, _L.MELODY), (1.0, 1.7), (3, 4, 5)),
)
_SHARES = np.array([0.16, 0.14, 0.12, 0.12, 0.1, 0.08, 0.11, 0.1, 0.07])

FEWEST_PULSES, MOST_PULSES = 2, 12
"""How short and how long a cell may become."""

_SECTION_SECONDS = (14.0, 34.0)
_CHORD_SECONDS = (2.0, 8.0)


@dataclass(frozen=True)
class Section:
    """A stretch of the piece in which the same layers play.

    Attributes:
        layers: which.
        process: what becomes of the cell.
        cells: pulses of the cell in each bar; a bar is the time of one chord.
        repeats: how often the cell is played in each bar.
        theme: which of the piece's two progressions and figures it is built on, 0 or 1.
        lift: semitones by which the right hand lies higher than usual.
        intensity: 0 (softest) to 1.
    """

    layers: tuple[Layer, ...]
    process: Process
    cells: tuple[int, ...]
    repeats: tuple[int, ...]
    theme: int
    lift: int
    intensity: float


@dataclass(frozen=True)
class Form:
    """A piece before its notes are written."""

    texture: Texture
    pulses_per_second: float
    lengths: tuple[int, int]  # chords in each of the two progressions
    sections: tuple[Section, ...]


def draw_form(rng: np.random.Generator) -> Form:
    """The plan of a piece of about 1.7 to 4.5 minutes."""
    texture = TEXTURES[int(rng.choice(len(TEXTURES), p=_SHARES / _SHARES.sum()))]
    rate = rng.uniform(*texture.pulses_per_second)
    lengths = (int(rng.choice([2, 3, 4, 4, 4, 6, 8])), int(rng.choice([2, 3, 4, 4, 5])))
    chord_seconds = float(np.exp(rng.uniform(np.log(2.6), np.log(6.0))))
    target = rng.uniform(100, 265)
    cell = int(rng.choice(texture.cells))
    active = _layers_by_section(texture, max(4, round(target / rng.uniform(*_SECTION_SECONDS))), rng)
    processes = _processes(texture, len(active), rng)
    middle = sorted(rng.integers(len(active) // 3, len(active), 2).tolist())
    share = target * rate / len(active)
    sections = []
    for place, (layers, process) in enumerate(zip(active, processes, strict=True)):
        theme = int(middle[0] <= place < middle[1])
        cells, repeats = _bars(process, cell, lengths[theme], share, rate, chord_seconds)
        lift = 12 if len(layers) >= 3 and rng.random() < 0.2 else 0
        intensity = float(np.clip((len(layers) - 1) / 3 + rng.uniform(-0.2, 0.2), 0, 1))
        sections.append(Section(layers, process, cells, repeats, theme, lift, intensity))
    return Form(texture, rate, lengths, tuple(sections))


def _layers_by_section(texture: Texture, count: int, rng: np.random.Generator) -> list[tuple[Layer, ...]]:
    """Layers enter one at a time up to a summit, then leave one at a time."""
    order = list(texture.layers)
    if len(order) > 3 and rng.random() < 0.4:
        order.pop(int(rng.integers(2, len(order))))
    if len(order) > 2 and rng.random() < 0.5:  # another one enters first among the later
        tail = order[1:]
        rng.shuffle(tail)
        order = order[:1] + tail
    summit = round(count * rng.uniform(0.5, 0.75))
    active = []
    for place in range(count):
        left = (count - 1 - place) if place > summit else place
        active.append(tuple(order[: 1 + min(left, len(order) - 1)]))
    if count > 6 and rng.random() < 0.5:  # a clearing in mid-piece: all but the ground falls silent
        active[int(rng.integers(3, count - 1))] = tuple(order[:1])
    return active


def _processes(texture: Texture, count: int, rng: np.random.Generator) -> list[Process]:
    """What happens to the cells, section by section: where they may change, they do so somewhere."""
    if not texture.additive:
        return [Process.STEADY] * count
    moving = [Process.GROW, Process.SHRINK, Process.ARCH, Process.VALLEY]
    processes = [moving[int(rng.integers(4))] if rng.random() < 0.4 else Process.STEADY for _ in range(count)]
    if all(process is Process.STEADY for process in processes):
        processes[int(rng.integers(count))] = moving[int(rng.integers(4))]
    return processes


def _bars(
    process: Process, cell: int, chords: int, pulses: float, rate: float, chord_seconds: float
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Cells and repeats of a section's bars: whole turns of the progression, about `pulses` in all."""
    turns = max(1, round(pulses / (chords * chord_seconds * rate)))
    count = max(turns * chords, 3)
    places = np.arange(count)
    span = min(4, count - 1)
    step = {
        Process.STEADY: places * 0,
        Process.GROW: places * span // (count - 1),
        Process.SHRINK: -(places * span // (count - 1)),
        Process.ARCH: np.minimum(places, count - 1 - places),
        Process.VALLEY: -np.minimum(places, count - 1 - places),
    }[process]
    cells = np.clip(cell + np.clip(step, -4, 4), FEWEST_PULSES, MOST_PULSES)
    seconds = cells / rate
    repeats = np.maximum(1, np.rint(chord_seconds / seconds))
    repeats = np.where(repeats * seconds > _CHORD_SECONDS[1], np.maximum(repeats - 1, 1), repeats)
    repeats = np.where(repeats * seconds < _CHORD_SECONDS[0], repeats + 1, repeats)
    return tuple(int(cell) for cell in cells), tuple(int(times) for times in repeats)
