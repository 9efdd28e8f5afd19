from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import model.exemplars
from model.exemplars import CLOSING_MOMENTS, Exemplar, exemplars_of
from model.keys import key_index
from model.performance import Events
from model.piece import Piece
from model.prepared import PATTERNS_FOLDER, Labelled, PreparedCorpus

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
    assert (exemplar.seconds, exemplar.largest_polyphony, exemplar.long_share) == (30.0, 1.0, 0.0)
    assert (exemplar.polyphony, exemplar.register, exemplar.is_performed) == (1.0, 64.75, None)
    assert exemplar.degrees == degrees


def test_the_closing_is_measured_moment_by_moment(piece: Piece, play: Play) -> None:
    closing = play("on62 on66 wait100 wait100 off66 wait100 off62 wait100 on69 wait50 off69 wait50")
    exemplar = Exemplar.of(Piece(np.concatenate([piece.events, closing]), key=piece.key))
    assert exemplar is not None
    moments = exemplar.closing
    assert len(moments) == CLOSING_MOMENTS
    seconds, notes = 35.0, 63
    ratios = [moment.density * notes / seconds for moment in moments]
    # The window of the density is 3 s, or what is left; it begins at the first event from the moment on.
    assert ratios == pytest.approx([0, 1 / 3, 1 / 3, 1 / 2, 1 / 2, 1, 1, 0])
    own = (30 + 5 + 0.5) / seconds
    held = [moment.polyphony * own for moment in moments]
    assert held[0] == pytest.approx((1 + 2 + 0.5) / 4)
    assert held[-2:] == pytest.approx([0.5, 0])
    dominant = tuple(float(degree == 7) for degree in range(12))
    assert [moment.degrees for moment in moments] == [dominant] * 7 + [None]
    assert not exemplar.closes_on_tonic


def test_a_piece_closes_on_its_tonic_if_its_last_notes_have_it(piece: Piece, play: Play) -> None:
    for words, expected in (("on62 on69 wait100 off62 off69", True), ("on66 wait100 off66", False)):
        exemplar = Exemplar.of(Piece(np.concatenate([piece.events, play(words)]), key=piece.key))
        assert exemplar is not None
        assert exemplar.closes_on_tonic is expected
    unkeyed = Exemplar.of(Piece(piece.events))
    assert unkeyed is not None
    assert not unkeyed.closes_on_tonic


def test_what_is_neither_opening_nor_closing_is_not_measured(piece: Piece, play: Play) -> None:
    opening = Piece(np.concatenate([piece.events] * 4), key=piece.key)
    middle = play("on61 wait1 off61 " * 100)
    whole = Piece(np.concatenate([opening.events, middle, piece.events]), key=piece.key)
    measured, expected = Exemplar.of(whole), Exemplar.of(opening)
    assert measured is not None
    assert expected is not None
    # Its shape and length are of all of it.
    assert replace(measured, shape=expected.shape, seconds=expected.seconds) == expected


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
    with pytest.raises(ValueError, match="168 numbers"):
        Exemplar.from_row(exemplar.as_row()[:-1])


def test_exemplars_are_chosen_evenly_among_the_originals_of_a_style(
    piece: Piece, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = 8
    monkeypatch.setattr(model.exemplars, "EXEMPLARS", few)
    slow = Piece(piece.stretched(2).events, style=0)
    other = Piece(piece.events, style=1)
    labelled = [
        *(Labelled(piece, f"a{place}", "train") for place in range(few)),
        *(Labelled(slow, f"b{place}", "train") for place in range(few)),
        Labelled(other, "c", "train"),
        Labelled(other, "d", "validation"),
        Labelled(other, "a0", "train"),
        Labelled(other, f"{PATTERNS_FOLDER}1", "train"),
    ]
    chosen = exemplars_of(PreparedCorpus.of(["pop", "salon", "latin"], labelled))
    assert [len(chosen[style]) for style in ("pop", "salon", "latin")] == [few, 1, 0]
    densities = [exemplar.density for exemplar in chosen["pop"]]
    assert densities.count(2.0) == densities.count(1.0) == few // 2
