from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
import torch

from model.checkpoint import Checkpoint
from model.performance import Note
from model.sampling.draft import Draft
from model.sampling.order import Order
from model.step_graph import build_step_graph
from model.torch_stepper import TorchStepper

pytestmark = pytest.mark.usefixtures("one_thread")

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
ORDER = Order(seed=3, seconds=15.0, asked={"style": "latin", "key": "F minor", "density": 5.0}, top_p=0.95)


@pytest.fixture(scope="module", params=DEVICES)
def stepper(request: pytest.FixtureRequest, checkpoint: Checkpoint) -> TorchStepper:
    return TorchStepper(checkpoint, request.param)


def told(drafts: Sequence[Draft]) -> tuple[npt.NDArray[Any], ...]:
    return (
        np.array([draft.previous for draft in drafts]),
        np.stack([draft.ages for draft in drafts]).astype(np.float32),
        np.stack([draft.features for draft in drafts]),
    )


def composed(stepper: TorchStepper, checkpoint: Checkpoint) -> list[Note]:
    draft = Draft(ORDER, checkpoint.controls)
    states = [stepper.begin()]
    while not draft.is_finished:
        logits, states = stepper.step(*told([draft]), states)
        draft.take(logits[0])
    return draft.notes()


def test_it_agrees_with_the_step_graph_over_a_whole_piece(
    stepper: TorchStepper, checkpoint: Checkpoint
) -> None:
    session = onnxruntime.InferenceSession(build_step_graph(checkpoint), providers=["CPUExecutionProvider"])
    hidden = cell = np.zeros((checkpoint.config.layers, 1, checkpoint.config.hidden), dtype=np.float32)
    draft = Draft(ORDER, checkpoint.controls)
    states = [stepper.begin()]
    apart, seen = 0.0, []
    while not draft.is_finished:
        events, ages, features = told([draft])
        logits, states = stepper.step(events, ages, features, states)
        inputs = {"events": events, "ages": ages, "controls": features, "hidden": hidden, "cell": cell}
        graph_logits, hidden, cell = session.run(None, inputs)
        assert (logits.dtype, logits.shape) == (np.float32, (1, 390))
        apart = max(apart, float(np.abs(logits - graph_logits).max()))
        seen.append(logits)
        draft.take(graph_logits[0])
    assert len(seen) > 50
    assert apart < 1e-4
    assert float(np.std(seen)) > 0.3  # else agreement would mean little


def test_the_same_order_is_composed_twice_alike(stepper: TorchStepper, checkpoint: Checkpoint) -> None:
    notes = composed(stepper, checkpoint)
    assert len(notes) > 10
    assert abs(max(note.end for note in notes) - ORDER.seconds) <= 2.0
    assert composed(stepper, checkpoint) == notes


def test_rows_join_and_leave(stepper: TorchStepper, checkpoint: Checkpoint) -> None:
    def drafts(rows: int) -> list[Draft]:
        return [Draft(Order(seed=seed, seconds=10.0), checkpoint.controls) for seed in range(rows)]

    alone, [state] = stepper.step(*told(drafts(1)), [stepper.begin()])
    together, states = stepper.step(*told(drafts(3)), [stepper.begin() for _ in range(3)])
    np.testing.assert_allclose(together[0], alone[0], atol=1e-5)
    answer, _ = stepper.step(*told(drafts(1)), [state])
    among, _ = stepper.step(*told(drafts(2)), [states[2], states[0]])
    np.testing.assert_allclose(among[1], answer[0], atol=1e-5)
