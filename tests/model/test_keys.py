import numpy as np
import pytest

from model.keys import KEYS, find_key, key_correlations, key_index, transpose_key, typical_histogram

MAJOR_SCALE = [0, 2, 4, 5, 7, 9, 11]


def histogram(pitch_classes: dict[int, float] | list[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    counts = np.zeros(12)
    for pitch_class in pitch_classes:
        counts[pitch_class % 12] += pitch_classes[pitch_class] if isinstance(pitch_classes, dict) else 1
    return counts


@pytest.mark.parametrize("index", range(24))
def test_a_tonic_triad_speaks_for_its_key(index: int) -> None:
    tonic, third = index % 12, 3 if index >= 12 else 4
    assert find_key(histogram([tonic, tonic + third, tonic + 7, tonic])) == index


@pytest.mark.parametrize("tonic", range(12))
def test_a_scale_with_its_tonic_and_fifth_stressed_speaks_for_its_key(tonic: int) -> None:
    scale = histogram([tonic + step for step in [*MAJOR_SCALE, 0, 7]])
    assert find_key(scale) == tonic
    harmonic_minor = histogram([tonic + step for step in [0, 2, 3, 5, 7, 8, 11, 0, 7]])
    assert find_key(harmonic_minor) == tonic + 12


def test_a_profile_correlates_fully_with_its_own_key() -> None:
    ratings = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88]
    correlations = key_correlations(np.array(ratings))
    assert correlations.shape == (24,)
    assert correlations[0] == pytest.approx(1.0)
    assert correlations.max() == correlations[0]
    # A correlation knows nothing of scale and offset.
    assert key_correlations(3 * np.array(ratings) + 5) == pytest.approx(correlations)


@pytest.mark.parametrize("height", [0.0, 1.0, 0.1, 1 / 12, 1000 / 3])
def test_a_flat_histogram_speaks_for_none(height: float) -> None:
    assert find_key(np.full(12, height)) is None
    assert not key_correlations(np.full(12, height)).any()


def test_a_few_notes_among_many_still_count() -> None:
    assert find_key(histogram({0: 1e6, 4: 1e6, 7: 1e6})) == 0


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("C major", 0),
        ("Db major", 1),
        ("C# major", 1),
        ("B# major", 0),
        ("Cb major", 11),
        ("F# major", 6),
        ("C minor", 12),
        ("C# minor", 13),
        ("Db minor", 13),
        ("A minor", 21),
        ("Fb minor", 16),
        ("B minor", 23),
    ],
)
def test_spellings_of_keys(name: str, index: int) -> None:
    assert key_index(name) == index


def test_the_names_stand_in_the_order_of_their_indices() -> None:
    assert [key_index(name) for name in KEYS] == list(range(24))


@pytest.mark.parametrize(
    "name", ["", "C", "minor", "H minor", "c minor", "C Minor", "C  minor", "C## minor", "Cm", " C minor"]
)
def test_what_is_no_key_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a key such as") as refusal:
        key_index(name)
    assert str(refusal.value) == f'"{name}" is not a key such as "C minor"'


@pytest.mark.parametrize(
    ("index", "semitones", "expected"),
    [(0, 0, 0), (0, 3, 3), (11, 1, 0), (12, -1, 23), (23, 1, 12), (5, -12, 5), (14, 25, 15)],
)
def test_transposing_keeps_the_mode(index: int, semitones: int, expected: int) -> None:
    assert transpose_key(index, semitones) == expected


@pytest.mark.parametrize("key", range(24))
def test_the_typical_pitch_classes_of_a_key_are_found_to_be_that_key(key: int) -> None:
    assert typical_histogram(key).sum() == pytest.approx(1)
    assert find_key(typical_histogram(key)) == key
