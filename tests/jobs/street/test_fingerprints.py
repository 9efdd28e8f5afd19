"""What workers are told of earlier pieces: bounded, filled again, and gone with a piece."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from jobs.errors import BlobError
from jobs.fingerprints import MAX_BYTES, PieceFingerprints
from jobs.street import fingerprints, names

MEMORY = "0123456789abcdef"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def kept(count: int) -> list[PieceFingerprints]:
    """Pieces as SQL has them, the latest first."""
    return [
        PieceFingerprints(f"piece{number}", NOW - timedelta(minutes=number), b"%d" % number)
        for number in range(count)
    ]


def test_what_is_put_is_there_until_it_is_forgotten(redis: Redis) -> None:
    fingerprints.put(redis, MEMORY, "one", b"1")
    fingerprints.put(redis, MEMORY, "two", b"2")
    fingerprints.put(redis, MEMORY, "two", b"3")
    fingerprints.put(redis, "other", "one", b"4")
    assert fingerprints.all_of(redis, MEMORY) == {"one": b"1", "two": b"3"}
    fingerprints.forget(redis, MEMORY, "two")
    fingerprints.forget(redis, MEMORY, "never heard of")
    assert fingerprints.all_of(redis, MEMORY) == {"one": b"1"}
    assert redis.zrange(names.fingerprint_times(MEMORY), 0, -1) == [b"one"]


def test_there_are_never_more_than_allowed_and_the_oldest_go(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "MOST_PIECES", 3)
    for number in range(5):
        at = NOW + timedelta(minutes=number)
        fingerprints.put(redis, MEMORY, f"piece{number}", b"1", created_at=at)
    assert set(fingerprints.all_of(redis, MEMORY)) == {"piece2", "piece3", "piece4"}
    fingerprints.put(redis, MEMORY, "older", b"1", created_at=NOW)
    assert set(fingerprints.all_of(redis, MEMORY)) == {"piece2", "piece3", "piece4"}
    assert redis.zcard(names.fingerprint_times(MEMORY)) == 3


def test_no_piece_takes_more_room_than_allowed(redis: Redis) -> None:
    fingerprints.put(redis, MEMORY, "one", bytes(MAX_BYTES))
    with pytest.raises(BlobError, match="8,193 bytes"):
        fingerprints.put(redis, MEMORY, "two", bytes(MAX_BYTES + 1))
    assert set(fingerprints.all_of(redis, MEMORY)) == {"one"}


def test_all_of_it_expires(redis: Redis) -> None:
    fingerprints.put(redis, MEMORY, "one", b"1")
    for name in (names.fingerprints(MEMORY), names.fingerprint_times(MEMORY)):
        assert 0 < redis.ttl(name) <= names.FINGERPRINT_SECONDS


def test_what_redis_has_lost_is_filled_again_from_sql(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = kept(3)

    def fill() -> int:
        return fingerprints.fill(redis, MEMORY, lambda: len(stored), lambda limit: stored[:limit])

    assert (fill(), fill()) == (3, 0)
    assert fingerprints.all_of(redis, MEMORY) == {"piece0": b"0", "piece1": b"1", "piece2": b"2"}
    redis.flushall()
    assert fill() == 3
    fingerprints.put(redis, MEMORY, "just made", b"1")
    assert fill() == 0
    redis.flushall()
    monkeypatch.setattr(fingerprints, "MOST_PIECES", 2)
    assert (fill(), fill()) == (2, 0)
    assert set(fingerprints.all_of(redis, MEMORY)) == {"piece0", "piece1"}
