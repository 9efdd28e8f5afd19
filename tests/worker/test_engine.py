import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any, get_args

import pytest

from jobs.capabilities import CpuSampler, Sampler
from model.checkpoint import Checkpoint
from model.errors import ControlError
from model.performance import Note, decode, encode
from model.sampling.order import Order
from worker.device import Device
from worker.engine import Engine
from worker.errors import CanceledError, DeadlineError, InterruptError, StoppedError
from worker.network import Network, open_network
from worker.sampling import CHUNK_EVENTS, Sampling
from worker.stop import Stop

ORDER = Order(seed=11, seconds=10.0, asked={"style": "romantic", "key": "A minor"}, top_p=0.98)
LONG = Order(seed=12, seconds=300.0, asked={"density": 20.0})
SOON_SECONDS = 2.0  # in which half a second must be kept, on a machine that does much else


@pytest.fixture(scope="module", params=get_args(CpuSampler))
def network(
    request: pytest.FixtureRequest, checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory
) -> Network:
    return open_network(checkpoint, tmp_path_factory.mktemp("cache"), Device.CPU, request.param)


@pytest.fixture
def engine(network: Network) -> Iterator[Engine]:
    with Engine(network) as engine:
        yield engine


class Watched:
    """The network's own stepper, which counts its steps and strides, and stumbles where it is marked."""

    def __init__(self, network: Network) -> None:
        self._stepper = network.stepper
        self._strider = network.strider
        self.widest_batch = network.stepper.widest_batch
        self.best_batch = network.stepper.best_batch
        self.best_stride = network.strider.best_stride if network.strider else 0
        self.steps = 0
        self.stumbles = 0

    def begin(self) -> int:
        return self._stepper.begin()

    def end(self, slot: int) -> None:
        self._stepper.end(slot)

    def step(self, *told: Any) -> Any:
        self._count()
        return self._stepper.step(*told)

    def stride(self, *told: Any) -> Any:
        self._count()
        assert self._strider is not None
        return self._strider.stride(*told)

    def _count(self) -> None:
        self.steps += 1
        if self.stumbles:
            self.stumbles -= 1
            raise ArithmeticError("stumbled")

    def rest(self) -> int:
        """Waits until nothing has been stepped for a while; gives the steps there were."""
        for _ in range(100):
            before = self.steps
            time.sleep(0.05)
            if self.steps == before:
                return before
        raise AssertionError("the engine goes on")


@pytest.fixture
def watched(network: Network) -> Watched:
    return Watched(network)


@pytest.fixture
def watched_engine(network: Network, watched: Watched) -> Iterator[Engine]:
    strider = watched if network.strider else None
    with Engine(replace(network, stepper=watched, strider=strider)) as engine:
        yield engine


def alone(network: Network, order: Order) -> list[Note]:
    with Engine(network) as engine:
        return engine.submit(order, Stop()).notes()


def begun(engine: Engine, order: Order = LONG, stop: Stop | None = None) -> Sampling:
    """A sampling whose first events have come."""
    sampling = engine.submit(order, Stop() if stop is None else stop)
    assert next(sampling)
    return sampling


def stopped(sampling: Sampling) -> tuple[type[Exception], float]:
    """What stops a sampling, and the seconds until it did."""
    since = time.monotonic()
    with pytest.raises(StoppedError) as error:
        sampling.notes()
    return error.type, time.monotonic() - since


def test_another_engine_composes_the_same(engine: Engine, network: Network) -> None:
    notes = engine.submit(ORDER, Stop()).notes()
    assert len(notes) > 5
    assert engine.submit(Order(seed=12, seconds=10.0), Stop()).notes() != notes
    assert engine.submit(ORDER, Stop()).notes() == notes  # whatever was composed in between
    assert alone(network, ORDER) == notes


def test_guidance_of_one_is_none_and_more_of_it_is_another_piece(engine: Engine) -> None:
    notes = {
        guidance: tuple(engine.submit(replace(ORDER, guidance=guidance), Stop()).notes())
        for guidance in (1.0, 1.0 + 1e-6, 3.0)
    }
    # Told twice and led by as good as nothing it comes to the same: both ways of stepping agree.
    assert notes[1.0] == notes[1.0 + 1e-6]
    assert notes[3.0] != notes[1.0]


def test_an_engine_tells_what_it_runs(engine: Engine, network: Network, checkpoint: Checkpoint) -> None:
    assert engine.checkpoint is checkpoint
    assert engine.sampler is network.sampler


def test_events_come_in_small_lists_that_are_the_piece(engine: Engine) -> None:
    sampling = engine.submit(Order(seed=1, seconds=20.0), Stop())
    assert sampling.share == 0.0
    chunks, shares = [], []
    for events in sampling:
        chunks.append(events)
        shares.append(sampling.share)
    assert len(chunks) > 2
    assert {len(events) for events in chunks[:-1]} == {CHUNK_EVENTS}
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert sampling.share == 1.0
    assert decode([event for events in chunks for event in events]) == sampling.notes()
    assert list(sampling) == []


def test_a_primers_events_come_first(engine: Engine) -> None:
    primer = encode([Note(60 + place, 70, place / 2, place / 2 + 0.5) for place in range(8)])
    sampling = engine.submit(Order(seed=1, seconds=10.0, primer=primer), Stop())
    events = [event for events in sampling for event in events]
    assert events[: primer.size] == primer.tolist()
    assert sampling.notes()[:8] == decode(primer)


def test_neighbours_change_nothing(engine: Engine, network: Network) -> None:
    """Ten pieces join one after another and leave as they end, some of them long before."""
    orders = [
        Order(seed, 10.0 + seed, {"density": float(seed)}, temperature=0.9, guidance=1.0 + seed % 2)
        for seed in range(10)
    ]
    found: dict[int, list[Note]] = {}

    def compose(order: Order) -> None:
        sampling = engine.submit(order, Stop())
        if order.seed % 3 == 2:
            next(sampling)
            sampling.close()
        else:
            found[order.seed] = sampling.notes()

    threads = [threading.Thread(target=compose, args=(order,)) for order in orders]
    with begun(engine):  # one that is there from the first to the last
        for thread in threads:
            thread.start()
            time.sleep(0.02)
        for thread in threads:
            thread.join()
    assert sorted(found) == [0, 1, 3, 4, 6, 7, 9]
    for seed, notes in found.items():
        assert notes == alone(network, orders[seed]), seed


ORDERS = [
    Order(
        seed,
        10.0 + seed % 3,
        {"density": 4.0 + seed, "key": "C major"},
        guidance=1.0 + 0.5 * (seed % 2),
        form=("free", "ternary")[seed // 2 % 2],
        level=(None, "easy")[seed // 4 % 2],
    )
    for seed in range(16)
]


@pytest.mark.parametrize("rows_at_once", [None, 64])
def test_at_any_batch_and_in_any_order_of_arrival_the_notes_are_the_same(
    network: Network, rows_at_once: int | None
) -> None:
    """One, four and sixteen at once, guidance, plans and levels among them."""
    random = Random(rows_at_once)
    found: dict[int, set[tuple[Note, ...]]] = defaultdict(set)
    for at_once in (1, 4, 16):
        arrivals = random.sample(ORDERS, len(ORDERS))
        with Engine(network, rows_at_once) as engine:
            for first in range(0, len(arrivals), at_once):
                together = arrivals[first : first + at_once]
                for order, sampling in [(order, engine.submit(order, Stop())) for order in together]:
                    found[order.seed].add(tuple(sampling.notes()))
    assert [len(found[order.seed]) for order in ORDERS] == [1] * len(ORDERS)


def test_a_short_piece_overtakes_a_long_one(engine: Engine) -> None:
    long = [begun(engine, replace(LONG, seed=seed)) for seed in range(4)]
    engine.submit(ORDER, Stop()).notes()
    assert all(sampling.share < 1 for sampling in long)
    assert all(next(sampling) for sampling in long)


def test_what_is_due_first_is_done_first(watched_engine: Engine) -> None:
    """Of more pieces than go on at once."""
    waiting = [watched_engine.submit(replace(LONG, seed=seed), Stop(), due=2.0) for seed in range(16)]
    urgent = [watched_engine.submit(replace(LONG, seed=seed), Stop(), due=1.0) for seed in range(8)]
    for _ in range(10):
        for sampling in urgent:
            next(sampling)
    assert max(sampling.draft.drawn for sampling in waiting[8:]) < min(
        sampling.draft.drawn for sampling in urgent
    )
    for sampling in urgent:
        sampling.close()
    assert all(next(sampling) for sampling in waiting)


def test_a_value_that_no_control_allows_is_refused(engine: Engine) -> None:
    with pytest.raises(ControlError, match='There is no style "polka"'):
        engine.submit(Order(seed=1, seconds=10.0, asked={"style": "polka"}), Stop())


def test_an_error_reaches_its_reader_and_the_engine_goes_on(
    watched: Watched, watched_engine: Engine, network: Network
) -> None:
    watched.stumbles = 1
    sampling = watched_engine.submit(LONG, Stop())
    for _ in range(2):  # asked again it says so again, in place of waiting for ever
        with pytest.raises(ArithmeticError, match="stumbled"):
            next(sampling)
    with pytest.raises(ArithmeticError):
        sampling.notes()
    assert watched_engine.submit(ORDER, Stop()).notes() == alone(network, ORDER)


def test_an_error_in_a_draft_ends_it_alone(engine: Engine, network: Network) -> None:
    neighbour = begun(engine, ORDER)
    nonsense: Any = "warm"
    with pytest.raises(ValueError, match="warm"):
        engine.submit(Order(seed=1, seconds=10.0, temperature=nonsense), Stop()).notes()
    assert neighbour.notes() == alone(network, ORDER)


def test_a_cancel_takes_effect_at_once(engine: Engine) -> None:
    others = [begun(engine) for _ in range(4)]
    stop = Stop()
    sampling = begun(engine, stop=stop)
    stop.cancel()
    error, seconds = stopped(sampling)
    assert error is CanceledError
    assert seconds < SOON_SECONDS
    assert all(next(other) for other in others)


def test_a_piece_canceled_while_it_waits_is_never_begun(watched: Watched, watched_engine: Engine) -> None:
    stop = Stop()
    stop.cancel()
    assert stopped(watched_engine.submit(LONG, stop))[0] is CanceledError
    assert watched.steps == 0


def test_a_deadline_ends_a_piece(engine: Engine) -> None:
    error, seconds = stopped(engine.submit(LONG, Stop(0.01)))
    assert error is DeadlineError
    assert seconds < 0.01 + SOON_SECONDS


def test_an_interrupt_ends_a_piece(engine: Engine) -> None:
    stop = Stop()
    sampling = begun(engine, stop=stop)
    stop.interrupt()
    assert stopped(sampling)[0] is InterruptError


def test_a_reader_that_leaves_is_not_sampled_for(watched: Watched, watched_engine: Engine) -> None:
    sampling = begun(watched_engine)
    sampling.close()
    assert stopped(sampling)[0] is CanceledError
    with pytest.raises(KeyError), begun(watched_engine):
        raise KeyError
    for _ in begun(watched_engine):
        break  # and nobody holds it any more
    steps = watched.rest()
    begun(watched_engine).close()
    assert watched.rest() > steps


def test_closing_ends_the_thread_and_whatever_is_not_done(network: Network) -> None:
    threads = threading.active_count()
    engine = Engine(network)
    assert threading.active_count() == threads + 1
    samplings = [begun(engine) for _ in range(3)]
    waiting = threading.Timer(0.1, engine.close)
    waiting.start()
    for sampling in samplings:
        error, seconds = stopped(sampling)
        assert error is InterruptError
        assert seconds < SOON_SECONDS
    waiting.join()
    engine.close()
    assert threading.active_count() == threads
    with pytest.raises(InterruptError):
        engine.submit(ORDER, Stop())


def test_torch_composes_too(checkpoint: Checkpoint, network: Network) -> None:
    import torch

    from model.torch_stepper import TorchStepper

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two would wait for each other on a busy machine
    try:
        on_torch = Network(checkpoint, Sampler.CUDA, TorchStepper(checkpoint, "cpu"))
        notes = alone(on_torch, ORDER)
        with Engine(on_torch) as engine, begun(engine):
            assert engine.sampler is Sampler.CUDA
            assert engine.submit(ORDER, Stop()).notes() == notes
    finally:
        torch.set_num_threads(threads)
    assert abs(max(note.end for note in notes) - ORDER.seconds) <= 2.0
    assert notes[0].start == 0.0
