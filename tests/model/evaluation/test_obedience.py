from collections.abc import Callable

import pytest

from model.evaluation.obedience import (
    closing_row,
    density_row,
    ended_by_itself,
    length_row,
    mood_row,
    moods_in_order,
)
from model.evaluation.pieces import SampledPiece
from model.evaluation.plan import Part, Planned
from model.evaluation.spans import Span
from model.performance import Events, Note, encode
from model.sampling.constraints import LARGEST_POLYPHONY, LATEST_END_STEPS, LONGEST_NOTE_STEPS
from model.sampling.order import Order

Play = Callable[[str], Events]


def piece(events: Events, seconds: float, mood: str | None = None, **asked: float) -> SampledPiece:
    return SampledPiece.of(Planned(Part.MAIN, "pop", 0, mood, Order(1, seconds, asked)), events)


def even(notes: int, seconds: float, velocity: int = 65) -> Events:
    gap = seconds / notes
    return encode([Note(60 + place % 12, velocity, place * gap, (place + 1) * gap) for place in range(notes)])


def test_density_is_notes_over_seconds() -> None:
    asked = [piece(even(44, 10), 10, density=4.0), piece(even(30, 10), 10, density=4.0)]
    row = density_row([*asked, piece(even(20, 10), 10)], [asked[0].notes])
    assert (row.pieces, row.asked) == (2, Span(4.0, 4.0))
    assert row.median_error == pytest.approx((0.1 + 0.25) / 2)
    assert row.bias == pytest.approx((0.1 - 0.25) / 2)
    assert (row.open, row.real) == (pytest.approx(2.0), pytest.approx(4.4))


def test_a_length_is_kept_by_a_piece_that_ends_near_it_by_itself(play: Play) -> None:
    latest = 10 + LATEST_END_STEPS / 100
    near, far, forced = even(20, 10.5), even(20, 5), even(20, latest)
    row = length_row([piece(events, 10) for events in (near, far, forced)])
    assert row.median_error == pytest.approx(latest - 10, abs=0.01)
    assert row.by_itself == pytest.approx(2 / 3)
    assert row.both == pytest.approx(1 / 3)


def test_waiting_in_silence_to_the_end_is_no_end_of_its_own(play: Play) -> None:
    assert ended_by_itself(piece(play("on60 wait100 off60 wait50"), 1.0))
    assert not ended_by_itself(piece(play("on60 wait100 off60 wait100"), 1.0))
    assert not ended_by_itself(piece(play(""), 1.0))


def test_moods_are_compared_pair_by_pair() -> None:
    calm = piece(even(20, 10, 45), 10, "calm", density=2.0, loudness=45.0)
    lively = piece(even(80, 10, 85), 10, "lively", density=8.0, loudness=85.0)
    row = mood_row([lively])
    assert (row.asked_density, row.density) == (8.0, pytest.approx(8.0))
    assert (row.asked_loudness, row.loudness) == (85.0, 85.0)
    assert moods_in_order([calm, lively], "calm", "lively") == 1.0
    assert moods_in_order([calm, lively], "lively", "calm") == 0.0


def test_notes_that_a_rule_closes() -> None:
    hung = encode([Note(60, 64, 0.0, LONGEST_NOTE_STEPS / 100)])
    crowd = encode([Note(40 + place, 64, 0.0, 1.0) for place in range(LARGEST_POLYPHONY)])
    row = closing_row([piece(events, 10) for events in (hung, crowd, even(10, 10), even(20, 10))])
    assert (row.pieces, row.hung, row.crowded, row.untouched) == (4, 0.25, 0.25, 0.5)
