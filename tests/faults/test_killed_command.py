"""kill -9 of a command without REDIS_URL, of what it brought along, or of all: nothing is left, none lost."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis

from jobs.progress import Stage
from listening.store.store import open_store
from tests.faults.books import assert_balanced
from tests.faults.processes import Surroundings, ended, read_until_stage, wait_until
from tests.street import valkey

ONE = ("compose", "--candidates", 1)
ALL = ("command", "keeper", "Valkey", "worker")


def asked_for(surroundings: Surroundings) -> list[str]:
    """The ids of the tasks that stand in the books, as Valkey left them."""
    with data_of(surroundings) as redis:
        return [task_id.decode() for task_id in redis.zrange("etude:ledger", 0, -1)]


@contextmanager
def data_of(surroundings: Surroundings) -> Iterator[Redis]:
    """What the Valkey of an instance left behind, in a server of the test's own."""
    (folder,) = surroundings.folder.glob("street/*")
    with valkey(folder, "--appendonly", "yes") as socket, Redis(unix_socket_path=str(socket)) as redis:
        yield redis


def test_the_next_command_keeps_what_killed_ones_asked_for(surroundings: Surroundings) -> None:
    for stage, doomed in ((Stage.SAMPLE, ALL), (Stage.RENDER, ["command"])):
        command = surroundings.etude(*ONE, "--length", 20, is_telling=True)
        read_until_stage(command, stage)
        surroundings.kill(*doomed)
        wait_until(lambda: not surroundings.running())
    left = asked_for(surroundings)
    assert len(left) == 2
    outcome = ended(surroundings.etude(*ONE, "--length", 10, "--json"))
    assert outcome.code == 0
    for piece_id in left:
        assert f"it had piece {piece_id}: making it now" in outcome.err
        assert f"etude show {piece_id}" in outcome.err
    wait_until(lambda: not surroundings.running())
    with data_of(surroundings) as redis:
        assert_balanced(redis)
    with open_store(None, surroundings.folder) as store:
        assert {piece.result.id for piece in store.latest(9)} == {json.loads(outcome.out)["id"], *left}
    assert ended(surroundings.etude("show", left[-1], "--out", "shown")).code == 0
    assert len(list((surroundings.folder / "shown").iterdir())) == 4


def test_what_is_killed_beside_a_command_comes_back(surroundings: Surroundings) -> None:
    options = ("--length", 30, "--seed", 5, "--count", 3)
    command = surroundings.etude(*ONE, *options, is_telling=True)
    for kind in ("worker", "Valkey", "keeper"):
        read_until_stage(command, Stage.SAMPLE)
        surroundings.kill(kind)
    assert ended(command).code == 0
    wait_until(lambda: not surroundings.running())
    with data_of(surroundings) as redis:
        assert_balanced(redis)
    with open_store(None, surroundings.folder) as store:
        assert [piece.result.request.seed for piece in store.latest(9)] == [7, 6, 5]
