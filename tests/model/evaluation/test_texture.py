from collections.abc import Callable

import pytest

from model.evaluation.texture import hands_row, polyphony_row, spread_row
from model.note_table import NoteTable

Table = Callable[..., NoteTable]


def test_what_two_hands_reach(table: Table) -> None:
    notes = table(
        *((pitch, 0.0, 1.0) for pitch in (40, 52, 60, 64)),  # 40-52 and 60-64
        (60, 1.0, 2.0),  # alone
        (45, 2.0, 3.0), (67, 2.0, 3.0),  # one in each hand
        *((pitch, 3.0, 4.0) for pitch in (40, 60, 80)),  # 40 and 60-80
    )  # fmt: skip
    row = hands_row([notes])
    assert (row.largest_span, row.wide_share, row.struck_together) == (20.0, 0.25, 4.0)


def test_polyphony_beside_real_pieces(table: Table) -> None:
    thin = table((60, 0, 4), (64, 2, 4))  # 6 note seconds in 4
    thick = table(*((60 + place, 0, 8) for place in range(6)))
    row = polyphony_row([thin], [thin, thin])
    assert (row.mean, row.largest, row.long_share) == (1.5, 2.0, 0.0)
    assert (row.inside, row.pieces_inside, row.real_pieces_inside) == (True, 1.0, 1.0)
    row = polyphony_row([thick], [thin, thin])
    assert (row.mean, row.largest, row.long_share) == (6.0, 6.0, 1.0)
    assert (row.inside, row.pieces_inside) == (False, 0.0)


def test_spread_of_loudness_and_timing(table: Table) -> None:
    notes = table((60, 0.0, 1, 60), (64, 0.02, 1, 80), (67, 1.0, 2, 60), (67, 3.0, 4, 80))
    row = spread_row([notes], [notes])
    assert row.velocity == pytest.approx(10.0)
    assert row.chord_milliseconds == pytest.approx(10.0)
    assert row.log_gap == pytest.approx(0.3466, abs=1e-3)  # ln 2 / 2: gaps of 1 s and 2 s
    assert spread_row([notes], []).velocity is None
