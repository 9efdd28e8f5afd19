import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jobs.levels
from model.checkpoint import SHIPPED, load_checkpoint
from model.corpus import STYLES
from model.events import NOTE_OFF, NOTE_ON, TIME_SHIFT, VELOCITY, VOCABULARY_SIZE
from model.midi import read_midi, write_midi
from model.performance import Note, encode
from model.performance_controls import standard_controls
from model.playability.hands import chords
from model.playability.levels import LEVELS, Level
from model.playability.strain import strain
from model.sampling.draft import Draft
from model.sampling.order import NO_PRIMER, Order
from worker.device import Device
from worker.engine import Engine
from worker.network import open_network
from worker.stop import Stop

CONTROLS = standard_controls(STYLES)
LIKINGS = {
    "nothing": [],
    "to strike": [*range(NOTE_ON, NOTE_OFF)],
    "low and high": [*range(NOTE_ON + 21, NOTE_ON + 30), *range(NOTE_ON + 100, NOTE_ON + 109)],
    "to hurry": [*range(TIME_SHIFT, TIME_SHIFT + 5), *range(NOTE_ON, NOTE_OFF)],
    "to let nothing go": [*range(NOTE_ON, NOTE_OFF), *range(TIME_SHIFT, VELOCITY)],
    "to wait": [*range(TIME_SHIFT, VELOCITY)],
}
PRIMER = encode([Note(pitch, 64, 0.25 * place, 3.0) for place, pitch in enumerate((30, 45, 60, 64, 67, 90))])


def played(order: Order, likes: list[int], strength: float) -> Draft:
    """A piece by a network that likes some events and is otherwise moody."""
    draft = Draft(order, CONTROLS)
    random = np.random.Generator(np.random.PCG64(order.seed))
    wish = np.zeros(VOCABULARY_SIZE)
    wish[likes] = strength
    for _ in range(30_000):
        if draft.is_finished:
            return draft
        draft.take((wish + random.normal(0, 2, VOCABULARY_SIZE))[None])
    raise AssertionError("the piece did not end")


def check(level: Level, notes: Sequence[Note]) -> None:
    """The bounds, found once more note by note: nothing but the division between the hands is taken over."""
    divided = chords(notes)
    for hand in (0, 1):
        strokes = [(chord.step, chord.hands[hand]) for chord in divided if chord.hands[hand]]
        for _, pitches in strokes:
            assert len(pitches) <= level.hand_notes
            assert max(pitches) - min(pitches) <= level.span
        for (before, old), (step, new) in itertools.pairwise(strokes):
            farthest = max(*old, *new) - min(*old, *new)
            assert farthest <= level.leap * min(max(1.0, (step - before) / 50), 4.0) + 1e-9
        steps = [step for step, _ in strokes]
        assert all(sum(first <= step < first + 50 for step in steps) <= level.strokes for first in steps)
    assert all(sum(map(len, chord.hands)) <= level.notes for chord in divided)
    if level.is_pedalled:
        return
    owners = {
        (chord.step, pitch): hand
        for chord in divided
        for hand, pitches in enumerate(chord.hands)
        for pitch in pitches
    }
    for chord in divided:
        held: tuple[list[int], list[int]] = ([], [])
        for note in notes:
            start, end = round(100 * note.start), round(100 * note.end)
            if start <= chord.step + 5 and end > chord.step + 10:
                began = max(one.step for one in divided if one.step <= start)
                held[owners[began, note.pitch]].append(note.pitch)
        assert len(held[0]) + len(held[1]) <= level.notes
        for sounding in filter(None, held):
            assert len(sounding) <= level.hand_notes
            assert max(sounding) - min(sounding) <= level.span


@pytest.mark.parametrize("likes", LIKINGS)
@pytest.mark.parametrize("name", LEVELS)
def test_any_network_keeps_within_a_level(name: str, likes: str) -> None:
    order = Order(seed=7, seconds=12.0, level=name)
    draft = played(order, LIKINGS[likes], 30.0)
    notes = draft.notes()
    check(LEVELS[name], notes)
    assert LEVELS[name].fits(strain(notes))
    assert abs(max(note.end for note in notes) - order.seconds) <= 2.0


@given(
    name=st.sampled_from(sorted(LEVELS)),
    seed=st.integers(0, 2**63 - 1),
    seconds=st.floats(10, 25),
    likes=st.lists(st.integers(0, VOCABULARY_SIZE - 1), max_size=40),
    strength=st.floats(-60, 60),
    temperature=st.floats(0.1, 2),
    has_primer=st.booleans(),
)
@settings(max_examples=30)
def test_any_piece_keeps_within_a_level(
    name: str,
    seed: int,
    seconds: float,
    likes: list[int],
    strength: float,
    temperature: float,
    has_primer: bool,
) -> None:
    order = Order(
        seed,
        seconds,
        temperature=temperature,
        primer=PRIMER if has_primer else NO_PRIMER,
        is_primer_heard=False,
        level=name,
    )
    notes = played(order, likes, strength).notes()
    assert notes
    check(LEVELS[name], notes)
    assert LEVELS[name].fits(strain(notes))


def test_a_primer_stays_as_it_is() -> None:
    order = Order(seed=1, seconds=14.0, primer=PRIMER, level="easy")
    draft = played(order, [], 0.0)
    assert draft.events[: PRIMER.size] == PRIMER.tolist()
    check(LEVELS["easy"], [note for note in draft.notes() if note.start >= 3.0])


def test_the_levels_are_those_that_can_be_asked_for() -> None:
    assert tuple(LEVELS) == jobs.levels.LEVELS


def test_the_levels_are_in_order() -> None:
    for easier, harder in itertools.pairwise(LEVELS.values()):
        assert easier.span <= harder.span
        assert easier.hand_notes < harder.hand_notes
        assert easier.notes < harder.notes
        assert easier.leap < harder.leap
        assert easier.strokes < harder.strokes


def test_a_level_lowers_what_the_network_is_told() -> None:
    level = LEVELS["easy"]
    asked = {"density": 10.0, "style": "pop"}
    wishes = Draft(Order(seed=0, seconds=20.0, asked=asked, level="easy"), CONTROLS).wishes
    assert (wishes.body["density"], wishes.body["polyphony"]) == (level.density, level.polyphony)
    wishes = Draft(Order(seed=0, seconds=20.0, asked={"density": 2.0}, level="easy"), CONTROLS).wishes
    assert wishes.body["density"] == 2.0


def test_without_a_level_nothing_changes() -> None:
    """The digest was found with all that knows of levels taken out."""
    draft = Draft(Order(seed=5, seconds=20.0, asked={"style": "pop"}, top_p=0.9), CONTROLS)
    random = np.random.Generator(np.random.PCG64(5))
    while not draft.is_finished:
        draft.take(random.integers(-8, 9, (1, VOCABULARY_SIZE)) / 2)
    digest = hashlib.sha256(np.array(draft.events, dtype=np.uint16).tobytes()).hexdigest()
    assert digest[:16] == "250e8892b77adcfd"


def test_the_shipped_network_keeps_within_every_level(tmp_path: Path) -> None:
    network = open_network(load_checkpoint(SHIPPED), tmp_path, Device.CPU)
    with Engine(network) as engine:
        samplings = {
            name: engine.submit(Order(3, 10.0, {"style": style}, guidance=1.5, level=name), Stop())
            for name, style in zip(LEVELS, ("classical", "pop", "romantic"), strict=True)
        }
        for name, sampling in samplings.items():
            notes = read_midi(write_midi(sampling.notes()))  # as whoever gets the file finds it
            assert len(notes) > 5
            check(LEVELS[name], notes)
            assert LEVELS[name].fits(strain(notes))
