"""Faults that a test brings about: requests that fail, get no reply, or wait."""

import asyncio
import re
from dataclasses import dataclass, field

from tests.discord_server.rate_limits import LimitedError


class FaultError(Exception):
    """A request that fails because the test asked for it.

    Args:
        status: What is replied; None cuts the wire.
    """

    def __init__(self, status: int | None) -> None:
        super().__init__("A fault that the test asked for")
        self.status = status


@dataclass(eq=False)
class Fault:
    """Makes the next requests to a route fail.

    Attributes:
        status: What is replied; None cuts the wire.
        times: How many requests are yet to fail.
        after_processing: Whether the deed is done all the same.
        retry_after: With status 429, in seconds.
        hits: How many requests have failed.
    """

    method: str
    path: str
    status: int | None
    times: int
    after_processing: bool
    retry_after: float
    hits: int = 0

    def strike(self) -> None:
        """Fail.

        Raises:
            LimitedError: With status 429.
            FaultError: Otherwise.
        """
        self.times -= 1
        self.hits += 1
        if self.status == 429:
            raise LimitedError(self.retry_after)
        raise FaultError(self.status)


@dataclass(eq=False)
class Hold:
    """Makes requests to a route wait, before they are processed, until it is released.

    Attributes:
        waiting: How many requests wait.
    """

    method: str
    path: str
    waiting: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Faults:
    """All faults that are to come."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.holds: list[Hold] = []

    async def before(self, method: str, path: str) -> None:
        """Wait, then fail, as the test asked for a request that is not processed yet."""
        for hold in self.holds:
            if _concerns(hold, method, path) and not hold.released.is_set():
                hold.waiting += 1
                await hold.released.wait()
                hold.waiting -= 1
        self._strike(method, path, after_processing=False)

    def after(self, method: str, path: str) -> None:
        """Fail, as the test asked for a request that was processed."""
        self._strike(method, path, after_processing=True)

    def _strike(self, method: str, path: str, *, after_processing: bool) -> None:
        for fault in self.faults:
            if fault.times and fault.after_processing is after_processing and _concerns(fault, method, path):
                fault.strike()


def _concerns(each: Fault | Hold, method: str, path: str) -> bool:
    return each.method == method and re.search(each.path, path) is not None
