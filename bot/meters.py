"""What the bot counts and times, for Prometheus; nothing of who did it."""

import asyncio
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import discord
from discord.ext.commands import AutoShardedBot
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

SECONDS = (1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1800)
BEAT_SECONDS = 1.0
SILENT_SECONDS = 30.0
"""For how long the event loop may be held up; a bot that hears nothing for so long is started anew."""

_GATEWAY_EVENTS = ("connect", "resumed", "disconnect")
_RATINGS = range(1, 6)


class BotMeters(Collector):
    """The meters of a bot process, whose clients come and go with connections that are lost for good.

    Attributes:
        registry: all of them.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(self)
        self._client: AutoShardedBot | None = None
        self._beaten = time.monotonic()
        self._gateway = Counter(
            "etude_gateway_events",
            "What befell the connections to Discord's gateway, shards together.",
            ("event",),
            registry=self.registry,
        )
        self._interactions = Counter(
            "etude_interactions", "What people asked of the bot.", ("kind",), registry=self.registry
        )
        self._ratings = Counter(
            "etude_ratings", "Ratings that were heard and stored.", ("value",), registry=self.registry
        )
        self._answers = Counter(
            "etude_requests_ended", "Requests that were settled.", ("outcome",), registry=self.registry
        )
        self._waits = Histogram(
            "etude_request_seconds",
            "From a request to its piece in the chat, all told.",
            buckets=SECONDS,
            registry=self.registry,
        )
        for event in _GATEWAY_EVENTS:
            self._gateway.labels(event)
        for kind in discord.InteractionType:
            self._interactions.labels(kind.name)
        for value in _RATINGS:
            self._ratings.labels(value)

    def watch(self, client: AutoShardedBot) -> None:
        """Hear of what befalls a client; the one before it is forgotten."""
        self._client = client
        client.add_listener(self._on_connect, "on_shard_connect")
        client.add_listener(self._on_resumed, "on_shard_resumed")
        client.add_listener(self._on_disconnect, "on_shard_disconnect")
        client.add_listener(self._on_interaction, "on_interaction")

    async def beat_on(self) -> None:
        """Show that the event loop goes round, until this is canceled."""
        while True:
            self._beaten = time.monotonic()
            await asyncio.sleep(BEAT_SECONDS)

    def illness(self) -> str | None:
        """Says that the event loop is held up, if it is."""
        silent = time.monotonic() - self._beaten
        return f"the event loop has stood still for {silent:.0f} s" if silent > SILENT_SECONDS else None

    def lack(self) -> str | None:
        """Says that Discord is not connected, if so."""
        client = self._client
        if client is None or not client.is_ready() or client.is_closed():
            return "Discord is not connected"
        away = [str(number) for number, shard in list(client.shards.items()) if shard.is_closed()]
        return f"Discord is not connected (shard {', '.join(away[:10])})" if away else None

    def rated(self, value: int) -> None:
        """Count a rating that was stored."""
        self._ratings.labels(value).inc()

    def settled(self, outcome: str, asked_at: datetime | None) -> None:
        """Count a request that came to its end.

        Args:
            outcome: of its answer.
            asked_at: when it was made, in UTC, where its piece is in the chat now; else None.
        """
        self._answers.labels(outcome).inc()
        if asked_at is not None:
            self._waits.observe(max((datetime.now(UTC) - asked_at).total_seconds(), 0.0))

    def describe(self) -> Iterator[Metric]:
        """The gauges without their values."""
        yield from self._gauges()

    def collect(self) -> Iterator[Metric]:
        """The gauges as they are now."""
        latency, guilds = self._gauges()
        for shard, seconds in self._latencies().items():
            latency.add_metric([str(shard)], seconds)
        guilds.add_metric([], 0.0 if self._client is None else len(self._client.guilds))
        yield latency
        yield guilds

    def _gauges(self) -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        return (
            GaugeMetricFamily(
                "etude_gateway_latency_seconds",
                "From a heartbeat to its acknowledgement; nothing of a shard that is not connected.",
                labels=("shard",),
            ),
            GaugeMetricFamily("etude_guilds", "Servers that the bot is in."),
        )

    def _latencies(self) -> dict[int, float]:
        if self._client is None or self._client.is_closed():
            return {}
        found = {
            number: shard.latency
            for number, shard in list(self._client.shards.items())
            if not shard.is_closed()
        }
        return {shard: seconds for shard, seconds in found.items() if math.isfinite(seconds)}

    async def _on_connect(self, _shard: int) -> None:
        self._gateway.labels("connect").inc()

    async def _on_resumed(self, _shard: int) -> None:
        self._gateway.labels("resumed").inc()

    async def _on_disconnect(self, _shard: int) -> None:
        self._gateway.labels("disconnect").inc()

    async def _on_interaction(self, interaction: discord.Interaction) -> None:
        kind = interaction.type if isinstance(interaction.type, discord.InteractionType) else None
        self._interactions.labels("unknown" if kind is None else kind.name).inc()
