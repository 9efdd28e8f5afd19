"""An instance for every test, of which nothing may be left."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.embedded.instance import Instance

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the settings for other commands' tests: none are read here."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Its data folder has a path short enough for sockets."""
    instance = Instance(tmp_path_factory.mktemp("data"))
    yield instance
    instance.close()
