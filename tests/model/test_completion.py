import numpy as np
import pytest

from model.exemplars import Exemplar
from model.keys import key_index, typical_histogram
from model.performance import Note, encode
from model.sampling.completion import completed
from model.sampling.order import Order

MAJOR = Exemplar(5.0, 60.0, False, (0.5, 0, 0.1, 0, 0.2, 0, 0, 0.2, 0, 0, 0, 0))
MINOR = Exemplar(7.0, None, True, (0.4, 0, 0, 0.3, 0, 0, 0, 0.3, 0, 0, 0, 0))
UNCLEAR = Exemplar(9.0, 80.0, None, None)
EXEMPLARS = {"pop": (MAJOR, MINOR, UNCLEAR), "latin": (UNCLEAR,)}


def told(seed: int = 1, **asked: object) -> dict[str, object]:
    return completed(Order(seed, 10.0, asked), EXEMPLARS)


def test_what_is_left_open_comes_from_a_piece_of_the_style() -> None:
    assert told(style="latin") == {"style": "latin", "density": 9.0, "loudness": 80.0}
    densities = {told(seed, style="pop")["density"] for seed in range(40)}
    assert densities == {5.0, 7.0, 9.0}
    assert {told(seed)["density"] for seed in range(40)} == {5.0, 7.0, 9.0}  # without a style of any
    assert told(3, style="pop") == told(3, style="pop")


def test_what_is_asked_for_stays() -> None:
    assert told(style="latin", density=2.0, loudness=30.0) == {
        "style": "latin",
        "density": 2.0,
        "loudness": 30.0,
    }
    given = np.eye(12)[3]
    assert told(style="pop", key="C minor", pitch_class_histogram=given)["pitch_class_histogram"] is given


def test_a_key_is_told_by_the_pitch_classes_of_a_piece_in_its_mode() -> None:
    for seed in range(20):
        in_a = told(seed, style="pop", key="A minor")
        assert in_a["density"] == 7.0
        assert "loudness" not in in_a
        assert np.array_equal(in_a["pitch_class_histogram"], np.roll(MINOR.degrees, 9))
    typical = told(style="latin", key="Bb major")["pitch_class_histogram"]
    assert np.array_equal(typical, typical_histogram(key_index("Bb major")))


def test_a_score_has_no_loudness_of_its_own() -> None:
    assert "loudness" not in told(style="latin", rendition="score")


def test_what_goes_on_from_a_primer_is_as_dense_as_the_network_likes() -> None:
    primer = encode([Note(60, 70, 0.0, 1.0)])
    asked = {"style": "pop", "key": "C major"}
    continued = completed(Order(1, 10.0, asked, primer=primer), EXEMPLARS)
    assert continued.keys() == {"style", "key", "pitch_class_histogram"}


@pytest.mark.parametrize("style", ["pop", None, "klezmer"])
def test_a_checkpoint_without_exemplars_leaves_it_open(style: str | None) -> None:
    asked = {} if style is None else {"style": style}
    assert completed(Order(1, 10.0, {**asked, "density": None}), {}) == asked
