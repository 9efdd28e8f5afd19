import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.events import STEPS_PER_SECOND
from model.form.shape import ARC, LONGEST_SECONDS, ROW, SHORTEST_SECONDS, Shape
from model.form.templates import FORMS, PRELUDE
from model.performance import Note, encode
from model.piece import Piece

FEW = settings(max_examples=30)
MAJOR = (0, 4, 7, 12, 11, 9, 7, 5, 4, 2, 0, 7)
MINOR = (0, 3, 7, 12, 11, 8, 7, 5, 3, 2, 0, 7)


def piece(notes: Sequence[Note], **labels: int | bool) -> Piece:
    return Piece(encode(notes), **labels)  # type: ignore[arg-type] # the tests below name them


def scales(*parts: tuple[int, Sequence[int]], seconds: int = 24) -> list[Note]:
    """Two notes a second from each tonic in turn."""
    return [
        Note(60 + tonic + degrees[step % len(degrees)], 64, start, start + 0.5)
        for place, (tonic, degrees) in enumerate(parts)
        for step in range(2 * seconds)
        for start in [place * seconds + step / 2]
    ]  # fmt: skip


shapes = st.builds(
    Shape,
    st.sampled_from(list(FORMS)),
    st.booleans(),
    st.none() | st.integers(0, 23),
    st.tuples(*[st.floats(0, 5)] * ARC),
    st.tuples(*[st.floats(-60, 60)] * ARC),
)


@pytest.mark.parametrize("form", [name for name in FORMS if name != PRELUDE])
def test_the_form_of_a_piece_that_repeats_exactly_is_found(
    form: str, music: Callable[..., list[Note]]
) -> None:
    assert Shape.of(piece(music(FORMS[form]))).form == form


def test_a_piece_in_which_nothing_returns_is_a_prelude() -> None:
    climbing = [Note(48 + place // 16, 64, place / 2, place / 2 + 0.5) for place in range(192)]
    assert Shape.of(piece(climbing)).form == PRELUDE


def test_a_piece_in_which_nothing_changes_is_a_prelude() -> None:
    assert Shape.of(piece([Note(60, 64, second, second + 1.0) for second in range(120)])).form == PRELUDE


def test_notes_that_come_again_are_told_from_harmonies_that_do(music: Callable[..., list[Note]]) -> None:
    notes = music("ABA")
    higher = [note._replace(pitch=note.pitch + 24) for note in notes[-80:]]
    literal, harmonic = Shape.of(piece(notes)), Shape.of(piece([*notes[:-80], *higher]))
    assert (literal.form, literal.is_literal) == ("ternary", True)
    assert (harmonic.form, harmonic.is_literal) == ("ternary", False)


def test_of_a_short_piece_no_form_is_looked_for(music: Callable[..., list[Note]]) -> None:
    seconds = (SHORTEST_SECONDS - 1) // 3
    assert Shape.of(piece(music("ABA", seconds))).form == PRELUDE


def test_of_a_long_piece_the_form_is_that_of_its_opening(music: Callable[..., list[Note]]) -> None:
    opening = music("ABA", LONGEST_SECONDS // 3)
    rest = [note._replace(start=note.start + LONGEST_SECONDS, end=note.end + LONGEST_SECONDS)
            for note in music("CDE", LONGEST_SECONDS // 3)]  # fmt: skip
    assert Shape.of(piece([*opening, *rest])).form == "ternary"


@pytest.mark.parametrize(
    ("middle", "contrast"), [((0, MAJOR), 0), ((7, MAJOR), 7), ((9, MINOR), 21), ((0, MINOR), 12)]
)
def test_the_key_of_the_middle_is_seen_from_home(middle: tuple[int, Sequence[int]], contrast: int) -> None:
    made = piece(scales((0, MAJOR), middle, (0, MAJOR)), key=0)
    assert Shape.of(made).contrast == contrast
    assert Shape.of(made.transposed(5)).contrast == contrast


def test_without_a_key_there_is_no_contrast() -> None:
    assert Shape.of(piece(scales((0, MAJOR), (7, MAJOR), (0, MAJOR)))).contrast is None
    silent_middle = [*scales((0, MAJOR)), Note(60, 64, 100.0, 101.0)]
    assert Shape.of(piece(silent_middle, key=0)).contrast is None


def test_arcs_tell_where_a_piece_is_dense_and_loud() -> None:
    calm = [Note(60, 41, second, second + 0.5) for second in range(40)]
    wild = [Note(62, 81, 40 + place / 3, 40 + place / 3 + 0.2) for place in range(120)]
    shape = Shape.of(piece([*calm, *wild]))
    assert len(shape.densities) == len(shape.loudness) == ARC
    assert np.mean(shape.densities) == pytest.approx(1)
    inner = slice(1, ARC // 2 - 1)  # what lies beside the change is averaged with it
    assert shape.densities[inner] == pytest.approx([0.5] * (ARC // 2 - 2), abs=0.1)
    assert shape.densities[::-1][inner] == pytest.approx([1.5] * (ARC // 2 - 2), abs=0.1)
    assert shape.loudness[inner] == pytest.approx([-30.0] * (ARC // 2 - 2))
    assert shape.loudness[::-1][inner] == pytest.approx([10.0] * (ARC // 2 - 2))


def test_a_piece_with_flat_dynamics_has_no_loudness_of_its_own() -> None:
    notes = [Note(60, 41 + 40 * (second > 20), second, second + 0.5) for second in range(40)]
    assert any(Shape.of(piece(notes)).loudness)
    assert not any(Shape.of(piece(notes, is_flat=True)).loudness)


def test_where_nothing_is_played_nothing_is_loud() -> None:
    apart = [Note(60, 81, 0.0, 0.5), Note(60, 81, 100.0, 100.5)]
    shape = Shape.of(piece(apart))
    assert shape.loudness[ARC // 2] == shape.densities[ARC // 2] == 0.0


@FEW
@given(
    st.lists(
        st.builds(
            lambda pitch, velocity, start, seconds: Note(pitch, velocity, start, start + seconds),
            st.integers(21, 108),
            st.integers(1, 127),
            st.floats(0, 90),
            st.floats(0.05, 5),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_piece_has_a_shape(notes: list[Note]) -> None:
    made = piece(notes)
    shape = Shape.of(made)
    assert shape.form in FORMS
    assert np.mean(shape.densities) == pytest.approx(1)
    assert np.isfinite(shape.as_row()[3:]).all()
    if made.total_steps < SHORTEST_SECONDS * STEPS_PER_SECOND:
        assert shape.form == PRELUDE


@FEW
@given(shapes)
def test_a_shape_is_stored_as_numbers(shape: Shape) -> None:
    row = shape.as_row()
    assert len(row) == ROW
    assert Shape.from_row(row) == shape


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda row: row[:-1],
        lambda row: [*row, 0.0],
        lambda row: [math.nan, *row[1:]],
        lambda row: [float(len(FORMS)), *row[1:]],
        lambda row: [-1.0, *row[1:]],
        lambda row: [row[0], math.nan, *row[2:]],
        lambda row: [*row[:-1], math.nan],
    ],
)
def test_other_numbers_are_no_shape(spoilt: Callable[[list[float]], list[float]]) -> None:
    row = Shape(PRELUDE, False, None, (1.0,) * ARC, (0.0,) * ARC).as_row()
    with pytest.raises(ValueError, match="a shape is"):
        Shape.from_row(spoilt(row))
