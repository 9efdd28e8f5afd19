"""What workers offer, as the bot last heard it: autocomplete must not wait, nor need a worker."""

import asyncio
import time

from redis import Redis
from redis.exceptions import RedisError

from jobs.capabilities import Capabilities
from jobs.street.presence import Offer, common, known, living

FRESH_SECONDS = 5.0
"""For how long what was heard is taken for true."""

PATIENCE_SECONDS = 1.0
"""For how long Redis is waited for before what was heard earlier has to do."""


class Offers:
    """Asks Redis now and then, once for all who want to know."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._heard_at = float("-inf")
        self._living: list[Offer] = []
        self._known: list[Offer] = []
        self._asking: asyncio.Task[None] | None = None

    async def workers(self) -> list[Offer]:
        """The workers that are there."""
        await self._refresh()
        return self._living

    async def capabilities(self) -> Capabilities | None:
        """What may be asked for; what was offered last where nobody is there, None where nobody ever was."""
        await self._refresh()
        offers = self._living or self._known[:1]
        return common([offer.capabilities for offer in offers]) if offers else None

    async def _refresh(self) -> None:
        if time.monotonic() - self._heard_at < FRESH_SECONDS:
            return
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        await asyncio.wait((self._asking,), timeout=PATIENCE_SECONDS)

    async def _ask(self) -> None:
        try:
            self._living = await asyncio.to_thread(living, self._redis)
            self._known = await asyncio.to_thread(known, self._redis) or self._known
        except RedisError:
            self._living = []  # whether anybody is there cannot be known; what was offered still stands
        self._heard_at = time.monotonic()
