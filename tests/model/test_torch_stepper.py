from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.checkpoint import Checkpoint
from model.events import START
from model.performance import Note
from model.performance_controls import standard_controls
from model.sampling.constraints import Moment, allowed_events
from model.sampling.draft import Draft
from model.sampling.order import Order
from model.sampling.randomness import Randomness, uniforms
from model.step_graph import build_step_graph
from model.torch_rows import TorchRows
from model.torch_stepper import TorchStepper
from tests.model.graphs import start_of, stepped

pytestmark = pytest.mark.usefixtures("one_thread")

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
ORDER = Order(seed=3, seconds=15.0, asked={"style": "latin", "key": "F minor", "density": 5.0}, top_p=0.95)


@pytest.fixture(scope="module", params=DEVICES)
def stepper(request: pytest.FixtureRequest, checkpoint: Checkpoint) -> TorchStepper:
    return TorchStepper(checkpoint, request.param, rows=8)


def told(drafts: Sequence[Draft]) -> tuple[npt.NDArray[Any], ...]:
    return (
        np.array([draft.previous for draft in drafts]),
        np.stack([draft.ages for draft in drafts]).astype(np.float32),
        np.stack([draft.features for draft in drafts]),
    )


def composed(stepper: TorchStepper, checkpoint: Checkpoint) -> list[Note]:
    draft = Draft(ORDER, checkpoint.controls)
    slot = stepper.begin()
    while not draft.is_finished:
        draft.take(stepper.step(*told([draft]), [slot]))
    stepper.end(slot)
    return draft.notes()


def test_it_agrees_with_the_step_graph_over_a_whole_piece(
    stepper: TorchStepper, checkpoint: Checkpoint
) -> None:
    session = onnxruntime.InferenceSession(build_step_graph(checkpoint), providers=["CPUExecutionProvider"])
    state = start_of(session, 1)
    draft = Draft(ORDER, checkpoint.controls)
    slot = stepper.begin()
    apart, seen = 0.0, []
    while not draft.is_finished:
        events, ages, features = told([draft])
        logits = stepper.step(events, ages, features, [slot])
        graph_logits, state = stepped(session, {"events": events, "ages": ages, "controls": features}, state)
        assert (logits.dtype, logits.shape) == (np.float32, (1, 390))
        apart = max(apart, float(np.abs(logits - graph_logits).max()))
        seen.append(logits)
        draft.take(graph_logits[:1])
    assert len(seen) > 30
    assert apart < 1e-4
    assert float(np.std(seen)) > 0.3  # else agreement would mean little


def test_the_same_order_is_composed_twice_alike(stepper: TorchStepper, checkpoint: Checkpoint) -> None:
    notes = composed(stepper, checkpoint)
    assert len(notes) > 5
    assert abs(max(note.end for note in notes) - ORDER.seconds) <= 2.0
    assert composed(stepper, checkpoint) == notes


def test_rows_join_and_leave(stepper: TorchStepper, checkpoint: Checkpoint) -> None:
    def drafts(rows: int) -> list[Draft]:
        return [Draft(Order(seed=seed, seconds=10.0), checkpoint.controls) for seed in range(rows)]

    slot, *slots = (stepper.begin() for _ in range(4))
    alone = stepper.step(*told(drafts(1)), [slot])
    together = stepper.step(*told(drafts(3)), slots)
    np.testing.assert_allclose(together[0], alone[0], atol=1e-5)
    answer = stepper.step(*told(drafts(1)), [slot])
    among = stepper.step(*told(drafts(2)), [slots[2], slots[0]])
    np.testing.assert_allclose(among[1], answer[0], atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(8)), st.integers(1, 8), st.integers(0, 1000))
def test_neither_row_nor_neighbours_nor_slot_change_a_byte(
    stepper: TorchStepper, checkpoint: Checkpoint, order: list[int], count: int, seed: int
) -> None:
    """Three steps of some performances, in another order at each, against each alone."""
    assert stepper.widest_batch == 8
    random = np.random.default_rng(seed)
    performances = order[:count]
    events = random.integers(0, 388, (3, 8))
    ages = random.integers(-1, 300, (3, 8, 128)).astype(np.float32)
    features = random.random((3, 8, checkpoint.config.control_features), dtype=np.float32)

    def answers(together: list[int]) -> list[npt.NDArray[np.float32]]:
        slots = {each: stepper.begin() for each in together}
        steps = []
        for step in range(3):
            rows = random.permutation(together)
            logits = stepper.step(
                events[step][rows], ages[step][rows], features[step][rows], [slots[row] for row in rows]
            )
            steps.append(logits[np.argsort(rows)])
        for slot in slots.values():
            stepper.end(slot)
        return steps

    together = answers(performances)
    for place, each in enumerate(sorted(performances)):
        for alone, among in zip(answers([each]), together, strict=True):
            assert np.array_equal(alone[0], among[place])


def test_more_performances_than_rows_are_remembered(stepper: TorchStepper, checkpoint: Checkpoint) -> None:
    draft = Draft(ORDER, checkpoint.controls)
    slot = stepper.begin()
    stepper.step(*told([draft]), [slot])
    others = [stepper.begin() for _ in range(40)]
    again = stepper.step(*told([draft]), [slot])
    for each in others:
        stepper.end(each)
    fresh = stepper.begin()
    stepper.step(*told([draft]), [fresh])
    assert np.array_equal(stepper.step(*told([draft]), [fresh]), again)


def by_strides(
    stepper: TorchStepper, drafts: Sequence[Draft], chance: np.random.Generator, together: int
) -> list[list[int]]:
    """The events of some pieces that go on in groups drawn anew, of so many at most."""
    slots = [[stepper.begin() for _ in range(1 + draft.is_guided)] for draft in drafts]
    while going := [place for place, draft in enumerate(drafts) if not draft.is_finished]:
        group = chance.permutation(going)[: int(chance.integers(1, together + 1))]
        stretches = [drafts[place].stretch() for place in group]
        drawn = stepper.stride(
            [stretch for stretch in stretches if stretch is not None],
            [slots[place] for place in group],
            chance.integers(1, 40, len(group)).tolist(),
        )
        for place, part in zip(group, drawn, strict=True):
            drafts[place].follow(part)
    for own in slots:
        for slot in own:
            stepper.end(slot)
    return [draft.events for draft in drafts]


PRIMER = np.array([60, 300, 188, 64, 300, 192], dtype=np.uint16)
PIECES = [
    Order(seed=1, seconds=6.0, asked={"style": "latin", "density": 5.0}, top_p=0.95),
    Order(seed=2, seconds=6.0, guidance=2.0, asked={"key": "F minor"}, top_p=0.9, temperature=1.2),
    Order(seed=3, seconds=20.0, guidance=2.0, form="ternary"),
    Order(seed=4, seconds=8.0, primer=PRIMER),
    Order(seed=5, seconds=4.0, primer=PRIMER, is_primer_heard=False, guidance=0.5),
    Order(seed=6, seconds=0.5),
]


def test_strides_draw_what_drafts_draw_whoever_else_goes_on(
    stepper: TorchStepper, checkpoint: Checkpoint
) -> None:
    """In any row, slot and company, in strides of any length; plans, primers and guidance among them."""
    alone = []
    for order in PIECES:
        draft = Draft(order, checkpoint.controls)
        slots = [stepper.begin() for _ in range(1 + draft.is_guided)]
        while not draft.is_finished:
            events, ages, features = told([draft] * len(slots))
            features[1:] = 0
            draft.take(stepper.step(events, ages, features, slots))
        for slot in slots:
            stepper.end(slot)
        alone.append(draft.events)
    assert all(len(events) > 5 for events in alone)
    for seed in range(3):
        chance = np.random.default_rng(seed)
        drafts = [Draft(order, checkpoint.controls) for order in PIECES]
        assert by_strides(stepper, drafts, chance, len(PIECES)) == alone


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_tensors_allow_what_a_draft_allows(data: st.DataObject) -> None:
    now, end = data.draw(st.integers(0, 3000)), data.draw(st.integers(0, 3000))
    pitches = data.draw(st.sets(st.integers(21, 108), max_size=30))
    sounding = {pitch: data.draw(st.integers(max(0, now - 2100), now)) for pitch in sorted(pitches)}
    silent_since = data.draw(st.one_of(st.none(), st.integers(max(0, now - 250), now)))
    previous = data.draw(st.integers(0, START))
    moment = Moment(now, end, sounding, previous, silent_since)
    rows = TorchRows(2, 4, 3, torch.device("cpu"))
    draft = Draft(Order(seed=1, seconds=1.0), standard_controls(("pop",)))
    stretch = draft.stretch()
    assert stretch is not None
    laid_out = replace(
        stretch,
        now=now,
        end=end,
        sounding=sounding,
        previous=previous,
        silent_since=silent_since,
        features=np.zeros(3, dtype=np.float32),
    )
    rows.write([laid_out], [4])
    assert rows.allowed()[0].tolist() == allowed_events(moment).tolist()


def test_random_numbers_one_after_another() -> None:
    random = Randomness(2**62 + 5, 3)
    assert uniforms(random.state, 100, 50).tolist() == [random.uniform(step) for step in range(100, 150)]
