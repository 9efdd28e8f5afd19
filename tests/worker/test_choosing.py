from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from model.checkpoint import Checkpoint
from model.errors import ControlError
from model.sampling.choice import score
from model.sampling.order import Order
from worker.choosing import best, best_of, submit_all
from worker.device import Device
from worker.engine import Engine
from worker.errors import StoppedError
from worker.network import Network, open_network
from worker.stop import Stop

ORDER = Order(seed=11, seconds=10.0, asked={"style": "romantic", "key": "A minor"}, top_p=0.98)


@pytest.fixture(scope="module")
def network(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Network:
    return open_network(checkpoint, tmp_path_factory.mktemp("cache"), Device.CPU)


@pytest.fixture
def engine(network: Network) -> Iterator[Engine]:
    with Engine(network) as engine:
        yield engine


def silent(_share: float) -> None:
    """What hears of no progress."""


def stopped_at(calls: int) -> Stop:
    """A stop that is given when it is asked for the so manieth time."""
    stop = Stop()
    check: Callable[[], None] = stop.check
    asked = 0

    def counted() -> None:
        nonlocal asked
        asked += 1
        if asked == calls:
            stop.cancel()
        check()

    stop.check = counted  # type: ignore[method-assign] # a person would press the button just then
    return stop


def test_one_candidate_is_the_piece_itself(engine: Engine) -> None:
    plain = engine.submit(ORDER, Stop())
    notes = plain.notes()
    only = best_of(1, ORDER, engine, silent, Stop())
    assert only.events == plain.draft.events
    assert only.notes() == notes
    assert only.candidate == 0


def test_the_best_candidate_is_kept(engine: Engine) -> None:
    alone = []
    for candidate in range(3):
        sampling = engine.submit(replace(ORDER, candidate=candidate), Stop())
        sampling.notes()
        alone.append(sampling.draft)
    assert len({tuple(draft.events) for draft in alone}) == 3
    chosen = best_of(3, ORDER, engine, silent, Stop())
    assert chosen.events == max(alone, key=lambda draft: score(draft).total).events
    assert score(chosen).total == max(score(draft).total for draft in alone)


def test_the_choice_is_a_function_of_the_order(network: Network) -> None:
    chosen = []
    for neighbours in (0, 2):
        with Engine(network) as engine:
            others = [engine.submit(Order(seed, 12.0), Stop()) for seed in range(neighbours)]
            draft = best_of(3, ORDER, engine, silent, Stop())
            chosen.append((draft.candidate, draft.events, draft.log_likelihood))
            for other in others:
                other.close()
    assert chosen[0] == chosen[1]


def test_candidates_count_on_from_that_of_the_order(engine: Engine) -> None:
    samplings = submit_all(2, replace(ORDER, candidate=5), engine, Stop())
    assert best(samplings).candidate in {5, 6}
    assert [sampling.draft.candidate for sampling in samplings] == [5, 6]


def test_of_equals_the_first_is_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.choosing.score", lambda _draft: score(samplings[0].draft))
    samplings = submit_all(3, ORDER, engine, Stop())
    assert best(samplings).candidate == 0


def test_progress_is_that_of_all(engine: Engine) -> None:
    shares: list[float] = []
    best_of(2, replace(ORDER, seconds=40.0), engine, shares.append, Stop())
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 2


@pytest.mark.parametrize("calls", [1, 20, 40])
def test_a_stop_ends_all_candidates(engine: Engine, calls: int) -> None:
    with pytest.raises(StoppedError):
        best_of(3, ORDER, engine, silent, stopped_at(calls))
    assert best_of(1, ORDER, engine, silent, Stop()).is_finished  # the engine goes on


def test_what_a_listener_raises_ends_all_candidates(engine: Engine) -> None:
    def interrupted(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        best_of(3, replace(ORDER, seconds=300.0), engine, interrupted, Stop())
    assert best_of(1, ORDER, engine, silent, Stop()).is_finished


def test_a_value_that_is_not_allowed_is_refused(engine: Engine) -> None:
    with pytest.raises(ControlError):
        best_of(2, replace(ORDER, asked={"style": "no such style"}), engine, silent, Stop())


def test_a_fault_is_raised(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ArithmeticError("stumbled")

    with monkeypatch.context() as patch:
        patch.setattr("model.sampling.draft.Draft.follow", stumble)
        with pytest.raises(ArithmeticError):
            best_of(2, ORDER, engine, silent, Stop())
    assert best_of(1, ORDER, engine, silent, Stop()).is_finished
