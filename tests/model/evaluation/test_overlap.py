from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from scipy.stats import gaussian_kde

from model.evaluation.overlap import FEATURES, Example, feature_overlaps, halves, overlap
from model.note_table import NoteTable

Table = Callable[..., NoteTable]
RANDOM = np.random.Generator(np.random.PCG64(1))


def test_the_area_is_mgevals() -> None:
    real, others = RANDOM.normal(0, 1, (30, 3)), RANDOM.normal(0.6, 1.3, (20, 3))
    intra, inter = gaussian_kde(pdist(real)), gaussian_kde(cdist(real, others).ravel())
    grid = np.linspace(-5, 20, 1000)
    area = np.trapezoid(np.minimum(intra(grid), inter(grid)), grid)
    assert overlap(real, others).area == pytest.approx(area, abs=2e-3)
    assert overlap(real, others).divergence > overlap(real, real).divergence >= 0


def test_sets_from_far_away_do_not_overlap() -> None:
    real = RANDOM.normal(0, 1, (20, 1))
    assert overlap(real, real + 100).area == pytest.approx(0.0, abs=1e-6)
    assert overlap(real, RANDOM.normal(0, 1, (60, 1))).area > 0.85


def test_sets_without_any_spread() -> None:
    same = np.zeros((5, 1))
    assert overlap(same, same).area == 1.0
    assert overlap(same, same + 1).area == 0.0


def test_no_composition_is_in_both_halves() -> None:
    compositions = ["a", "a", "b", "c", "c", "c", "d"]
    for first, second in halves(compositions):
        assert sorted(first + second) == list(range(7))
        assert not {compositions[place] for place in first} & {compositions[place] for place in second}


def test_features_of_a_few_notes(table: Table) -> None:
    notes = table((60, 0, 1, 64), (64, 1, 2, 72), (72, 2, 4, 72))
    found = {name: feature(notes) for name, feature in FEATURES.items()}
    assert found["pitch count"].tolist() == [3]
    assert found["pitch range"].tolist() == [12]
    assert found["interval"].tolist() == [6]  # 4 and 8 semitones
    assert found["inter-onset interval"].tolist() == [1]
    assert found["pitch class"][[0, 4]].tolist() == [0.75, 0.25]  # by duration
    assert found["density"].tolist() == [0.75]
    assert found["velocity"][[8, 9]].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert found["pitch"][[60, 64, 72]].tolist() == pytest.approx([1 / 3] * 3)
    assert found["duration"].sum() == pytest.approx(1.0)


def test_flat_pieces_say_nothing_of_velocity(table: Table) -> None:
    pieces = [
        table(*((60 + (3 * step + seed) % 13, step / 4, step / 4 + 0.2) for step in range(20 + seed)))
        for seed in range(12)
    ]
    real = [Example(notes, str(place), is_flat=place < 3) for place, notes in enumerate(pieces)]
    assert set(feature_overlaps(pieces[:4], real, fewest=9)) == set(FEATURES)
    assert set(feature_overlaps(pieces[:4], real, fewest=10)) == set(FEATURES) - {"velocity"}
    assert feature_overlaps(pieces[:1], real, fewest=9) == {}
