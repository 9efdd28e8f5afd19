"""The fingerprints of the latest pieces of each memory, for workers to compare new ones with.

A cache of what stands in SQL, where fronts keep it for good: workers add to it what they have just made,
fronts fill it again when Redis has lost it. What the bytes mean is the workers' affair.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from redis import Redis

from jobs.errors import BlobError
from jobs.fingerprints import MAX_BYTES, PieceFingerprints
from jobs.street import names

MOST_PIECES = 2_000
"""Of each memory; the oldest go first."""

_PUT = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3] == '' and redis.call('TIME')[1] or ARGV[3], ARGV[1])
local surplus = redis.call('ZPOPMIN', KEYS[2], math.max(redis.call('ZCARD', KEYS[2]) - ARGV[4], 0))
for place = 1, #surplus, 2 do
    redis.call('HDEL', KEYS[1], surplus[place])
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return 1
"""


def put(redis: Redis, memory: str, piece_id: str, data: bytes, *, created_at: datetime | None = None) -> None:
    """Add a piece, or replace what was said of it.

    Args:
        redis: a connection.
        memory: the name of the database that holds the piece, or will.
        piece_id: whose.
        data: its fingerprints.
        created_at: when it was stored; None for now.

    Raises:
        BlobError: they are larger than they may be.
        redis.RedisError: Redis cannot be used.
    """
    if len(data) > MAX_BYTES:
        raise BlobError(
            f"The fingerprints of {piece_id} have {len(data):,} bytes; at most {MAX_BYTES:,} are kept."
        )
    keys = [names.fingerprints(memory), names.fingerprint_times(memory)]
    at = "" if created_at is None else int(created_at.timestamp())
    args: list[str | bytes | int] = [piece_id, data, at, MOST_PIECES, names.FINGERPRINT_SECONDS]
    redis.register_script(_PUT)(keys=keys, args=args)


def all_of(redis: Redis, memory: str) -> dict[str, bytes]:
    """The fingerprints of all pieces that are known of a memory, by id."""
    found = cast(dict[bytes, bytes], redis.hgetall(names.fingerprints(memory)))
    return {piece_id.decode(): data for piece_id, data in found.items()}


def forget(redis: Redis, memory: str, piece_id: str) -> None:
    """Take a piece away."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.hdel(names.fingerprints(memory), piece_id)
        pipeline.zrem(names.fingerprint_times(memory), piece_id)
        pipeline.execute()


def fill(
    redis: Redis, memory: str, count: Callable[[], int], latest: Callable[[int], Sequence[PieceFingerprints]]
) -> int:
    """Fill the cache again where Redis has lost of it; where it has not, this costs two small questions.

    Args:
        redis: a connection.
        memory: the name of the database that is asked.
        count: tells of how many pieces it has fingerprints.
        latest: gives those of the latest pieces, up to so many.

    Returns:
        How many pieces were put.

    Raises:
        redis.RedisError: Redis cannot be used.
    """
    if redis.zcard(names.fingerprint_times(memory)) >= min(count(), MOST_PIECES):
        return 0
    kept = latest(MOST_PIECES)
    for each in kept:
        put(redis, memory, each.piece_id, each.data, created_at=each.created_at)
    return len(kept)
