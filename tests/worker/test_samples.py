from collections.abc import Iterator
from pathlib import Path

import pytest

from model.checkpoint import Checkpoint
from model.performance import decode
from model.sampling.order import Order
from worker.device import Device
from worker.engine import Engine
from worker.network import open_network
from worker.samples import Samples

ORDERS = [Order(seed, 10.0, {"style": "pop"}) for seed in (1, 2, 1)]


@pytest.fixture
def engine(checkpoint: Checkpoint, tmp_path: Path) -> Iterator[Engine]:
    with Engine(open_network(checkpoint, tmp_path / "cache", Device.CPU)) as engine:
        yield engine


def test_pieces_are_sampled_once(engine: Engine, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    samples = Samples(tmp_path / "samples", engine)
    first = samples.get(ORDERS, lambda count, total: told.append((count, total)))
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert first[0].tolist() == first[2].tolist() != first[1].tolist()
    assert 7 < max(note.end for note in decode(first[0])) < 13

    told.clear()
    again = samples.get(ORDERS, lambda count, total: told.append((count, total)))
    assert told == [(0, 0)]
    assert [events.tolist() for events in again] == [events.tolist() for events in first]


def test_pieces_are_sampled_anew_where_the_program_draws_otherwise(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "samples"
    Samples(folder, engine).get(ORDERS[:1], lambda *_: None)
    read_text = Path.read_text
    for name, added, files in (("controls.py", "\n# a remark\n", 1), ("controls.py", "\nTWO = 2\n", 2)):

        def changed(path: Path, *args: str, name: str = name, added: str = added, **how: str) -> str:
            return read_text(path, *args, **how) + (added if path.name == name else "")

        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_text", changed)
            samples = Samples(folder, engine)
        samples.get(ORDERS[:1], lambda *_: None)
        assert len(list(folder.iterdir())) == files


def test_a_damaged_file_is_sampled_anew(engine: Engine, tmp_path: Path) -> None:
    samples = Samples(tmp_path / "samples", engine)
    (events,) = samples.get(ORDERS[:1], lambda *_: None)
    (path,) = (tmp_path / "samples").iterdir()
    path.write_bytes(b"half")
    (again,) = samples.get(ORDERS[:1], lambda *_: None)
    assert again.tolist() == events.tolist()
