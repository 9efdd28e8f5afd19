import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.events import (
    END,
    START,
    VOCABULARY_SIZE,
    EventType,
    PerformanceEvent,
    bin_to_velocity,
    event_at,
    index_of,
    velocity_to_bin,
)


def test_the_vocabulary_has_the_order_of_note_seqs_one_hot_encoding() -> None:
    expected = [PerformanceEvent(EventType.NOTE_ON, pitch) for pitch in range(128)]
    expected += [PerformanceEvent(EventType.NOTE_OFF, pitch) for pitch in range(128)]
    expected += [PerformanceEvent(EventType.TIME_SHIFT, steps) for steps in range(1, 101)]
    expected += [PerformanceEvent(EventType.VELOCITY, velocity_bin) for velocity_bin in range(1, 33)]
    expected += [PerformanceEvent(EventType.START, 0), PerformanceEvent(EventType.END, 0)]
    assert [event_at(index) for index in range(VOCABULARY_SIZE)] == expected
    assert (START, END, VOCABULARY_SIZE) == (388, 389, 390)


def test_index_of_and_event_at_undo_each_other() -> None:
    assert [index_of(event_at(index)) for index in range(VOCABULARY_SIZE)] == list(range(VOCABULARY_SIZE))


@pytest.mark.parametrize(
    ("event_type", "value", "index"),
    [
        (EventType.NOTE_ON, 60, 60),
        (EventType.NOTE_OFF, 60, 188),
        (EventType.TIME_SHIFT, 1, 256),
        (EventType.TIME_SHIFT, 100, 355),
        (EventType.VELOCITY, 1, 356),
        (EventType.VELOCITY, 32, 387),
    ],
)
def test_places_worked_out_by_hand(event_type: EventType, value: int, index: int) -> None:
    assert index_of(PerformanceEvent(event_type, value)) == index


@pytest.mark.parametrize(
    ("event_type", "value"),
    [
        (EventType.NOTE_ON, 128),
        (EventType.NOTE_OFF, -1),
        (EventType.TIME_SHIFT, 0),
        (EventType.TIME_SHIFT, 101),
        (EventType.VELOCITY, 0),
        (EventType.VELOCITY, 33),
        (EventType.START, 1),
        (EventType.END, -1),
    ],
)
def test_a_value_out_of_range_is_refused(event_type: EventType, value: int) -> None:
    with pytest.raises(ValueError, match=f"{event_type.name} cannot be {value}"):
        index_of(PerformanceEvent(event_type, value))


@pytest.mark.parametrize("index", [-1, 390, 10_000])
def test_a_place_outside_of_the_vocabulary_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match=f"no event has the index {index}"):
        event_at(index)


@pytest.mark.parametrize(
    ("velocity", "velocity_bin"),
    [(1, 1), (4, 1), (5, 2), (64, 16), (65, 17), (124, 31), (125, 32), (127, 32)],
)
def test_velocity_bins_are_four_wide(velocity: int, velocity_bin: int) -> None:
    assert velocity_to_bin(velocity) == velocity_bin


@given(st.integers(1, 32))
def test_a_bins_velocity_lies_at_its_lower_edge(velocity_bin: int) -> None:
    velocity = bin_to_velocity(velocity_bin)
    assert velocity_to_bin(velocity) == velocity_bin
    assert velocity == 1 or velocity_to_bin(velocity - 1) == velocity_bin - 1
