from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.events import NOTE_OFF, TIME_SHIFT, VELOCITY
from model.midi import read_midi
from model.performance import Events, decode, encode, one_note_a_key
from model.piece import Piece, Rendition

Play = Callable[[str], Events]

REAL = [
    Piece(encode(read_midi(path.read_bytes())), key=0)
    for path in sorted((Path(__file__).parents[1] / "fixtures" / "note_seq").glob("*.mid"))
]


def without_shifts(events: Events) -> list[int]:
    return [int(event) for event in events if not TIME_SHIFT <= event < VELOCITY]


def test_times_onsets_and_velocities_of_a_piece(play: Play) -> None:
    piece = Piece(play("on60 wait100 loud1 on62 wait50 off60 loud32 on64 wait3"))
    assert piece.steps.tolist() == [0, 0, 100, 100, 100, 150, 150, 150, 150]
    assert piece.total_steps == 153
    assert piece.is_onset.tolist() == [True, False, False, True, False, False, False, True, False]
    # Before the first VELOCITY event bin 17 is in force.
    assert piece.velocities.tolist() == [65, 65, 1, 1, 1, 1, 125, 125, 125]


def test_an_empty_piece() -> None:
    piece = Piece(np.zeros(0, dtype=np.uint16))
    assert piece.total_steps == 0
    assert piece.velocities.size == 0
    assert piece.transposed(3).events.size == 0
    assert piece.stretched(1.5).events.size == 0


def test_transposing_moves_keys_down_and_up_and_the_key(play: Play) -> None:
    piece = Piece(play("loud9 on60 wait5 off60"), style=3, key=20, rendition=Rendition.SCORE, is_flat=True)
    moved = piece.transposed(5)
    assert moved.events.tolist() == play("loud9 on65 wait5 off65").tolist()
    assert moved.events.dtype == np.uint16
    assert moved.key == 13  # from G# minor to C# minor
    assert (moved.style, moved.rendition, moved.is_flat) == (3, Rendition.SCORE, True)
    assert moved.transposed(-5).events.tolist() == piece.events.tolist()


def test_a_key_that_is_unknown_stays_so(play: Play) -> None:
    assert Piece(play("on60 wait5 off60")).transposed(-2).key is None


@pytest.mark.parametrize(("words", "semitones"), [("on127 wait1 off127", 1), ("on2 wait1 off2", -3)])
def test_a_piece_that_would_leave_midis_range_stays_as_it_is(play: Play, words: str, semitones: int) -> None:
    piece = Piece(play(words), key=7)
    assert piece.transposed(semitones) is piece
    assert piece.transposed(-semitones) is not piece


@pytest.mark.parametrize(("words", "semitones"), [("on126 wait1 off126", 1), ("on3 wait1 off3", -3)])
def test_the_outermost_pitches_are_reached(play: Play, words: str, semitones: int) -> None:
    events = Piece(play(words)).transposed(semitones).events
    assert int(events[0]) in (0, 127)
    assert int(events[2]) == 128 + int(events[0])


def test_stretching_by_hand(play: Play) -> None:
    piece = Piece(play("loud5 on60 wait100 wait50 off60 on62 wait1 wait2 off62"))
    doubled = play("loud5 on60 wait100 wait100 wait100 off60 on62 wait6 off62")
    assert piece.stretched(2.0).events.tolist() == doubled.tolist()
    # 1.5 s become 0.75 s, and the end moves from 1.53 s to 0.765 s, to the even step 76.
    assert piece.stretched(0.5).events.tolist() == play("loud5 on60 wait75 off60 on62 wait1 off62").tolist()
    assert piece.stretched(2.0).events.dtype == np.uint16


def test_silence_at_the_end_is_stretched_too(play: Play) -> None:
    piece = Piece(play("on60 wait50 off60 wait60"))
    assert piece.stretched(2.0).events.tolist() == play("on60 wait100 off60 wait100 wait20").tolist()
    assert piece.stretched(2.0).total_steps == 220


@pytest.mark.parametrize("piece", REAL)
def test_stretching_by_one_changes_nothing(piece: Piece) -> None:
    assert piece.stretched(1.0).events.tolist() == piece.events.tolist()


@given(st.sampled_from(REAL), st.floats(0.5, 2.0))
def test_stretching_keeps_the_order_and_moves_each_event_to_the_nearest_step(
    piece: Piece, factor: float
) -> None:
    stretched = piece.stretched(factor)
    assert without_shifts(stretched.events) == without_shifts(piece.events)
    assert abs(stretched.total_steps - piece.total_steps * factor) <= 0.5
    before = piece.steps[~((piece.events >= TIME_SHIFT) & (piece.events < VELOCITY))]
    after = stretched.steps[~((stretched.events >= TIME_SHIFT) & (stretched.events < VELOCITY))]
    assert np.abs(after - before * factor).max() <= 0.5


def test_abridging_keeps_how_a_piece_begins_and_how_it_ends(play: Play) -> None:
    piece = Piece(
        play(
            "loud5 on60 wait50 on62 wait50 off60 wait50 loud9 on64 wait50 off62 wait50 on65 wait50 "
            "off64 off65 wait20 on67 wait30 off67"
        ),
        style=2,
        key=3,
    )
    # The opening is cut at 75 steps, where 60 and 62 are down; the closing begins with 65, at 250 of 350.
    short, cut = piece.abridged(75, 110)
    kept = "loud5 on60 wait50 on62 wait50"
    expected = f"{kept} off60 off62 loud9 on65 wait50 off65 wait20 on67 wait30 off67"
    assert short.events.tolist() == play(expected).tolist()
    assert cut == len(kept.split())
    assert (short.style, short.key) == (2, 3)


@pytest.mark.parametrize(("opening", "closing"), [(150, 150), (400, 10), (10, 400), (0, 10)])
def test_a_piece_with_nothing_between_opening_and_closing_stays_whole(
    play: Play, opening: int, closing: int
) -> None:
    piece = Piece(play("wait100 on60 wait100 off60"))
    assert piece.abridged(opening, closing) == (piece, 4)


@given(st.sampled_from(REAL), st.integers(0, 3000), st.integers(0, 3000))
def test_abridging_leaves_no_key_down(piece: Piece, opening: int, closing: int) -> None:
    playable = Piece(encode(one_note_a_key(decode(piece.events))))
    short, _ = playable.abridged(opening, closing)
    down: set[int] = set()
    for event in map(int, short.events):
        if event < NOTE_OFF:
            down.add(event)
        elif event < TIME_SHIFT:
            assert event - NOTE_OFF in down
            down.remove(event - NOTE_OFF)
    assert not down
    assert short.total_steps <= piece.total_steps


def test_a_piece_after_a_foreign_opening_keeps_its_own_labels(play: Play) -> None:
    piece = Piece(play("loud9 wait50 on65 wait50 off65"), style=2, key=3)
    other = Piece(play("loud5 on60 wait50 on62 wait50 off60 off62 wait100 on70 wait10 off70"), style=1)
    both, begin = piece.after(other, 75)
    opening = "loud5 on60 wait50 on62 wait50"
    assert both.events.tolist() == play(f"{opening} off60 off62 loud9 on65 wait50 off65").tolist()
    assert begin == len(opening.split())
    assert (both.style, both.key) == (2, 3)


@pytest.mark.parametrize("words", ["wait100", "wait100 on60 wait100 off60"])
def test_nothing_is_put_before_a_piece_where_one_has_no_note(play: Play, words: str) -> None:
    piece, silent = Piece(play("on65 wait50 off65")), Piece(play(words))
    assert piece.after(silent, 50) == (piece, 0)
    assert Piece(play("wait100")).after(piece, 50)[1] == 0
