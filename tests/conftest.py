"""Checkpoints that were never trained (they play nonsense, but know every control), and a real Valkey."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from redis import Redis

from jobs.street.connection import connect
from model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.corpus import STYLES
from model.lstm_config import LSTMConfig, weight_shapes
from model.performance_controls import standard_controls
from tests.street import keys_for_ever, valkey

# An example that is slow on a busy machine is no bug; a fixed choice of examples makes a red run repeatable.
settings.register_profile("etude", deadline=None, derandomize=True)
settings.load_profile("etude")


@pytest.fixture(scope="session")
def untrained() -> Callable[[int], Checkpoint]:
    """Makes a checkpoint of random weights, of so many hidden cells a layer."""

    def make(hidden: int) -> Checkpoint:
        width = standard_controls(STYLES).width
        config = LSTMConfig(width, hidden=hidden, event_size=12, keyboard_size=12, control_size=12)
        random = np.random.Generator(np.random.PCG64(0))
        weights = {
            name: random.normal(0, 0.3, shape).astype(np.float32)
            for name, shape in weight_shapes(config).items()
        }
        return Checkpoint(config, STYLES, weights)

    return make


@pytest.fixture(scope="session")
def checkpoint_folder(
    untrained: Callable[[int], Checkpoint], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A small checkpoint on disk; not to be written to."""
    folder = tmp_path_factory.mktemp("checkpoint")
    save_checkpoint(untrained(16), folder)
    return folder


@pytest.fixture(scope="session")
def checkpoint(checkpoint_folder: Path) -> Checkpoint:
    """The small checkpoint."""
    return load_checkpoint(checkpoint_folder)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Valkey."""
    with valkey(tmp_path_factory.mktemp("valkey")) as socket:
        yield f"unix://{socket}"


@pytest.fixture
def redis(server: str) -> Iterator[Redis]:
    """An empty Redis, in which nothing may stay for ever that is not listed."""
    with connect(server, is_patient=False) as redis:
        redis.flushall()
        yield redis
        assert keys_for_ever(redis) == []
