import numpy as np
import pytest

from model.exemplars import Exemplar
from model.keys import key_index, typical_histogram
from model.performance import Note, encode
from model.sampling.completion import completed
from model.sampling.order import Order

TONIC = (1.0, *[0.0] * 11)
MAJOR = Exemplar(5.0, 60.0, False, (0.5, 0, 0.1, 0, 0.2, 0, 0, 0.2, 0, 0, 0, 0), 0.5, TONIC)
MINOR = Exemplar(7.0, None, True, (0.4, 0, 0, 0.3, 0, 0, 0, 0.3, 0, 0, 0, 0), 1.5, TONIC)
UNCLEAR = Exemplar(9.0, 80.0, None, None, 0.25, None)
EXEMPLARS = {"pop": (MAJOR, MINOR, UNCLEAR), "latin": (UNCLEAR,)}


def told(seed: int = 1, **asked: object) -> dict[str, object]:
    return completed(Order(seed, 10.0, asked), EXEMPLARS).body


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
    assert told(style="latin", rendition="score") == {"style": "latin", "rendition": "score", "density": 9.0}


def test_performed_is_told_only_where_a_player_was_heard() -> None:
    assert told(style="latin", rendition="performed")["rendition"] == "performed"
    in_minor = told(style="pop", key="A minor", rendition="performed")  # its exemplar's dynamics are flat
    assert in_minor.keys() == {"style", "key", "density", "pitch_class_histogram"}


def test_what_goes_on_from_a_primer_is_as_dense_as_the_network_likes() -> None:
    primer = encode([Note(60, 70, 0.0, 1.0)])
    asked = {"style": "pop", "key": "C major"}
    continued = completed(Order(1, 10.0, asked, primer=primer), EXEMPLARS)
    assert continued.body.keys() == {"style", "key", "pitch_class_histogram"}


@pytest.mark.parametrize("style", ["pop", None, "klezmer"])
def test_a_checkpoint_without_exemplars_leaves_it_open(style: str | None) -> None:
    asked = {} if style is None else {"style": style}
    wishes = completed(Order(1, 10.0, {**asked, "density": None}), {})
    assert wishes.body == wishes.closing == asked


def test_a_piece_closes_as_its_exemplar_does() -> None:
    closing = completed(Order(1, 10.0, {"style": "latin"}), EXEMPLARS).closing
    assert closing == {"style": "latin", "density": 0.25 * 9.0, "loudness": 80.0}
    in_a = completed(Order(1, 10.0, {"style": "pop", "key": "A minor", "density": 4.0}), EXEMPLARS).closing
    assert in_a["density"] == 4.0  # denser than before it does not become
    assert np.array_equal(in_a["pitch_class_histogram"], np.eye(12)[9])
    typical = completed(Order(1, 10.0, {"style": "latin", "key": "C major"}), EXEMPLARS).closing
    assert np.array_equal(typical["pitch_class_histogram"], typical_histogram(key_index("C major")))
