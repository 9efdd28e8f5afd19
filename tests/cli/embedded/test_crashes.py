"""kill -9 of anything: what is still needed is there again with its data, and of the rest nothing is left."""

import os
import signal
from itertools import combinations

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from cli.embedded.errors import StreetUnavailableError
from tests.cli.embedded.instance import Instance, wait_until

PARTS = ("keeper", "Valkey", "worker")


def is_answering(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisConnectionError:
        return False


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_is_killed_comes_back_with_its_data(instance: Instance, count: int) -> None:
    with instance.street() as street, instance.redis as redis:
        for killed in combinations(PARTS, count):
            redis.set("piece", "-".join(killed))
            gone = instance.running(*killed)
            instance.kill(*killed)
            wait_until(lambda: len(instance.running(*PARTS)) == 3 and is_answering(redis))
            assert redis.get("piece") == "-".join(killed)
            assert not gone & instance.running()
        street.check()


@pytest.mark.parametrize("killed", [(), ("keeper",), ("keeper", "Valkey"), ("worker",), PARTS])
def test_nothing_outlives_a_killed_command(instance: Instance, killed: tuple[str, ...]) -> None:
    command = instance.command()
    assert command.stdout is not None
    command.stdout.readline()
    instance.kill("command", *killed)
    wait_until(lambda: not instance.running())


def test_data_outlives_everything(instance: Instance) -> None:
    command = instance.command()
    assert command.stdout is not None
    command.stdout.readline()
    with instance.redis as redis:
        redis.set("piece", "kept")
    instance.kill("command", *PARTS)
    with instance.street(), instance.redis as redis:
        assert redis.get("piece") == "kept"


def test_a_keeper_that_is_told_to_end_stays_away(instance: Instance) -> None:
    with instance.street() as street:
        (keeper,) = instance.running("keeper")
        os.kill(keeper, signal.SIGTERM)
        wait_until(lambda: not instance.running(*PARTS))
        with pytest.raises(StreetUnavailableError, match="told to end"):
            street.check()


def test_a_worker_that_can_no_longer_work_says_so(instance: Instance) -> None:
    program = """
import sys
from pathlib import Path
if Path("started").exists():
    sys.stderr.write("The soundfont is gone.")
    sys.exit(2)
Path("started").touch()
print("ready", flush=True)
sys.stdin.read()
"""
    with instance.street(program) as street:
        instance.kill("worker")
        wait_until(lambda: not instance.running(*PARTS))
        with pytest.raises(StreetUnavailableError, match=r"^The soundfont is gone\.$"):
            street.check()
