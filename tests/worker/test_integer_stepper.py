"""The compiled kernel beside the plain one, and beside a draft that is asked about every event."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.capabilities import Sampler
from model.checkpoint import Checkpoint
from model.events import END, NOTE_ON, START, TIME_SHIFT
from model.exemplars import NO_EXEMPLARS
from model.performance import Note, encode
from model.sampling.draft import Draft
from model.sampling.order import Order
from worker import integer_kernel
from worker.engine import Engine
from worker.integer_stepper import IntegerStepper
from worker.network import Network
from worker.sampling import Sampling
from worker.stop import Stop


@pytest.fixture(scope="module")
def compiled(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> IntegerStepper:
    stepper = IntegerStepper(checkpoint, tmp_path_factory.mktemp("cache"))
    assert stepper.is_compiled, "there is no C compiler, or Etude was installed before there was one"
    return stepper


@pytest.fixture(scope="module")
def plain(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> IntegerStepper:
    return IntegerStepper(checkpoint, tmp_path_factory.mktemp("cache"), compiled=False)


def composed(
    stepper: IntegerStepper,
    checkpoint: Checkpoint,
    orders: list[Order],
    *,
    strides: bool,
    rows: int | None = None,
) -> list:
    """Each piece's events, and how likely it is; of so many rows at once."""
    network = Network(checkpoint, Sampler.CPU_INT8, stepper, stepper if strides else None)
    with Engine(network, rows) as engine:
        samplings = [engine.submit(order, Stop()) for order in orders]
        for sampling in samplings:
            sampling.notes()
        return [(sampling.draft.events, sampling.draft.log_likelihood) for sampling in samplings]


@pytest.mark.parametrize("hidden", [16, 20, 33, 384])
def test_both_kernels_answer_the_same_bytes(
    untrained: Callable[[int], Checkpoint], tmp_path: Path, hidden: int
) -> None:
    """Whether a layer's states fill whole blocks or not."""
    checkpoint = untrained(hidden)
    both = IntegerStepper(checkpoint, tmp_path), IntegerStepper(checkpoint, tmp_path, compiled=False)
    random = np.random.Generator(np.random.PCG64(2))
    rows = 7
    slots = [[stepper.begin() for _ in range(rows)] for stepper in both]
    for _ in range(20):
        events = random.integers(0, END + 1, rows)
        ages = np.where(random.random((rows, 128)) < 0.8, -1, random.integers(0, 3000, (rows, 128)))
        told = random.random((rows, checkpoint.config.control_features), dtype=np.float32)
        answers = [
            stepper.step(events, ages.astype(np.float32), told, own)
            for stepper, own in zip(both, slots, strict=True)
        ]
        assert answers[0].tobytes() == answers[1].tobytes()
    assert float(answers[0].std()) > 0.3  # else agreement would mean little


def test_any_processor_computes_the_same(
    compiled: IntegerStepper,
    checkpoint: Checkpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The kernel without what is written for one kind of processor, as it is built for another kind."""
    source = Path(integer_kernel.__file__).with_suffix(".c")
    library = tmp_path / "kernel.so"
    flags = ["-O2", "-ffp-contract=off", "-shared", "-fPIC", "-DANY_PROCESSOR"]
    subprocess.run([os.environ.get("CC", "cc"), *flags, "-o", library, source], check=True)
    spec = type("Spec", (), {"origin": str(library)})
    monkeypatch.setattr(integer_kernel, "find_spec", lambda name: spec)
    anywhere = IntegerStepper(checkpoint, tmp_path)
    assert anywhere.is_compiled
    orders = [Order(seed, 8.0, {"density": 8.0}, top_p=0.9, guidance=1.0 + seed % 2) for seed in range(5)]
    expected = composed(compiled, checkpoint, orders, strides=True)
    assert composed(anywhere, checkpoint, orders, strides=True) == expected


PRIMER = encode([Note(60 + place % 12, 70, 0.25 * place, 0.25 * place + 0.3) for place in range(16)])

ORDERS = st.builds(
    Order,
    seed=st.integers(0, 2**63 - 1),
    seconds=st.sampled_from([0.5, 3.0, 8.0, 21.0]),
    asked=st.sampled_from([{}, {"density": 9.0}, {"style": "romantic", "key": "A minor"}]),
    temperature=st.sampled_from([0.3, 1, 1.7]),
    top_p=st.sampled_from([0.2, 0.9, 1]),
    guidance=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    candidate=st.integers(0, 3),
    form=st.sampled_from(["free", "ternary"]),
    level=st.sampled_from([None, None, None, "easy"]),
)
WITH_PRIMER = ORDERS.flatmap(
    lambda order: st.sampled_from(
        [
            order,
            replace(order, primer=PRIMER, seconds=order.seconds + 4),
            replace(order, primer=PRIMER, is_primer_heard=False),
        ]
    )
)


@settings(max_examples=40, deadline=None)
@given(orders=st.lists(WITH_PRIMER, min_size=1, max_size=9), rows=st.sampled_from([1, 4, 16]))
def test_a_piece_is_the_same_by_strides_and_event_by_event(
    compiled: IntegerStepper,
    plain: IntegerStepper,
    checkpoint: Checkpoint,
    orders: list[Order],
    rows: int,
) -> None:
    """Whoever else is sampled beside it, guided or not, with a plan or at a level, from a primer or not."""
    expected = composed(plain, checkpoint, orders, strides=False)
    assert composed(compiled, checkpoint, orders, strides=False) == expected
    assert composed(compiled, checkpoint, orders, strides=True, rows=rows) == expected
    alone = [composed(compiled, checkpoint, [order], strides=True)[0] for order in orders]
    assert alone == expected


def test_a_stride_ends_where_the_piece_is_to_be_asked(
    compiled: IntegerStepper, checkpoint: Checkpoint
) -> None:
    draft = Draft(Order(seed=5, seconds=20.0, asked={"density": 8.0}), checkpoint.controls, NO_EXEMPLARS)
    slot = compiled.begin()
    limits, counts = [1, 7, 64, 64, 64], []
    for limit in limits:
        stretch = draft.stretch()
        assert stretch is not None
        (drawn,) = compiled.stride([stretch], [[slot]], [limit])
        counts.append(len(drawn.events))
        draft.follow(drawn)
        shifts = [event - TIME_SHIFT + 1 for event in drawn.events if TIME_SHIFT <= event < TIME_SHIFT + 100]
        assert stretch.now + sum(shifts[:-1]) < stretch.until
        assert len(drawn.events) == limit or drawn.events[-1] == END or draft.moment.now >= stretch.until
        assert len(drawn.likelihoods) == len(drawn.events)
        assert all(one < 0 for one in drawn.likelihoods)
    compiled.end(slot)
    assert counts[:2] == [1, 7]


def test_a_primer_is_heard_in_one_stride(compiled: IntegerStepper, checkpoint: Checkpoint) -> None:
    draft = Draft(Order(seed=5, seconds=20.0, primer=PRIMER), checkpoint.controls, NO_EXEMPLARS)
    slot = compiled.begin()
    stretch = draft.stretch()
    assert stretch is not None
    assert stretch.previous == START
    assert [*stretch.given] == PRIMER.tolist()
    (drawn,) = compiled.stride([stretch], [[slot]], [30])
    assert drawn.events == PRIMER.tolist()[:30]
    assert drawn.likelihoods == [0.0] * 30
    draft.follow(drawn)
    assert draft.drawn == 0
    compiled.end(slot)


def test_a_level_is_asked_about_each_event_and_a_return_leans(checkpoint: Checkpoint) -> None:
    at_level = Draft(Order(seed=5, seconds=20.0, level="easy"), checkpoint.controls, NO_EXEMPLARS)
    assert at_level.stretch() is None
    planned = Draft(Order(seed=5, seconds=60.0, form="ternary"), checkpoint.controls, NO_EXEMPLARS)
    leans = set()
    while not planned.is_finished:
        stretch = planned.stretch()
        assert stretch is not None
        leans.add(stretch.lean is not None)
        likes = np.zeros((1, END + 1), dtype=np.float32)
        likes[0, TIME_SHIFT + 99] = likes[0, NOTE_ON + 60] = 10
        planned.take(likes)
    assert leans == {True, False}


def test_an_error_in_one_return_is_its_own(
    compiled: IntegerStepper, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = Order(seed=5, seconds=60.0, form="ternary")

    def with_error(stepper: IntegerStepper) -> tuple[Sampling, Sampling]:
        network = Network(checkpoint, Sampler.CPU_INT8, stepper, stepper)
        with Engine(network) as engine:
            broken, sound = engine.submit(order, Stop()), engine.submit(order, Stop())
            monkeypatch.setattr(broken.draft, "_lean", fail)
            with pytest.raises(ArithmeticError, match="stumbled"):
                broken.notes()
            sound.notes()
            return broken, sound

    def fail(logits: object) -> None:
        raise ArithmeticError("stumbled")

    broken, sound = with_error(compiled)
    (expected,) = composed(compiled, checkpoint, [order], strides=True)
    assert sound.draft.events == expected[0]
    assert broken.draft.events == expected[0][: len(broken.draft.events)]
    assert 0 < len(broken.draft.events) < len(expected[0])


class TestLibrary:
    def test_one_that_was_not_built_is_done_without(
        self, checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(integer_kernel, "find_spec", lambda name: None)
        assert not IntegerStepper(checkpoint, tmp_path).is_compiled

    def test_one_that_cannot_be_loaded_is_told_and_done_without(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        damaged = tmp_path / "kernel.so"
        damaged.write_bytes(b"no library")
        spec = type("Spec", (), {"origin": str(damaged)})
        monkeypatch.setattr(integer_kernel, "find_spec", lambda name: spec)
        assert integer_kernel.open_library() is None
        assert "integer_kernel.unusable" in capsys.readouterr().out

    def test_one_of_other_sources_is_not_used(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(integer_kernel, "ROW", np.dtype([("now", np.int32)]))
        assert integer_kernel.open_library() is None
        assert "other sources" in capsys.readouterr().out
