import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from model.checkpoint import Checkpoint
from worker.onnx_stepper import OnnxStepper


def told(checkpoint: Checkpoint, rows: int, step: int) -> tuple[npt.NDArray[np.generic], ...]:
    """What some performances are told at a step: events, ages, features; first rows are always the same."""
    random = [np.random.Generator(np.random.PCG64([row, step])) for row in range(rows)]
    return (
        np.array([one.integers(0, 390) for one in random]),
        np.stack([one.integers(-1, 900, 128).astype(np.float32) for one in random]),
        np.stack([one.random(checkpoint.config.control_features, dtype=np.float32) for one in random]),
    )


def answers(checkpoint: Checkpoint, cache: Path) -> list[bytes]:
    """The logits of one performance over some steps."""
    stepper = OnnxStepper(checkpoint, cache)
    states = [stepper.begin()]
    logits = []
    for step in range(5):
        row, states = stepper.step(*told(checkpoint, 1, step), states)
        logits.append(row.tobytes())
    return logits


def test_rows_join_and_leave_without_a_trace(checkpoint: Checkpoint, tmp_path: Path) -> None:
    stepper = OnnxStepper(checkpoint, tmp_path)
    states = [stepper.begin()]
    logits = []
    for step, rows in enumerate((1, 3, 2, 1, 4)):
        states = states[:rows] + [stepper.begin()] * (rows - len(states))
        together, states = stepper.step(*told(checkpoint, rows, step), states)
        assert together.shape == (rows, 390)
        logits.append(together[0].tobytes())
    assert logits == answers(checkpoint, tmp_path)


def test_the_graph_is_built_once(checkpoint: Checkpoint, tmp_path: Path) -> None:
    expected = answers(checkpoint, tmp_path)
    (graph,) = tmp_path.iterdir()
    assert checkpoint.digest[:16] in graph.name
    os.utime(graph, (1e9, 1e9))
    assert answers(checkpoint, tmp_path) == expected
    assert list(tmp_path.iterdir()) == [graph]
    assert graph.stat().st_mtime == 1e9


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_damaged_graph_is_built_anew(checkpoint: Checkpoint, tmp_path: Path, share: float) -> None:
    expected = answers(checkpoint, tmp_path)
    (graph,) = tmp_path.iterdir()
    whole = graph.read_bytes()
    graph.write_bytes(whole[: int(len(whole) * share)])
    assert answers(checkpoint, tmp_path) == expected
    assert graph.read_bytes() == whole
    graph.write_bytes(b"no graph" * 100)
    assert answers(checkpoint, tmp_path) == expected
    assert list(tmp_path.iterdir()) == [graph]


def test_workers_that_begin_together_share_an_empty_cache(checkpoint: Checkpoint, tmp_path: Path) -> None:
    for attempt in range(5):
        cache = tmp_path / str(attempt)
        with ThreadPoolExecutor(4) as pool:
            begun = [pool.submit(OnnxStepper, checkpoint, cache) for _ in range(4)]
            assert all(stepper.result().begin() for stepper in begun)
        assert len(list(cache.iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_done_without(checkpoint: Checkpoint, tmp_path: Path) -> None:
    expected = answers(checkpoint, tmp_path / "cache")
    (tmp_path / "file").write_bytes(b"")
    assert answers(checkpoint, tmp_path / "file") == expected
    assert answers(checkpoint, tmp_path / "file" / "below") == expected
    assert (tmp_path / "file").read_bytes() == b""
