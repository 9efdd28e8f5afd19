"""Workers are heard while they live, and remembered after."""

import pytest
from redis import Redis

from jobs.audio import AudioFormat
from jobs.capabilities import Capabilities, Sampler
from jobs.errors import NoWorkerError
from jobs.street import names
from jobs.street.presence import Offer, announce, await_worker, common, known, living, withdraw

FIRST = Capabilities(checkpoint="0123456789", sampler=Sampler.CPU_FP32, styles=("pop", "latin", "baroque"))
SECOND = Capabilities(
    checkpoint="abcdef0123",
    sampler=Sampler.CUDA,
    styles=("baroque", "pop"),
    audio_formats=(AudioFormat.MP3,),
    max_length_seconds=120,
)
OFFER = Offer(worker="one", capabilities=FIRST)


def test_a_worker_that_announced_itself_is_there(redis: Redis) -> None:
    announce(redis, OFFER, 10)
    assert living(redis) == [OFFER]
    assert await_worker(redis, 0.0) == FIRST


def test_one_that_fell_silent_is_only_known(redis: Redis) -> None:
    announce(redis, OFFER, -1)
    assert living(redis) == []
    assert known(redis) == [OFFER]


def test_one_that_went_is_only_known(redis: Redis) -> None:
    announce(redis, OFFER, 10)
    withdraw(redis, OFFER)
    assert living(redis) == []
    assert known(redis) == [OFFER]


def test_two_that_offer_the_same_are_two(redis: Redis) -> None:
    other = OFFER.model_copy(update={"worker": "two"})
    announce(redis, OFFER, 10)
    announce(redis, other, 20)
    withdraw(redis, OFFER)
    assert living(redis) == [other]


def test_one_of_another_version_is_passed_over(redis: Redis) -> None:
    redis.zadd(names.WORKERS, {'{"worker": "new", "wings": 2}': 1e12})
    announce(redis, OFFER, 10)
    assert living(redis) == [OFFER]


def test_nobody_is_a_sentence(redis: Redis) -> None:
    with pytest.raises(
        NoWorkerError, match=r"No worker was heard within 0\.05 s: start one with `etude worker`"
    ):
        await_worker(redis, 0.05)


def test_what_all_can_do_is_offered() -> None:
    offered = common([FIRST, SECOND])
    assert offered.styles == ("pop", "baroque")
    assert offered.audio_formats == (AudioFormat.MP3,)
    assert offered.max_length_seconds == 120
    assert offered.checkpoint == FIRST.checkpoint
