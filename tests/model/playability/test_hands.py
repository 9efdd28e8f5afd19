from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.performance import Note
from model.playability.hands import Hands, chords


def notes(*struck: tuple[float, int]) -> list[Note]:
    """Notes of a tenth of a second."""
    return [Note(pitch, 64, start, start + 0.1) for start, pitch in struck]


def divided(*struck: tuple[float, int]) -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    return [(chord.step, *chord.hands) for chord in chords(notes(*struck))]


def test_a_chord_is_divided_where_it_is_easiest() -> None:
    both = [(0.0, pitch) for pitch in (40, 52, 60, 64, 72)]
    assert divided(*both) == [(0, (40, 52), (60, 64, 72))]
    assert divided((0.0, 40), (0.0, 45)) == [(0, (40, 45), ())]
    assert divided((0.0, 74), (0.0, 76)) == [(0, (), (74, 76))]


def test_hands_stay_where_they_are() -> None:
    # A melody comes down to where the left hand began while that plays far below; it stays the right hand's.
    melody = [(0.2 * index, pitch) for index, pitch in enumerate((72, 69, 65, 62, 58, 55))]
    bass = [(0.2 * index, 36) for index in range(6)]
    assert all(len(left) == len(right) == 1 for _, left, right in divided(*melody, *bass))


def test_notes_within_50_ms_are_one_chord() -> None:
    assert [step for step, *_ in divided((0.0, 60), (0.05, 64), (0.06, 67), (0.1, 69))] == [0, 6]


def test_what_a_hand_does_is_measured() -> None:
    first, second, third = chords(notes((0.0, 60), (0.0, 72), (0.25, 76), (1.25, 84), (1.25, 88)))
    assert first.hands == ((60,), (72,))
    assert (first.grips.spans.max(), first.grips.leaps.max()) == (0, 0.0)
    assert second.grips.leaps[:, 0].tolist() == [0.0, 4.0]
    assert second.grips.strokes[:, 0].tolist() == [0, 2]
    assert third.grips.notes[:, 0].tolist() == [0, 2]
    assert third.grips.spans[:, 0].tolist() == [0, 4]
    assert third.grips.leaps[:, 0].tolist() == [0.0, 6.0]  # from 76 to 88 in a whole second
    assert third.grips.strokes[:, 0].tolist() == [0, 1]


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.lists(st.integers(21, 108), min_size=1, max_size=5, unique=True)),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_notes_struck_at_once_does_not_matter(
    gaps: list[tuple[int, list[int]]], random: Random
) -> None:
    step = 0
    events: list[tuple[int, int]] = []
    for gap, pitches in gaps:
        step += gap
        events += [(step, pitch) for pitch in pitches]
    whole = chords([Note(pitch, 64, at / 100, at / 100 + 1) for at, pitch in events])
    random.shuffle(events)
    hands = Hands()
    told = [hands.strike(at, pitch) for at, pitch in sorted(events, key=lambda one: one[0])]
    told.append(hands.close())
    found = [chord for chord in told if chord is not None]
    assert [(one.step, one.hands) for one in found] == [(one.step, one.hands) for one in whole]


def test_what_a_key_would_do_is_what_it_does() -> None:
    hands = Hands()
    for step, pitch in ((0, 48), (0, 72), (30, 76), (33, 50)):
        hands.strike(step, pitch)
    keys = np.array([30, 52, 79, 100])
    foreseen = hands.grips(34, keys)
    for place, key in enumerate(keys.tolist()):
        other = Hands()
        for step, pitch in ((0, 48), (0, 72), (30, 76), (33, 50), (34, key)):
            other.strike(step, pitch)
        chord = other.chord()
        assert chord is not None
        assert foreseen.spans[:, place].tolist() == chord.grips.spans[:, 0].tolist()
        assert foreseen.leaps[:, place].tolist() == pytest.approx(chord.grips.leaps[:, 0].tolist())
        assert foreseen.strokes[:, place].tolist() == chord.grips.strokes[:, 0].tolist()
