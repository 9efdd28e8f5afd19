from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from model.checkpoint import Checkpoint
from model.step_graph import build_step_graph

pytestmark = pytest.mark.usefixtures("one_thread")

Arrays = Mapping[str, npt.NDArray[np.generic]]


@pytest.fixture(scope="module")
def session(checkpoint: Checkpoint) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(build_step_graph(checkpoint), providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def steps(checkpoint: Checkpoint) -> list[Arrays]:
    """What five performances are told in 30 steps: events, ages and controls."""
    random = np.random.Generator(np.random.PCG64(1))
    width = checkpoint.config.control_features
    return [
        {
            "events": random.integers(0, 390, 5),
            "ages": np.where(random.random((5, 128)) < 0.9, -1, random.integers(0, 1000, (5, 128))).astype(
                np.float32
            ),
            "controls": random.random((5, width), dtype=np.float32),
        }
        for _ in range(30)
    ]


def run(
    session: onnxruntime.InferenceSession, checkpoint: Checkpoint, steps: list[Arrays]
) -> list[npt.NDArray[np.float32]]:
    """The logits of each step, and the last state."""
    batch = len(steps[0]["events"])
    hidden = cell = np.zeros((checkpoint.config.layers, batch, checkpoint.config.hidden), dtype=np.float32)
    outputs = []
    for step in steps:
        logits, hidden, cell = session.run(None, {**step, "hidden": hidden, "cell": cell})
        outputs.append(logits)
    return [*outputs, hidden, cell]


def test_the_graph_agrees_with_torch(
    session: onnxruntime.InferenceSession, checkpoint: Checkpoint, steps: list[Arrays]
) -> None:
    import torch

    from model.lstm import load_network

    network = load_network(checkpoint)
    windows = {
        name: torch.from_numpy(np.stack([step[name] for step in steps], axis=1))
        for name in ("events", "ages", "controls")
    }
    with torch.no_grad():
        logits, state = network(*windows.values(), network.initial_state(5))
    *graph_logits, hidden, cell = run(session, checkpoint, steps)
    assert np.abs(np.stack(graph_logits, axis=1) - logits.numpy()).max() < 1e-5
    assert np.abs(hidden - state[0].numpy()).max() < 1e-5
    assert np.abs(cell - state[1].numpy()).max() < 1e-5
    assert float(logits.std()) > 0.3  # else agreement would mean little


def test_a_row_is_the_same_alone_and_among_neighbours(
    untrained: Callable[[int], Checkpoint], steps: list[Arrays]
) -> None:
    large = untrained(384)  # a product of small matrices could agree by being computed in one go
    session = onnxruntime.InferenceSession(build_step_graph(large), providers=["CPUExecutionProvider"])
    together = run(session, large, steps)
    alone = run(session, large, [{name: value[2:3] for name, value in step.items()} for step in steps])
    for all_rows, one_row in zip(together[:30], alone[:30], strict=True):
        assert all_rows[2].tobytes() == one_row[0].tobytes()
    for all_rows, one_row in zip(together[30:], alone[30:], strict=True):
        assert all_rows[:, 2].tobytes() == one_row[:, 0].tobytes()


def test_the_same_checkpoint_gives_the_same_graph(checkpoint: Checkpoint) -> None:
    assert build_step_graph(checkpoint) == build_step_graph(checkpoint)


def test_no_step_touches_the_state_it_was_given(
    session: onnxruntime.InferenceSession, checkpoint: Checkpoint, steps: list[Arrays]
) -> None:
    state = np.ones((checkpoint.config.layers, 5, checkpoint.config.hidden), dtype=np.float32)
    session.run(None, {**steps[0], "hidden": state, "cell": state})
    assert (state == 1).all()
