"""What an instance's folder may hold from before: a dead socket, a forgotten server, damaged data."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from cli.embedded.errors import StreetUnavailableError
from cli.embedded.valkey import find_binary
from tests.cli.embedded.instance import Instance, wait_until

KEYS = 100


def fill(instance: Instance) -> Path:
    """Leaves some keys behind; gives the file that they are in."""
    with instance.street() as street, instance.redis as redis:
        for key in range(KEYS):
            redis.set(f"key {key}", "x" * 100)
    wait_until(lambda: not instance.running())
    (file,) = (street.folder / "appendonlydir").glob("*.incr.aof")
    return file


def test_dead_sockets(instance: Instance) -> None:
    instance.folder.mkdir(parents=True)
    for name in ("valkey.sock", "keeper.sock"):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(instance.folder / name))
    with instance.street(), instance.redis as redis:
        assert redis.ping()


def test_a_server_that_outlived_its_keeper_ends(instance: Instance) -> None:
    """Linux kills it with its keeper; elsewhere it may happen."""
    instance.folder.mkdir(parents=True)
    flags = ["--port", "0", "--unixsocket", "valkey.sock", "--appendonly", "yes", "--save", ""]
    with subprocess.Popen([find_binary(), *flags], cwd=instance.folder, stdout=subprocess.DEVNULL) as orphan:
        wait_until((instance.folder / "valkey.sock").exists)
        with instance.redis as redis:
            redis.set("piece", "kept")
        with instance.street(), instance.redis as redis:
            assert orphan.wait(10) == 0
            assert redis.get("piece") == "kept"


def test_data_cut_short_are_kept_up_to_there(instance: Instance) -> None:
    file = fill(instance)
    os.truncate(file, file.stat().st_size - 7)
    with instance.street(), instance.redis as redis:
        assert redis.dbsize() == KEYS - 1


def test_damaged_data_are_set_aside(instance: Instance) -> None:
    file = fill(instance)
    damaged = bytearray(file.read_bytes())
    damaged[5000:5100] = bytes(100)
    file.write_bytes(damaged)
    with instance.street() as street, instance.redis as redis:
        assert redis.dbsize() == 0
        assert (street.folder / "appendonlydir.damaged-1" / file.name).read_bytes() == damaged
        assert "appendonlydir.damaged-1" in (street.folder / "keeper.log").read_text()


@pytest.mark.parametrize("name", ["appendonly.aof.manifest", "appendonly.aof.1.base.rdb"])
def test_the_last_three_damaged_data_are_kept(instance: Instance, name: str) -> None:
    for number in range(1, 5):
        (instance.folder / f"appendonlydir.damaged-{number}").mkdir(parents=True)
    file = fill(instance).with_name(name)
    os.truncate(file, 20)
    with instance.street() as street, instance.redis as redis:
        assert redis.ping()
        kept = {path.suffix for path in street.folder.glob("appendonlydir.*")}
        assert kept == {".damaged-3", ".damaged-4", ".damaged-5"}


def test_data_that_cannot_be_opened_stay_where_they_are(instance: Instance) -> None:
    instance.folder.mkdir(parents=True)
    (instance.folder / "appendonlydir").write_text("a file of the user's own")
    reason = r"Valkey does not start \(Can't open .*\): see /.*valkey\.log"
    with pytest.raises(StreetUnavailableError, match=reason), instance.street():
        pass
    assert (instance.folder / "appendonlydir").is_file()
