from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from model.checkpoint import Checkpoint
from model.step_graph import build_step_graph
from tests.model.graphs import Arrays, opened, start_of, stepped

pytestmark = pytest.mark.usefixtures("one_thread")


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


def run(graph: bytes, steps: list[Arrays]) -> tuple[list[npt.NDArray[np.float32]], Arrays]:
    """The logits of each step, and the last state."""
    session = opened(graph)
    states = start_of(session, len(steps[0]["events"]))
    outputs = []
    for step in steps:
        logits, states = stepped(session, step, states)
        outputs.append(logits)
    return outputs, states


def torch_logits(checkpoint: Checkpoint, steps: list[Arrays]) -> tuple[npt.NDArray[np.float32], Arrays]:
    """What the network itself answers, (performances, steps, 390), and its last state."""
    import torch

    from model.lstm import load_network

    network = load_network(checkpoint)
    windows = {
        name: torch.from_numpy(np.stack([step[name] for step in steps], axis=1))
        for name in ("events", "ages", "controls")
    }
    with torch.no_grad():
        logits, state = network(*windows.values(), network.initial_state(5))
    parts = zip(("hidden", "cell"), state, strict=True)
    states = {f"{name}_{layer}": one.numpy() for name, part in parts for layer, one in enumerate(part)}
    return logits.numpy(), states


def test_the_graph_agrees_with_torch(checkpoint: Checkpoint, steps: list[Arrays]) -> None:
    expected, expected_states = torch_logits(checkpoint, steps)
    logits, states = run(build_step_graph(checkpoint), steps)
    assert np.abs(np.stack(logits, axis=1) - expected).max() < 1e-5
    assert states.keys() == expected_states.keys()
    for name, state in states.items():
        assert np.abs(state - expected_states[name]).max() < 1e-5
    assert float(expected.std()) > 0.3  # else agreement would mean little


def test_a_row_is_the_same_alone_and_among_neighbours(
    untrained: Callable[[int], Checkpoint], steps: list[Arrays]
) -> None:
    # A product of small matrices could agree by being computed in one go.
    large = build_step_graph(untrained(384))
    together, all_states = run(large, steps)
    alone, own_states = run(large, [{name: value[2:3] for name, value in step.items()} for step in steps])
    for all_rows, one_row in zip(together, alone, strict=True):
        assert all_rows[2].tobytes() == one_row[0].tobytes()
    for name, own in own_states.items():
        assert all_states[name][2].tobytes() == own[0].tobytes()


def test_the_same_checkpoint_gives_the_same_graph(checkpoint: Checkpoint) -> None:
    assert build_step_graph(checkpoint) == build_step_graph(checkpoint)


def test_a_state_may_be_written_over_the_one_that_was_read(
    checkpoint: Checkpoint, steps: list[Arrays]
) -> None:
    import onnxruntime

    session = opened(build_step_graph(checkpoint))
    states = start_of(session, 5)
    expected_logits, expected = stepped(session, steps[1], stepped(session, steps[0], states)[1])
    binding = session.io_binding()
    for name, state in states.items():
        value = onnxruntime.OrtValue.ortvalue_from_numpy(state)
        binding.bind_ortvalue_input(name, value)
        binding.bind_ortvalue_output(f"next_{name}", value)
    logits = np.zeros((5, 390), dtype=np.float32)
    binding.bind_ortvalue_output("logits", onnxruntime.OrtValue.ortvalue_from_numpy(logits))
    for step in steps[:2]:
        for name, array in step.items():
            binding.bind_cpu_input(name, array)
        session.run_with_iobinding(binding)
    assert logits.tobytes() == expected_logits.tobytes()
    assert {name: state.tobytes() for name, state in states.items()} == {
        name: state.tobytes() for name, state in expected.items()
    }
