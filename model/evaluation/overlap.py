"""Overlapping area and KL divergence of feature distances, after Yang and Lerch.

L.-C. Yang, A. Lerch (2020), "On the evaluation of generative models in music", Neural Computing and
Applications 32; their toolbox is mgeval. Every feature of a set of pieces becomes a set of pairwise Euclidean
distances: within the real pieces (intra-set), and between them and the others (inter-set). Both are smoothed
by a Gaussian kernel with Scott's bandwidth; the overlapping area is the integral of the lesser of the two
densities, the KL divergence is that of the intra-set from the inter-set density. Pitch count, pitch range,
average interval and inter-onset interval, and pitch-class histogram are mgeval's own; note lengths are
counted in classes of seconds, since a performance has no bars; pitch, velocity and density are added alike.

Densities are taken on one common grid; mgeval's `kl_dist` takes each on its own set's range.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist, pdist

from model.note_table import Integers, NoteTable, Numbers

GRID = 2048
"""Places at which densities are taken."""

SPLITS = 6
"""How often the real pieces are halved."""

_LEAST_SHARE = 1e-12

_DURATION_EDGES = np.geomspace(0.02, 10.0, 17)


@dataclass(frozen=True)
class Overlap:
    """How alike two sets are in one feature.

    Attributes:
        area: 0 to 1; 1 where the distances are spread alike.
        divergence: KL divergence in nats, 0 where they are.
    """

    area: float
    divergence: float


@dataclass(frozen=True)
class Example:
    """A real piece: its notes, its composition, and whether its velocities say nothing."""

    notes: NoteTable
    composition: str
    is_flat: bool


@dataclass(frozen=True)
class FeatureOverlap:
    """One feature: sampled against real, and real against real.

    Both are means over `SPLITS` halvings of the real pieces by composition: the first half is the intra-set;
    against it stand the sampled pieces, and as many of the second half, or all of it where it has fewer.
    """

    sampled: Overlap
    real: Overlap


FEATURES: Mapping[str, Callable[[NoteTable], Numbers]] = {
    "pitch": lambda notes: _shares(np.bincount(notes.pitches, minlength=128)),
    "pitch count": lambda notes: np.array([np.unique(notes.pitches).size]),
    "pitch range": lambda notes: np.array([np.ptp(notes.pitches)]),
    "pitch class": lambda notes: _shares(np.bincount(notes.pitches % 12, notes.durations, minlength=12)),
    "interval": lambda notes: np.array([np.abs(np.diff(notes.pitches)).mean()]),
    "inter-onset interval": lambda notes: np.array([np.diff(notes.starts).mean()]),
    "duration": lambda notes: _shares(_histogram(notes.durations, _DURATION_EDGES)),
    "velocity": lambda notes: _shares(np.bincount(notes.velocities // 8, minlength=16)),
    "density": lambda notes: np.array([notes.notes_per_second]),
}
"""What is measured of a piece of two notes or more, as vectors."""


def feature_overlaps(
    sampled: Sequence[NoteTable], real: Sequence[Example], fewest: int
) -> dict[str, FeatureOverlap]:
    """The overlap of every feature of `FEATURES` that enough real pieces have.

    Velocity is compared with pieces whose dynamics say something; with fewer than `fewest` of them it is left
    out. Halves are drawn the same each time.
    """
    own = [notes for notes in sampled if len(notes) > 1]
    found: dict[str, FeatureOverlap] = {}
    for name, feature in FEATURES.items():
        usable = [one for one in real if len(one.notes) > 1 and not (name == "velocity" and one.is_flat)]
        if len(own) < 2 or (name == "velocity" and len(usable) < fewest):
            continue
        values = np.array([feature(one.notes) for one in usable], dtype=np.float64)
        own_values = np.array([feature(notes) for notes in own], dtype=np.float64)
        pairs = []
        for half, rest in halves([one.composition for one in usable]):
            if len(half) >= 3 and len(rest) >= 2:
                others = values[rest[: len(own)]]  # as many as are sampled: few pieces overlap less
                pairs.append((overlap(values[half], own_values), overlap(values[half], others)))
        if pairs:
            found[name] = FeatureOverlap(_mean([one for one, _ in pairs]), _mean([two for _, two in pairs]))
    return found


def overlap(real: Numbers, others: Numbers) -> Overlap:
    """How alike two sets are in one feature.

    Args:
        real: of each piece of the first set, shape (pieces, features); three pieces at least.
        others: of each piece of the second, shape (pieces, features).
    """
    intra, inter = pdist(real), cdist(real, others).ravel()
    low, high = min(intra.min(), inter.min()), max(intra.max(), inter.max())
    if (
        np.ptp(intra) == 0 or np.ptp(inter) == 0
    ):  # no density can be drawn: they are the same, or they are not
        same = low == high
        return Overlap(float(same), 0.0 if same else float("inf"))
    widths = _bandwidth(intra), _bandwidth(inter)
    edges = np.linspace(low - 4 * max(widths), high + 4 * max(widths), GRID + 1)
    first, second = _smoothed(intra, widths[0], edges), _smoothed(inter, widths[1], edges)
    area = float(np.minimum(first, second).sum())
    first, second = (_shares(np.maximum(one, _LEAST_SHARE)) for one in (first, second))
    return Overlap(area, float((first * np.log(first / second)).sum()))


def _bandwidth(distances: Numbers) -> float:
    """Scott's rule in one dimension, as `scipy.stats.gaussian_kde` has it."""
    return float(distances.std(ddof=1) * distances.size**-0.2)


def _smoothed(distances: Numbers, width: float, edges: Numbers) -> Numbers:
    """The share of a Gaussian kernel density between each two edges, shape (GRID,).

    Distances are counted between edges first: there are thousands of them.
    """
    counts, _ = np.histogram(distances, edges)
    step = float(edges[1] - edges[0])
    reach = int(4 * width / step) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    smoothed: Numbers = np.convolve(counts / distances.size, kernel / kernel.sum(), "same")
    return smoothed


def halves(compositions: Sequence[str]) -> list[tuple[list[int], list[int]]]:
    """`SPLITS` ways to halve some pieces so that no composition is in both halves, as places in the list."""
    names = sorted(set(compositions))
    random = np.random.Generator(np.random.PCG64(0))
    found = []
    for _ in range(SPLITS):
        order = random.permutation(len(names))
        first = {names[place] for place in order[: (len(names) + 1) // 2]}
        places = random.permutation(len(compositions)).tolist()
        found.append(
            (
                [place for place in places if compositions[place] in first],
                [place for place in places if compositions[place] not in first],
            )
        )
    return found


def _mean(overlaps: Sequence[Overlap]) -> Overlap:
    return Overlap(
        float(np.mean([one.area for one in overlaps])), float(np.mean([one.divergence for one in overlaps]))
    )


def _shares(counts: Integers | Numbers) -> Numbers:
    shares: Numbers = counts / max(float(counts.sum()), 1e-300)
    return shares


def _histogram(values: Numbers, edges: Numbers) -> Numbers:
    """Counts between edges; what is beyond belongs to the outermost."""
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, edges.size - 2)
    return np.bincount(places, minlength=edges.size - 1).astype(np.float64)
