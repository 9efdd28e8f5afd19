"""How full the street is, for Prometheus: asked of Redis whenever somebody looks."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.registry import StartedJobRegistry

from jobs.street import names

ANSWER_SECONDS = 2.0
"""For how long Redis may be silent: whoever looks has other figures to read, and gives up soon."""

_GAUGES = {
    "etude_redis_up": "Whether Redis answers this process.",
    "etude_tasks_open": "Requests that are accepted and not settled.",
    "etude_tasks_queued": "Requests that no worker has taken, those behind others of one listener aside.",
    "etude_tasks_running": "Requests that workers have taken.",
    "etude_oldest_task_seconds": "Age of the oldest request that is not settled; 0 where there is none.",
    "etude_workers": "Workers that were heard within ETUDE_RECOVERY_SECONDS.",
    "etude_redis_memory_bytes": "Memory that Redis uses for what it holds.",
    "etude_redis_memory_limit_bytes": "Its maxmemory, beyond which it refuses writes; 0 for none.",
}


class StreetGauges(Collector):
    """Reads how full the street is; without any of RQ's counts, which clean up as they count."""

    def __init__(self, url: str) -> None:
        """Get ready; nothing is connected yet.

        Args:
            url: as `REDIS_URL`, its secret revealed; known to be understood.
        """
        self._redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            protocol=2,
        )

    def lack(self) -> str | None:
        """Says that Redis is away, if it is."""
        try:
            self._redis.ping()
        except RedisError as error:
            return f"Redis cannot be used ({type(error).__name__})"
        return None

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()

    def describe(self) -> Iterator[Metric]:
        """The names, without asking Redis."""
        for name, told in _GAUGES.items():
            yield GaugeMetricFamily(name, told)

    def collect(self) -> Iterator[Metric]:
        """All of them as they are now; only `etude_redis_up`, as 0, where Redis cannot be asked."""
        try:
            values = self._values()
        except RedisError:
            values = {"etude_redis_up": 0.0}
        for name, value in values.items():
            yield GaugeMetricFamily(name, _GAUGES[name], value)

    def _values(self) -> dict[str, float]:
        queue = Queue(names.QUEUE, connection=self._redis, serializer="json")
        seconds, microseconds = self._redis.time()
        now = seconds + microseconds / 1e6
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.zcard(names.LEDGER)
            pipeline.zrange(names.LEDGER, 0, 0, withscores=True)
            pipeline.llen(queue.key)
            pipeline.zcard(StartedJobRegistry(names.QUEUE, self._redis).key)
            pipeline.zcount(names.WORKERS, f"({now}", "+inf")
            pipeline.info("memory")
            opened, oldest, queued, running, workers, memory = pipeline.execute()
        return {
            "etude_redis_up": 1.0,
            "etude_tasks_open": opened,
            "etude_tasks_queued": queued,
            "etude_tasks_running": running,
            "etude_oldest_task_seconds": max(now - oldest[0][1], 0.0) if oldest else 0.0,
            "etude_workers": workers,
            "etude_redis_memory_bytes": memory["used_memory"],
            "etude_redis_memory_limit_bytes": memory["maxmemory"],
        }
