import numpy as np
import pytest

from model.measures import Measures, measure, pitch_class_histogram
from model.performance import Note


def test_no_notes_measure_nothing() -> None:
    assert measure([]) == Measures(None, 0.0, 0, 0.0, 0.0, 0.0, 0, 0.0)
    assert pitch_class_histogram([]).tolist() == [0.0] * 12


def test_the_figures_of_a_few_notes() -> None:
    notes = [
        Note(60, 40, 1.0, 7.0),  # six seconds: long
        Note(64, 60, 2.0, 3.0),
        Note(67, 80, 3.0, 8.0),  # five seconds: not over five
        Note(72, 100, 3.0, 3.5),
    ]
    found = measure(notes)
    assert found.key == "C major"
    assert found.seconds == 7.0  # from 1 to 8
    assert found.notes == 4
    assert found.notes_per_second == pytest.approx(4 / 7)
    assert found.mean_velocity == 70.0
    assert found.mean_polyphony == pytest.approx(12.5 / 7)
    assert found.largest_polyphony == 3  # the E ends as G and C begin
    assert found.long_note_share == 0.25


def test_order_does_not_matter() -> None:
    notes = [Note(60, 40, 1.0, 7.0), Note(63, 60, 2.0, 3.0), Note(67, 80, 0.5, 8.0)]
    assert measure(notes) == measure(notes[::-1])
    assert measure(notes).key == "C minor"


def test_a_repeated_note_is_one_at_a_time() -> None:
    notes = [Note(60, 64, second / 2, (second + 1) / 2) for second in range(6)]
    assert measure(notes).largest_polyphony == 1
    assert measure(notes).mean_polyphony == pytest.approx(1.0)


def test_a_histogram_tells_how_long_each_pitch_class_sounds() -> None:
    notes = [Note(60, 64, 0.0, 0.5), Note(72, 64, 0.0, 0.25), Note(61, 64, 0.0, 0.25)]
    assert pitch_class_histogram(notes) == pytest.approx(np.array([0.75, 0.25] + [0] * 10))


def test_what_rings_on_counts_for_a_second() -> None:
    notes = [Note(60, 64, 0.0, 30.0), Note(62, 64, 0.0, 1.0)]
    assert pitch_class_histogram(notes) == pytest.approx(np.array([0.5, 0, 0.5] + [0] * 9))


def test_all_pitches_alike_have_no_key() -> None:
    chromatic = [Note(60 + step, 64, step / 4, (step + 1) / 4) for step in range(12)]
    assert measure(chromatic).key is None
