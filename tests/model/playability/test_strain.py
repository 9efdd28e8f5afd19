from model.performance import Note
from model.playability.strain import Strain, strain


def test_silence_asks_nothing() -> None:
    assert strain([]) == Strain()


def test_what_is_struck_and_what_is_held_are_told_apart() -> None:
    # The left hand holds C3 while it strikes the E a tenth above: under a pedal that is one key at a time.
    left = [Note(48, 64, 0.0, 2.0), Note(64, 64, 1.0, 2.0)]
    right = [Note(pitch, 64, start, start + 0.5) for start in (0.0, 1.0) for pitch in (84, 88)]
    found = strain(left + right)
    assert (found.span, found.hand_notes, found.notes) == (4, 2, 3)
    assert (found.held_span, found.held_hand_notes, found.held_notes) == (16, 2, 4)


def test_a_little_overlap_is_not_held() -> None:
    def held(end: float) -> int:
        return strain([Note(60, 64, 0.0, end), Note(62, 64, 1.0, 2.0)]).held_hand_notes

    assert (held(1.1), held(1.12)) == (1, 2)


def test_how_quick_a_hand_is() -> None:
    found = strain([Note(72 + place, 64, 0.125 * place, 0.125 * place + 0.1) for place in range(8)])
    assert found.strokes == 4
    assert found.strokes_per_second == 8.0
    assert found.leap == 1.0
