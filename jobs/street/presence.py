"""Who works: what each worker offers, told by every beat of its heart and forgotten when it is silent."""

import time
from typing import cast

from pydantic import ValidationError
from redis import Redis

from jobs.capabilities import Capabilities
from jobs.contract import Contract
from jobs.errors import NoWorkerError
from jobs.street import names

_POLL_SECONDS = 0.02


class Offer(Contract):
    """What a worker offers; two that offer the same are still two."""

    worker: str
    capabilities: Capabilities


def announce(redis: Redis, offer: Offer, seconds: float) -> None:
    """Say that a worker is there, and will be heard again within so many seconds."""
    now = _now(redis)
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.zadd(names.WORKERS, {offer.model_dump_json(): now + seconds})
        pipeline.zremrangebyscore(names.WORKERS, 0, now - names.KNOWN_SECONDS)
        pipeline.expire(names.WORKERS, names.KNOWN_SECONDS)
        pipeline.execute()


def withdraw(redis: Redis, offer: Offer) -> None:
    """Say that a worker goes; what it offered stays known."""
    redis.zadd(names.WORKERS, {offer.model_dump_json(): _now(redis)}, xx=True)


def living(redis: Redis) -> list[Offer]:
    """The workers that are there, the one heard last first."""
    return _offers(redis, _now(redis))


def known(redis: Redis) -> list[Offer]:
    """The workers that were ever heard within a month, the one heard last first."""
    return _offers(redis, 0.0)


def await_worker(redis: Redis, seconds: float) -> Capabilities:
    """What is offered, as soon as a worker is heard.

    Raises:
        NoWorkerError: none is heard within so many seconds.
        redis.RedisError: Redis cannot be used.
    """
    until = time.monotonic() + seconds
    while not (offers := living(redis)):
        if time.monotonic() >= until:
            raise NoWorkerError(
                f"No worker was heard within {seconds:g} s: start one with `etude worker`, "
                "and see that it has the same REDIS_URL."
            )
        time.sleep(_POLL_SECONDS)
    return common([offer.capabilities for offer in offers])


def common(offered: list[Capabilities]) -> Capabilities:
    """What every one of these workers can do, as any of them may get the task; told by the first."""
    first = offered[0]
    shared = set.intersection(*(set(each.styles) for each in offered))
    formats = set.intersection(*(set(each.audio_formats) for each in offered))
    return first.model_copy(
        update={
            "styles": tuple(style for style in first.styles if style in shared),
            "audio_formats": tuple(one for one in first.audio_formats if one in formats),
            "min_length_seconds": max(each.min_length_seconds for each in offered),
            "max_length_seconds": min(each.max_length_seconds for each in offered),
        }
    )


def _offers(redis: Redis, since: float) -> list[Offer]:
    offers = []
    for payload in redis.zrevrangebyscore(names.WORKERS, "+inf", f"({since}"):
        try:
            offers.append(Offer.model_validate_json(cast(bytes, payload)))
        except ValidationError:
            continue  # of another version of Etude
    return offers


def _now(redis: Redis) -> float:
    seconds, microseconds = redis.time()
    return float(seconds + microseconds / 1e6)
