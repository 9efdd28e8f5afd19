"""How full the street is, as Prometheus hears it, from a real Valkey."""

import pytest
from prometheus_client import CollectorRegistry
from redis import Redis

from jobs.capabilities import Capabilities, Sampler
from jobs.street import names, presence
from jobs.street.front import Front
from jobs.street.gauges import StreetGauges
from jobs.street.presence import Offer
from tests.jobs.pieces import compose_task

TASK = compose_task("23456789ab")
OFFER = Offer(
    worker="one",
    capabilities=Capabilities(checkpoint="0123456789", sampler=Sampler.CPU_FP32, styles=("pop",)),
)


def gauges(url: str) -> dict[str, float]:
    registry = CollectorRegistry()
    street = StreetGauges(url)
    registry.register(street)
    found = {sample.name: sample.value for family in registry.collect() for sample in family.samples}
    street.close()
    return found


def test_an_empty_street(server: str, redis: Redis) -> None:
    found = gauges(server)
    assert found.pop("etude_redis_memory_bytes") > 0
    assert found == {
        "etude_redis_up": 1,
        "etude_redis_memory_limit_bytes": 0,
        "etude_tasks_open": 0,
        "etude_tasks_queued": 0,
        "etude_tasks_running": 0,
        "etude_oldest_task_seconds": 0,
        "etude_workers": 0,
    }


def test_what_waits_and_who_works(server: str, redis: Redis) -> None:
    presence.announce(redis, OFFER, 60)
    presence.announce(redis, OFFER.model_copy(update={"worker": "gone"}), -1)
    Front(redis).submit(TASK, None)
    seconds, _ = redis.time()
    redis.zadd(names.LEDGER, {TASK.id: seconds - 100})
    found = gauges(server)
    assert (found["etude_tasks_open"], found["etude_tasks_queued"], found["etude_tasks_running"]) == (1, 1, 0)
    assert found["etude_workers"] == 1
    assert found["etude_oldest_task_seconds"] == pytest.approx(100, abs=30)


def test_looking_changes_nothing(server: str, redis: Redis) -> None:
    """RQ's own counts clean up what they count: an abandoned job would fail because somebody looked."""
    redis.zadd("rq:wip:etude", {"abandoned:0123": 1.0})
    found = gauges(server)
    assert found["etude_tasks_running"] == 1
    assert redis.keys() == [b"rq:wip:etude"]


def test_a_redis_that_is_away_is_told_and_not_waited_for() -> None:
    assert gauges("redis://127.0.0.1:1") == {"etude_redis_up": 0}
    assert StreetGauges("redis://127.0.0.1:1").lack() == "Redis cannot be used (ConnectionError)"
