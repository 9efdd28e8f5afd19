import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.checkpoint import Checkpoint
from worker.integer_stepper import IntegerStepper
from worker.network import Stepper
from worker.onnx_stepper import OnnxStepper

Open = Callable[[Checkpoint, Path], Stepper]


def open_plain(checkpoint: Checkpoint, cache: Path) -> IntegerStepper:
    return IntegerStepper(checkpoint, cache, compiled=False)


WAYS: list[Open] = [OnnxStepper, IntegerStepper, open_plain]


def told(checkpoint: Checkpoint, performances: list[int], step: int) -> tuple[npt.NDArray[np.generic], ...]:
    """What some performances are told at a step: events, ages, features."""
    random = [np.random.Generator(np.random.PCG64([one, step])) for one in performances]
    return (
        np.array([one.integers(0, 390) for one in random]),
        np.stack([one.integers(-1, 900, 128).astype(np.float32) for one in random]),
        np.stack([one.random(checkpoint.config.control_features, dtype=np.float32) for one in random]),
    )


def answers(checkpoint: Checkpoint, stepper: Stepper, performance: int = 0, steps: int = 5) -> list[bytes]:
    """The logits of one performance over some steps."""
    slot = stepper.begin()
    logits = [stepper.step(*told(checkpoint, [performance], step), [slot]).tobytes() for step in range(steps)]
    stepper.end(slot)
    return logits


@pytest.fixture(scope="module")
def large(untrained: Callable[[int], Checkpoint]) -> Checkpoint:
    """As large as the one that is shipped: products of small matrices are computed in one go."""
    return untrained(384)


@pytest.fixture(scope="module", params=WAYS)
def stepper(
    request: pytest.FixtureRequest, large: Checkpoint, tmp_path_factory: pytest.TempPathFactory
) -> Stepper:
    stepper: Stepper = request.param(large, tmp_path_factory.mktemp("cache"))
    return stepper


@given(
    st.lists(st.permutations(range(8)).flatmap(lambda all_: st.integers(0, 8).map(lambda few: all_[:few])))
)
def test_performances_leave_no_trace_on_each_other(
    stepper: Stepper, large: Checkpoint, batches: list[list[int]]
) -> None:
    """Whoever is stepped with whom, in whatever order: each one hears what it would alone."""
    slots = {one: stepper.begin() for batch in batches for one in batch}
    heard: dict[int, list[bytes]] = {one: [] for one in slots}
    for batch in filter(None, batches):
        parts = [told(large, [one], len(heard[one])) for one in batch]
        together = [np.concatenate(part) for part in zip(*parts, strict=True)]
        logits = stepper.step(*together, [slots[one] for one in batch])
        assert logits.shape == (len(batch), 390)
        for one, row in zip(batch, logits, strict=True):
            heard[one].append(row.tobytes())
    for slot in slots.values():
        stepper.end(slot)
    for one, logits in heard.items():
        assert logits == answers(large, stepper, one, len(logits))


def test_a_row_is_the_same_among_as_many_as_there_may_be(stepper: Stepper, large: Checkpoint) -> None:
    assert stepper.widest_batch >= 32
    slots = [stepper.begin() for _ in range(3 * stepper.widest_batch)]  # more than fit into one batch
    heard = []
    for step in range(2):
        for first in range(0, len(slots), stepper.widest_batch):
            batch = range(first, first + stepper.widest_batch)
            logits = stepper.step(*told(large, [*batch], step), [slots[one] for one in batch])
            heard.append(logits[step].tobytes() if first == 0 else b"")
    for slot in slots:
        stepper.end(slot)
    assert heard[0] == answers(large, stepper, 0)[0]
    assert heard[3] == answers(large, stepper, 1)[1]


def test_what_was_answered_stays(stepper: Stepper, large: Checkpoint) -> None:
    slot = stepper.begin()
    first = stepper.step(*told(large, [0], 0), [slot])
    before = first.tobytes()
    stepper.step(*told(large, [0], 1), [slot])
    stepper.end(slot)
    assert first.tobytes() == before


def test_threads_take_turns(stepper: Stepper, large: Checkpoint) -> None:
    expected = [answers(large, stepper, one) for one in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(lambda one: answers(large, stepper, one), range(4))] == expected


@pytest.mark.parametrize("way", WAYS)
class TestCache:
    def test_what_is_computed_once_is_kept(self, checkpoint: Checkpoint, tmp_path: Path, way: Open) -> None:
        expected = answers(checkpoint, way(checkpoint, tmp_path))
        (kept,) = tmp_path.iterdir()
        assert checkpoint.digest[:16] in kept.name
        os.utime(kept, (1e9, 1e9))
        assert answers(checkpoint, way(checkpoint, tmp_path)) == expected
        assert list(tmp_path.iterdir()) == [kept]
        assert kept.stat().st_mtime == 1e9

    @pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
    def test_a_damaged_file_is_replaced(
        self, checkpoint: Checkpoint, tmp_path: Path, way: Open, share: float
    ) -> None:
        expected = answers(checkpoint, way(checkpoint, tmp_path))
        (kept,) = tmp_path.iterdir()
        whole = kept.read_bytes()
        for damaged in (whole[: int(len(whole) * share)], b"no graph" * 100):
            kept.write_bytes(damaged)
            assert answers(checkpoint, way(checkpoint, tmp_path)) == expected
            assert kept.read_bytes() == whole
            assert list(tmp_path.iterdir()) == [kept]

    def test_workers_that_begin_together_share_an_empty_one(
        self, checkpoint: Checkpoint, tmp_path: Path, way: Open
    ) -> None:
        for attempt in range(5):
            cache = tmp_path / str(attempt)
            with ThreadPoolExecutor(4) as pool:
                begun = [pool.submit(way, checkpoint, cache) for _ in range(4)]
                assert [stepper.result().begin() for stepper in begun] == [0] * 4
            assert len(list(cache.iterdir())) == 1

    def test_one_that_cannot_be_written_is_done_without(
        self, checkpoint: Checkpoint, tmp_path: Path, way: Open
    ) -> None:
        expected = answers(checkpoint, way(checkpoint, tmp_path / "cache"))
        (tmp_path / "file").write_bytes(b"")
        for cache in (tmp_path / "file", tmp_path / "file" / "below"):
            assert answers(checkpoint, way(checkpoint, cache)) == expected
        assert (tmp_path / "file").read_bytes() == b""


def test_each_sampler_has_a_file_of_its_own(checkpoint: Checkpoint, tmp_path: Path) -> None:
    single, whole = (answers(checkpoint, way(checkpoint, tmp_path)) for way in (OnnxStepper, IntegerStepper))
    assert single != whole
    assert len(list(tmp_path.iterdir())) == 2
