from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.events import NOTE_OFF, VOCABULARY_SIZE
from model.midi import write_midi
from model.performance import decode
from model.performance_controls import standard_controls
from model.sampling.draft import Draft
from model.sampling.order import Order
from worker.strokes import Performed, Stroke, read_strokes

CONTROLS = standard_controls(("baroque",))


def sampled(seed: int, liveliness: float) -> list[int]:
    """A piece that a network of noise would make."""
    draft = Draft(Order(seed, 10.0), CONTROLS)
    random = np.random.default_rng(seed)
    wish = np.zeros(VOCABULARY_SIZE)
    wish[:NOTE_OFF] = liveliness
    while not draft.is_finished:
        draft.take((wish + random.normal(0, 2, VOCABULARY_SIZE))[None])
    return draft.events


def in_parts(events: list[int], sizes: Iterable[int], sample_rate: int) -> list[Stroke]:
    performed = Performed(sample_rate)
    told: list[Stroke] = []
    begin = 0
    for size in sizes:
        told += performed.play(events[begin : begin + size])
        begin += size
    told += performed.play(events[begin:])
    told += performed.finish()
    assert told == performed.strokes
    return told


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 1000),
    st.sampled_from([-2.0, 0.0, 2.0]),
    st.lists(st.integers(0, 70), max_size=10),
    st.sampled_from([22_050, 44_100, 48_000]),
)
def test_what_is_heard_while_it_is_sampled_is_what_the_file_says(
    seed: int, liveliness: float, sizes: list[int], sample_rate: int
) -> None:
    events = sampled(seed, liveliness)
    assert in_parts(events, sizes, sample_rate) == read_strokes(write_midi(decode(events)), sample_rate)


def test_a_stroke_is_told_once_nothing_can_come_before_it() -> None:
    performed = Performed(44_100)
    assert performed.play([60, 64]) == []
    (first, second) = performed.play([300])
    assert (first.number, first.kind, second.number) == (60, "on", 64)
    assert performed.play([128 + 64]) == []
    assert [stroke.kind for stroke in performed.finish()] == ["off"]


@pytest.mark.parametrize("events", [[], [389]])
def test_without_notes_there_are_no_strokes(events: list[int]) -> None:
    assert in_parts(events, [], 44_100) == []
