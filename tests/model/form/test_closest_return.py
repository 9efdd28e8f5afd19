import numpy as np
import pytest

from model.form.closest_return import COUNTERPART_SECONDS, STRETCH_SECONDS, closest_return, new_share
from model.note_table import NoteTable
from model.performance import Note
from tests.model.random_music import changed, moved, music


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_what_has_no_counterpart_is_new(share: float) -> None:
    theme = music(12, 1)
    table = NoteTable.of([*theme, *moved(changed(theme, share), 20)])
    assert new_share(table, 20.0, 0.0, 12.0) == pytest.approx(share, abs=0.02)


def test_a_counterpart_may_be_a_little_late_and_serves_once() -> None:
    late = COUNTERPART_SECONDS - 0.01
    table = NoteTable.of(
        [Note(60, 64, 1.0, 1.5), Note(60, 64, 11.0 - late, 11.1), Note(60, 64, 11.0 + late, 11.5)]
    )
    assert new_share(table, 10.0, 0.0, 5.0) == 0.5
    too_late = NoteTable.of([Note(60, 64, 1.0, 1.5), Note(60, 64, 11.02 + late, 11.5)])
    assert new_share(too_late, 10.0, 0.0, 5.0) == 1.0
    assert new_share(too_late, 20.0, 0.0, 5.0) is None


def test_a_stretch_that_returns_is_found() -> None:
    theme = music(20, 1)
    notes = [*music(17, 3), *moved(theme, 17), *moved(music(30, 2), 37), *moved(theme, 67)]
    found = closest_return(notes)
    assert found is not None
    assert found.begin - found.source == 50.0
    assert 16 <= found.source <= 23
    assert found.new < 0.05


@pytest.mark.parametrize("tempo", [0.9, 1.1])
def test_a_return_may_be_slower_or_faster_and_breathe(tempo: float) -> None:
    theme = music(20, 1)
    breathing = [
        note._replace(start=note.start + 0.3 * np.sin(note.start / 3), end=note.end + 0.3)
        for note in moved(theme, 0, tempo=tempo)
    ]
    found = closest_return([*theme, *moved(music(20, 2), 20), *moved(breathing, 40)])
    assert found is not None
    assert found.new < 0.15
    assert found.begin >= 38


def test_a_varied_return_is_as_new_as_it_is() -> None:
    theme = music(15, 1)
    notes = [*theme, *moved(music(15, 2), 15), *moved(changed(theme, 0.3), 30)]
    found = closest_return(notes)
    assert found is not None
    assert found.new == pytest.approx(0.3, abs=0.1)


def test_where_nothing_returns_almost_all_is_new() -> None:
    found = closest_return(music(90, 5))
    assert found is not None
    assert found.new > 0.6


@pytest.mark.parametrize("notes", [[], [Note(60, 64, 0.0, 1.0)], music(round(2 * STRETCH_SECONDS) - 2, 1)])
def test_a_piece_that_is_too_short_has_no_return(notes: list[Note]) -> None:
    assert closest_return(notes) is None


def test_in_silence_nothing_returns() -> None:
    assert closest_return([Note(60, 64, 0.0, 0.5), Note(60, 64, 70.0, 70.5)]) is None
