from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from model.exemplars import CLOSING_MOMENTS, CLOSING_SECONDS, ClosingMoment, Exemplar
from model.form.shape import ARC, Shape
from model.form.templates import FREE, PRELUDE
from model.keys import key_index, typical_histogram
from model.performance import Note, encode
from model.sampling.completion import FEWEST_AS_LONG, FEWEST_IN_MODE, FLATNESS, THINNING, completed
from model.sampling.order import Order
from model.sampling.wishes import Usual

TONIC = (1.0, *[0.0] * 11)
FIFTH = (0.0, *[0.0] * 6, 1.0, *[0.0] * 4)


def ending(density: float, *degrees: tuple[float, ...] | None) -> tuple[ClosingMoment, ...]:
    """A closing that thins out to `density` at every moment, with the last moments' degrees given."""
    own = (*[None] * (CLOSING_MOMENTS - len(degrees)), *degrees)
    return tuple(ClosingMoment(density, 1.5, one) for one in own)


MAJOR_DEGREES = (0.5, 0, 0.1, 0, 0.2, 0, 0, 0.2, 0, 0, 0, 0)
MINOR_DEGREES = (0.4, 0, 0, 0.3, 0, 0, 0, 0.3, 0, 0, 0, 0)
NO_SHAPE = Shape(PRELUDE, False, None, (1.0,) * ARC, (0.0,) * ARC)
MAJOR = Exemplar(
    seconds=120.0,
    density=5.0,
    loudness=60.0,
    polyphony=3.0,
    largest_polyphony=6.0,
    long_share=0.25,
    register=62.0,
    is_performed=True,
    is_minor=False,
    degrees=MAJOR_DEGREES,
    closing=ending(0.5, FIFTH, TONIC, None),
    shape=NO_SHAPE,
)
MINOR = replace(
    MAJOR,
    density=7.0,
    loudness=None,
    polyphony=4.0,
    register=55.0,
    is_performed=False,
    is_minor=True,
    degrees=MINOR_DEGREES,
    closing=ending(1.5, TONIC),
)
UNCLEAR = replace(
    MAJOR,
    density=9.0,
    loudness=80.0,
    polyphony=2.0,
    register=70.0,
    is_performed=None,
    is_minor=None,
    degrees=None,
    closing=ending(0.25),
)
OPEN_END = replace(
    MINOR,
    density=6.0,
    loudness=50.0,
    polyphony=2.0,
    register=60.0,
    is_performed=True,
    closing=ending(1.0, FIFTH),
)
EXEMPLARS = {
    "pop": (*[MAJOR] * 5, *[MINOR] * 5, UNCLEAR),
    "latin": (UNCLEAR,),
    "salon": (OPEN_END,) * 5,
}
OF_LATIN = {"style": "latin", "density": 9.0, "polyphony": 2.0, "register": 70.0}


def flat(degrees: Sequence[float]) -> npt.NDArray[np.float64]:
    """Shares as the network is told them."""
    shares = np.array(degrees) ** FLATNESS
    return shares / shares.sum()


def told(seed: int = 1, **asked: object) -> dict[str, Any]:
    return completed(Order(seed, 10.0, asked), EXEMPLARS, 0, 1000).body


def closing(seed: int = 1, **asked: object) -> tuple[dict[str, Any], ...]:
    return completed(Order(seed, 10.0, asked), EXEMPLARS, 0, 1000).closing


def test_what_is_left_open_comes_from_a_piece_of_the_style() -> None:
    assert told(style="latin") == {**OF_LATIN, "loudness": 80.0}
    densities = {told(seed, style="pop")["density"] for seed in range(60)}
    assert densities == {5.0, 7.0, 9.0}
    assert {told(seed)["density"] for seed in range(60)} == {5.0, 6.0, 7.0, 9.0}  # without a style of any
    assert told(3, style="pop") == told(3, style="pop")


def test_what_is_asked_for_stays() -> None:
    asked = {"style": "latin", "density": 2.0, "loudness": 30.0, "polyphony": 5.0, "register": 40.0}
    assert told(**asked) == asked
    given = np.eye(12)[3]
    assert told(style="pop", key="C minor", pitch_class_histogram=given)["pitch_class_histogram"] is given


def test_a_key_is_told_by_the_pitch_classes_of_a_piece_in_its_mode() -> None:
    for seed in range(20):
        in_a = told(seed, style="pop", key="A minor")
        assert np.array_equal(in_a["pitch_class_histogram"], np.roll(flat(MINOR_DEGREES), 9))
    of_any_style = told(style="latin", key="Bb major")["pitch_class_histogram"]
    assert np.array_equal(of_any_style, np.roll(flat(MAJOR_DEGREES), 10))
    unkeyed = completed(Order(1, 10.0, {"key": "Bb major"}), {"latin": (UNCLEAR,)}, 0, 1000)
    assert np.array_equal(
        unkeyed.body["pitch_class_histogram"], flat(typical_histogram(key_index("Bb major")))
    )
    assert not any("pitch_class_histogram" in moment for moment in unkeyed.closing)


def test_a_style_with_few_pieces_in_a_mode_takes_the_pitch_classes_of_all() -> None:
    other = replace(MINOR, degrees=TONIC)
    exemplars = {"pop": (other,) * (FEWEST_IN_MODE - 1), "salon": (MINOR,) * 20}
    order = (Order(seed, 10.0, {"style": "pop", "key": "C minor"}) for seed in range(40))
    told = {tuple(completed(one, exemplars, 0, 1000).body["pitch_class_histogram"]) for one in order}
    assert told == {tuple(flat(TONIC)), tuple(flat(MINOR_DEGREES))}


@pytest.mark.parametrize(("long", "expected"), [(FEWEST_AS_LONG, {2.0}), (FEWEST_AS_LONG - 1, {1.0, 2.0})])
def test_a_long_piece_is_like_long_ones(long: int, expected: set[float]) -> None:
    """If there are fewer than enough the longest of the others join them."""
    short = [replace(MAJOR, seconds=30.0, density=1.0), *[replace(MAJOR, seconds=20.0, density=9.0)] * 20]
    exemplars = {"pop": (*short, *[replace(MAJOR, seconds=180.0, density=2.0, polyphony=5.0)] * long)}
    orders = [Order(seed, 180.0, {"style": "pop"}) for seed in range(60)]
    wishes = [completed(order, exemplars, 0, 18000) for order in orders]
    assert {one.body["density"] for one in wishes} == expected
    assert {one.usual for one in wishes} == {Usual(5.0, 6.0, 6.0, 0.25)}
    short_orders = [Order(seed, 10.0, {"style": "pop"}) for seed in range(60)]
    brief = {completed(order, exemplars, 0, 1000).body["density"] for order in short_orders}
    assert brief == {1.0, 2.0, 9.0}


def test_a_score_has_no_loudness_of_its_own() -> None:
    score = told(3, style="pop", rendition="score")
    assert (score["rendition"], score["density"]) == ("score", 7.0)
    assert "loudness" not in score


def test_a_rendition_is_told_only_where_the_style_is_known_in_it() -> None:
    assert told(style="latin", rendition="performed") == {**OF_LATIN, "loudness": 80.0}
    for seed in range(20):
        performed = told(seed, style="pop", rendition="performed")
        assert (performed["rendition"], performed["density"]) == ("performed", 5.0)
    hardly = {"pop": (MAJOR, *[MINOR] * 4)}
    wishes = completed(Order(1, 10.0, {"style": "pop", "rendition": "performed"}), hardly, 0, 1000)
    assert "rendition" not in wishes.body


def test_what_goes_on_from_a_primer_is_as_dense_as_the_network_likes() -> None:
    primer = encode([Note(60, 70, 0.0, 1.0)])
    asked = {"style": "pop", "key": "C major"}
    continued = completed(Order(1, 10.0, asked, primer=primer), EXEMPLARS, 0, 1000)
    assert continued.body.keys() == {"style", "key", "pitch_class_histogram"}
    assert all(moment.keys() == {"pitch_class_histogram"} for moment in continued.closing)


@pytest.mark.parametrize("style", ["pop", None, "klezmer"])
def test_a_checkpoint_without_exemplars_leaves_it_open(style: str | None) -> None:
    asked = {} if style is None else {"style": style}
    rendered = {**asked, "rendition": "performed"}
    wishes = completed(Order(1, 10.0, {**rendered, "density": None}), {}, 0, 1000)
    assert wishes.body == rendered
    assert wishes.closing == ({},) * CLOSING_MOMENTS


def test_what_is_usual_is_the_middle_of_the_style() -> None:
    def usual(**options: Any) -> Usual | None:
        order = Order(1, 10.0, {"style": "pop"}, **options)
        return completed(order, EXEMPLARS, 0, 1000).usual

    assert usual() == Usual(3.0, 6.0, 6.0, 0.25)
    assert usual(level="easy") is None
    assert usual(primer=encode([Note(60, 64, 0.0, 1.0)])) is None


def test_a_piece_thins_out_as_its_exemplar_does() -> None:
    assert (
        closing(style="latin")
        == ({"density": 0.25**THINNING * 9.0, "polyphony": 1.5 * 2.0},) * CLOSING_MOMENTS
    )
    asked = closing(style="latin", density=4.0)
    assert asked[0]["density"] == 0.25**THINNING * 4.0


@pytest.mark.parametrize("form", [FREE, "rondo"])
def test_what_thins_out_is_made_up_for_elsewhere(form: str) -> None:
    """The density that is asked for is that of the whole piece, its cadences and its closing too."""
    order = Order(1, 100.0, {"style": "salon", "key": "C minor", "density": 4.0}, form=form)
    thinning = {"salon": (replace(OPEN_END, closing=ending(0.5)),)}
    wishes = completed(order, thinning, 0, 10_000)
    told = [4.0 * wishes.levels(100 * second)[0] for second in range(100 - CLOSING_SECONDS)]
    last = CLOSING_SECONDS * np.mean([moment["density"] for moment in wishes.closing])
    assert (sum(told) + last) / 100 == pytest.approx(4.0)
    assert wishes.body["density"] == 4.0
    by_itself = completed(replace(order, asked={"style": "salon"}), thinning, 0, 10_000)
    assert by_itself.fullness == 1.0


def test_a_piece_closes_as_one_does_that_ends_on_its_tonic() -> None:
    in_c = [moment["pitch_class_histogram"] for moment in closing(style="pop", key="C major")]
    # Before the exemplar has notes left that were measured the body's are told, after them its last ones.
    assert np.array_equal(in_c[0], flat(MAJOR_DEGREES))
    assert np.array_equal(in_c[-3], FIFTH)
    assert np.array_equal(in_c[-2], TONIC)
    assert np.array_equal(in_c[-1], TONIC)
    # The only piece of salon does not end on its tonic: another style's closing is told.
    salon = [moment["pitch_class_histogram"] for moment in closing(style="salon", key="A minor")]
    assert np.array_equal(salon[-1], np.eye(12)[9])
    assert np.array_equal(salon[0], np.roll(flat(MINOR_DEGREES), 9))
