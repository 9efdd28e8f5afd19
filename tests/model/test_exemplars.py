from collections.abc import Callable

import numpy as np
import pytest

from model.exemplars import EXEMPLARS, Exemplar, exemplars_of
from model.keys import key_index
from model.performance import Events
from model.piece import Piece
from model.prepared import Labelled, PreparedCorpus

Play = Callable[[str], Events]

CHORD = "on62 wait50 off62 on66 wait50 off66 on62 wait50 off62 on69 wait50 off69 "
"""Two seconds of the chord of D major, broken."""


@pytest.fixture
def piece(play: Play) -> Piece:
    return Piece(play("loud10 " + CHORD * 15), style=0, key=key_index("D major"))


def test_a_piece_is_measured_from_its_tonic_upwards(piece: Piece) -> None:
    exemplar = Exemplar.of(piece)
    degrees = (0.5, 0, 0, 0, 0.25, 0, 0, 0.25, 0, 0, 0, 0)
    assert exemplar is not None
    assert (exemplar.density, exemplar.loudness, exemplar.is_minor) == (2.0, 37.0, False)
    assert exemplar.degrees == degrees


def test_the_closing_is_measured_by_itself(piece: Piece, play: Play) -> None:
    closing = play(
        "wait100 on62 wait100 off62 on62 on66 wait100 off62 off66 wait100 " + "on62 wait1 off62 " * 3
    )
    exemplar = Exemplar.of(Piece(np.concatenate([piece.events, closing]), key=piece.key))
    assert exemplar is not None
    seconds, notes = 30 + 4.03, 60 + 6
    assert exemplar.closing_density == pytest.approx(6 / 4 / (notes / seconds))
    assert exemplar.closing_degrees == pytest.approx((5 / 6, 0, 0, 0, 1 / 6, *[0] * 7))


def test_what_is_neither_opening_nor_closing_is_not_measured(piece: Piece, play: Play) -> None:
    opening = Piece(np.concatenate([piece.events] * 4), key=piece.key)
    middle = play("on61 wait1 off61 " * 100)
    whole = Piece(np.concatenate([opening.events, middle, piece.events]), key=piece.key)
    assert Exemplar.of(whole) == Exemplar.of(opening)


def test_what_is_not_known_stays_open(piece: Piece, play: Play) -> None:
    flat = Exemplar.of(Piece(piece.events, key=piece.key, is_flat=True))
    assert flat is not None
    assert flat.loudness is None
    # The notes speak for D major: a label that says otherwise leads nowhere, nor does none.
    for key in (None, key_index("B minor"), key_index("Ab major")):
        unclear = Exemplar.of(Piece(piece.events, key=key))
        assert unclear is not None
        assert (unclear.is_minor, unclear.degrees) == (None, None)
    assert Exemplar.of(Piece(play(CHORD * 9))) is None  # 18 s are too short
    assert Exemplar.of(Piece(play("wait100 " * 30))) is None


@pytest.mark.parametrize("key", ["D major", "B minor"])
def test_rows_are_read_as_they_were_written(piece: Piece, key: str) -> None:
    exemplar = Exemplar.of(Piece(piece.events, key=key_index(key), is_flat=key == "B minor"))
    assert exemplar is not None
    assert Exemplar.from_row(exemplar.as_row()) == exemplar
    with pytest.raises(ValueError, match="28 numbers"):
        Exemplar.from_row(exemplar.as_row()[:-1])


def test_pieces_with_a_clear_key_are_chosen_first(piece: Piece) -> None:
    unkeyed = Piece(piece.events, style=0)
    other = Piece(piece.events, style=1)
    labelled = [
        *(Labelled(unkeyed, "x", "train") for _ in range(30)),
        *(Labelled(piece, "x", "train") for _ in range(60)),
        Labelled(other, "x", "train"),
        Labelled(other, "x", "validation"),
    ]
    chosen = exemplars_of(PreparedCorpus.of(["pop", "salon", "latin"], labelled))
    assert [len(chosen[style]) for style in ("pop", "salon", "latin")] == [EXEMPLARS, 1, 0]
    assert all(exemplar.degrees for exemplar in chosen["pop"])
