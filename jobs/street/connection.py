"""Connections to Redis, and its failures in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    OutOfMemoryError,
    RedisError,
)
from redis.retry import Retry

from jobs.errors import StreetError

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
"""For how long a server may be silent; longer than any blocking command of ours."""

PATIENT_TRIES = 60  # with waits of up to 2 s: a server may be away for a minute


def connect(url: str, *, is_patient: bool) -> Redis:
    """A connection, which is opened with its first command.

    Args:
        url: as `REDIS_URL`, its secret revealed.
        is_patient: whether a command waits for a server that is away, as workers do, or fails at once, so
            that a person can be told.

    Raises:
        StreetError: the URL is not understood.
    """
    retry = (
        Retry(ExponentialBackoff(cap=2.0, base=0.1), PATIENT_TRIES) if is_patient else Retry(NoBackoff(), 0)
    )
    try:
        return Redis.from_url(
            url,
            retry=retry,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            health_check_interval=30,
            protocol=2,
        )
    except ValueError as error:  # not chained: the URL, and with it the password, may stand in it
        raise StreetError("REDIS_URL is not understood: write redis://:password@host:6379/0.") from (
            None if "@" in url else error
        )


@contextmanager
def translated(redis: Redis) -> Iterator[None]:
    """Turns what redis-py raises inside into a `StreetError`."""
    try:
        yield
    except RedisError as error:
        raise StreetError(_sentence(redis, error)) from error


def _sentence(redis: Redis, error: RedisError) -> str:
    place = _place(redis)
    if isinstance(error, (AuthenticationError, AuthorizationError, NoPermissionError)):
        return f"Redis at {place} refuses us: check user and password in REDIS_URL."
    if isinstance(error, OutOfMemoryError):
        return f"Redis at {place} is full: try again in a while, or give it more memory (maxmemory)."
    reason = str(error).rstrip(".") or type(error).__name__
    return f"Redis at {place} cannot be used ({reason}): check REDIS_URL and that the server runs."


def _place(redis: Redis) -> str:
    settings = redis.connection_pool.connection_kwargs
    if "path" in settings:
        return str(settings["path"])
    return f"{settings.get('host', 'localhost')}:{settings.get('port', 6379)}"
