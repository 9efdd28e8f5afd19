"""A street of one's own: it is there as long as a command uses it, for all that may use it.

That nothing is left afterwards every test here asserts, in `Instance.close`.
"""

import stat

from cli.embedded.street import EmbeddedStreet
from tests.cli.embedded.instance import WORKER, Instance, python

PARTS = ("keeper", "Valkey", "worker")


def test_it_is_ready(instance: Instance) -> None:
    wanted = {"appendonly": "yes", "maxmemory": str(256 << 20), "maxmemory-policy": "noeviction", "port": "0"}
    with instance.street() as street, instance.redis as redis:
        street.check()
        assert redis.ping()
        assert wanted == {name: redis.config_get(name)[name] for name in wanted}
        assert len(instance.running("worker")) == 1


def test_nobody_else_gets_in(instance: Instance) -> None:
    with instance.street() as street:
        assert stat.S_IMODE(street.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((street.folder / "valkey.sock").stat().st_mode) == 0o700


def test_a_path_may_hold_anything(instance: Instance) -> None:
    instance.data_folder /= "100% ours, #1?"
    with instance.street(), instance.redis as redis:
        assert redis.ping()


def test_two_commands_at_once_share_it_until_the_last_leaves(instance: Instance) -> None:
    first, second = instance.command(), instance.command()
    assert first.stdout is not None
    assert second.stdout is not None
    assert first.stdout.readline() == second.stdout.readline()
    shared = instance.running(*PARTS)
    assert len(shared) == 3
    first.communicate()
    with instance.street():
        second.communicate()
        assert instance.running(*PARTS) == shared


def test_other_identities_share_nothing(instance: Instance) -> None:
    with instance.street(identity=["cpu"]) as one, instance.street(identity=["cuda"]) as other:
        assert one.url != other.url
        assert len(instance.running("Valkey")) == 2


def test_one_can_come_while_the_last_leaves(instance: Instance) -> None:
    for visit in range(1, 5):
        with instance.street(), instance.redis as redis:
            assert redis.incr("visits") == visit


def test_a_worker_gets_what_it_needs(instance: Instance) -> None:
    program = "import os; open('seen', 'w').write(os.environ['REDIS_URL'] + os.environ['SOUNDFONT'])" + WORKER
    street = EmbeddedStreet(
        instance.data_folder, (), python(program), worker_environment={"SOUNDFONT": "mine"}
    )
    with street:
        assert (street.folder / "seen").read_text() == street.url + "mine"
