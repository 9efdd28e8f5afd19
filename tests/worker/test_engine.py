import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model.checkpoint import Checkpoint
from model.errors import ControlError
from model.performance import Note
from model.sampling.order import Order
from worker.engine import Engine

ORDER = Order(seed=11, seconds=10.0, asked={"style": "romantic", "key": "A minor"}, top_p=0.98)


def compose(checkpoint: Checkpoint, cache: Path, order: Order = ORDER) -> list[Note]:
    return Engine(checkpoint, cache).compose(order, lambda _: None)


def test_another_engine_composes_the_same(checkpoint: Checkpoint, tmp_path: Path) -> None:
    engine = Engine(checkpoint, tmp_path / "a")
    notes = engine.compose(ORDER, lambda _: None)
    assert len(notes) > 5
    other = engine.compose(Order(seed=12, seconds=10.0), lambda _: None)
    assert other != notes
    assert engine.compose(ORDER, lambda _: None) == notes  # whatever was composed in between
    assert compose(checkpoint, tmp_path / "b") == notes


def test_the_share_that_is_done_is_reported(checkpoint: Checkpoint, tmp_path: Path) -> None:
    shares: list[float] = []
    Engine(checkpoint, tmp_path).compose(Order(seed=1, seconds=20.0), shares.append)
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.9
    assert shares[-1] == 1.0


def test_the_graph_is_built_once(checkpoint: Checkpoint, tmp_path: Path) -> None:
    notes = compose(checkpoint, tmp_path)
    (graph,) = tmp_path.iterdir()
    assert checkpoint.digest[:16] in graph.name
    os.utime(graph, (1e9, 1e9))
    assert compose(checkpoint, tmp_path) == notes
    assert list(tmp_path.iterdir()) == [graph]
    assert graph.stat().st_mtime == 1e9


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_damaged_graph_is_built_anew(checkpoint: Checkpoint, tmp_path: Path, share: float) -> None:
    notes = compose(checkpoint, tmp_path)
    (graph,) = tmp_path.iterdir()
    whole = graph.read_bytes()
    graph.write_bytes(whole[: int(len(whole) * share)])
    assert compose(checkpoint, tmp_path) == notes
    assert graph.read_bytes() == whole
    graph.write_bytes(b"no graph" * 100)
    assert compose(checkpoint, tmp_path) == notes
    assert list(tmp_path.iterdir()) == [graph]


def test_engines_that_begin_together_share_an_empty_cache(checkpoint: Checkpoint, tmp_path: Path) -> None:
    for attempt in range(5):
        cache = tmp_path / str(attempt)
        with ThreadPoolExecutor(4) as pool:
            begun = [pool.submit(Engine, checkpoint, cache) for _ in range(4)]
            assert all(engine.result().checkpoint is checkpoint for engine in begun)
        assert len(list(cache.iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_done_without(checkpoint: Checkpoint, tmp_path: Path) -> None:
    notes = compose(checkpoint, tmp_path / "cache")
    (tmp_path / "file").write_bytes(b"")
    assert compose(checkpoint, tmp_path / "file") == notes
    assert compose(checkpoint, tmp_path / "file" / "below") == notes
    assert (tmp_path / "file").read_bytes() == b""


def test_a_value_that_no_control_allows_is_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(ControlError, match='There is no style "polka"'):
        compose(checkpoint, tmp_path, Order(seed=1, seconds=10.0, asked={"style": "polka"}))
