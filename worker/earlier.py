"""The pieces that were made before, as Redis knows them."""

import structlog
from redis import Redis
from redis.exceptions import RedisError

from jobs.street import fingerprints

_log = structlog.get_logger(__name__)


class EarlierInRedis:
    """The earlier pieces of one memory; where Redis fails, a piece is made all the same."""

    def __init__(self, redis: Redis, memory: str) -> None:
        """Get ready.

        Args:
            redis: a connection that fails at once.
            memory: the name of the database that will hold the piece.
        """
        self._redis = redis
        self._memory = memory

    def put(self, piece_id: str, record: bytes) -> None:
        """As `worker.originality.Earlier.put`."""
        try:
            fingerprints.put(self._redis, self._memory, piece_id, record)
        except RedisError as error:
            _log.warning("earlier.not_put", cause=str(error))

    def records(self) -> dict[str, bytes] | None:
        """As `worker.originality.Earlier.records`."""
        try:
            return fingerprints.all_of(self._redis, self._memory)
        except RedisError as error:
            _log.warning("earlier.unknown", cause=str(error))
            return None
