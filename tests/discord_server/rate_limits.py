"""Rate limits: a bucket a route and channel, guild or token, and one over all that the bot asks.

Source: "Rate Limits" in Discord's documentation. It names no limits of single routes; those here were
observed by libraries, and Discord may change its own at any time.
"""

import hashlib
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from tests.discord_server.refusal import Json, RefusedError

MAJOR_PARAMETERS = ("channel", "guild", "application", "token")

REACTION = "/channels/{channel}/messages/{message}/reactions/{emoji}/@me"
MESSAGES = "/channels/{channel}/messages"
MESSAGE = "/channels/{channel}/messages/{message}"
WEBHOOK = "/webhooks/{application}/{token}"
WEBHOOK_MESSAGE = "/webhooks/{application}/{token}/messages/{message}"


@dataclass
class Bucket:
    """So many requests in so many seconds, counted from the first."""

    requests: int
    seconds: float
    used: int = 0
    ends: float = 0


class LimitedError(RefusedError):
    """Too many requests."""

    def __init__(self, retry_after: float, *, is_global: bool = False) -> None:
        super().__init__(429, 0, "You are being rate limited.")
        self.retry_after = retry_after
        self.is_global = is_global

    @property
    def body(self) -> Json:
        return {"message": self.message, "retry_after": self.retry_after, "global": self.is_global}

    @property
    def headers(self) -> dict[str, str]:
        """Without Via, libraries take it for a ban."""
        scope = "global" if self.is_global else "user"
        headers = {"Via": "1.1 google", "Retry-After": str(self.retry_after), "X-RateLimit-Scope": scope}
        return headers | ({"X-RateLimit-Global": "true"} if self.is_global else {})


class RateLimits:
    """All buckets; a test may set its own limits.

    Attributes:
        requests_a_second: How many the bot may send in all; what has an interaction's token does not count.
    """

    def __init__(self) -> None:
        self.requests_a_second = 50
        self._limits: dict[tuple[str, str], tuple[int, float]] = {}
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self._recent: deque[float] = deque()
        self.limit("PUT", REACTION, 1, 0.25)
        self.limit("DELETE", REACTION, 1, 0.25)
        self.limit("POST", MESSAGES, 5, 5)
        self.limit("PATCH", MESSAGE, 5, 5)
        self.limit("DELETE", MESSAGE, 5, 1)
        self.limit("POST", WEBHOOK, 5, 2)
        self.limit("PATCH", WEBHOOK_MESSAGE, 5, 2)

    def limit(self, method: str, route: str, requests: int, seconds: float) -> None:
        """Let a route take so many requests in so many seconds, for each channel, guild or token."""
        self._limits[method, route] = (requests, seconds)
        for key in [key for key in self._buckets if key[:2] == (method, route)]:
            del self._buckets[key]

    def take(self, method: str, route: str, parts: Mapping[str, str]) -> dict[str, str]:
        """Count a request.

        Returns:
            The headers that tell what is left; none for a route without a limit.

        Raises:
            LimitedError: If nothing is left.
        """
        if not route.startswith(("/interactions/", "/webhooks/")):
            self._take_global()
        if (method, route) not in self._limits:
            return {}
        requests, seconds = self._limits[method, route]
        majors = [parts[name] for name in MAJOR_PARAMETERS if name in parts]
        bucket = self._buckets.setdefault((method, route, *majors), Bucket(requests, seconds))
        now = time.monotonic()
        if now >= bucket.ends:
            bucket.used, bucket.ends = 0, now + bucket.seconds
        left = bucket.ends - now
        if bucket.used >= bucket.requests:
            raise LimitedError(round(left, 3))
        bucket.used += 1
        return {
            "X-RateLimit-Limit": str(bucket.requests),
            "X-RateLimit-Remaining": str(bucket.requests - bucket.used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(f"{method} {route}".encode()).hexdigest(),
        }

    def _take_global(self) -> None:
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.requests_a_second:
            raise LimitedError(round(self._recent[0] + 1 - now, 3), is_global=True)
        self._recent.append(now)
