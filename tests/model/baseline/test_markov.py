import subprocess
import sys

import numpy as np
import pytest

from model.baseline.markov import SHIPPED, Markov, compose_melody, load_markov
from model.baseline.melody import SYMBOLS
from model.measures import measure, pitch_class_histogram


def test_a_model_that_leaves_no_choice_is_followed() -> None:
    emission = np.zeros((2, SYMBOLS))
    emission[0, 5] = emission[1, 9] = 1.0
    model = Markov(np.array([1.0, 0.0]), np.array([[0.0, 1.0], [1.0, 0.0]]), emission)
    random = np.random.Generator(np.random.PCG64(0))
    assert model.sample(5, random).tolist() == [5, 9, 5, 9, 5]


def test_samples_have_the_shares_of_the_model() -> None:
    emission = np.zeros((1, SYMBOLS))
    emission[0, :3] = (0.5, 0.3, 0.2)
    model = Markov(np.ones(1), np.ones((1, 1)), emission)
    drawn = model.sample(20_000, np.random.Generator(np.random.PCG64(0)))
    np.testing.assert_allclose(np.bincount(drawn, minlength=3) / drawn.size, (0.5, 0.3, 0.2), atol=0.02)


def test_the_shipped_models_are_small_and_whole() -> None:
    assert SHIPPED.stat().st_size < 200_000
    for model in load_markov():
        states = model.start.size
        assert model.transition.shape == (states, states)
        assert model.emission.shape == (states, SYMBOLS)
        for shares in (model.start, model.transition, model.emission):
            np.testing.assert_allclose(shares.sum(axis=-1), 1.0)
            assert (shares >= 0).all()


def test_major_melodies_keep_to_their_scale() -> None:
    major, minor = load_markov()
    random = np.random.Generator(np.random.PCG64(1))
    for model, scale in ((major, {0, 2, 4, 5, 7, 9, 11}), (minor, {0, 2, 3, 5, 7, 8, 10, 11})):
        pitches = 55 + model.sample(4000, random) // 6
        assert np.isin(pitches % 12, list(scale)).mean() > 0.75


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_the_same_seed_composes_the_same_melody(seed: int) -> None:
    notes = compose_melody(seed, 30.0)
    assert notes == compose_melody(seed, 30.0)
    measured = measure(notes)
    assert 25 < measured.seconds <= 30
    assert measured.largest_polyphony == 1
    assert 1 < measured.notes_per_second < 8
    assert pitch_class_histogram(notes).max() < 0.6


def test_different_seeds_compose_different_melodies() -> None:
    assert compose_melody(1, 10.0) != compose_melody(2, 10.0)


def test_sampling_needs_numpy_alone() -> None:
    program = (
        "import sys; from model.baseline.markov import compose_melody; compose_melody(1, 10.0);"
        "print(sorted({'hmmlearn', 'sklearn', 'scipy', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
