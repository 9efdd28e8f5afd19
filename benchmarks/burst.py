"""Fifty requests at once, from ten people, one of whom floods, while the only worker is busy.

`python -m benchmarks.burst` takes a few minutes, and is no part of `python -m benchmarks`. The bot, the
worker and Valkey are real processes, the checkpoint is the one that comes with Etude, pieces are 10 s long;
only Discord is a server on loopback (`tests/discord_server`), strict about Discord's limits. Told is

- how long Discord waits for the bot's first answer, which it allows 3 s, and we 1 s;
- how long everyone waits for their first and for their last piece;
- whether every request ended, in a piece or in a private refusal;
- what the flood costs the others: how many of the flooder's pieces were made before the last of theirs, and
  their waits beside those in a burst in which nobody floods.

The limits as they are shipped (a cooldown, and so many pieces waiting of one person) refuse most of a flood.
So that it reaches the queue, they are lifted in a second burst: there, what is fair is the queue alone.
Waits say something only of a machine that does nothing else; the order of pieces says it of any.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.street import embedded_street
from jobs.settings import LogLevel, Settings
from tests.discord_server.guild import Channel
from tests.discord_server.interaction import Interaction
from tests.discord_server.permissions import Permission
from tests.discord_server.server import DiscordServer

LENGTH_SECONDS = 10
LISTENERS = 9
EACH = 3
FLOOD = 50 - LISTENERS * EACH
FLOODER = "flooder"

BUSY_LENGTH_SECONDS = 60
"""Of the pieces that keep the worker's two threads busy when the burst comes."""

ACKNOWLEDGED_SECONDS = 1.0
MOST_BEFORE = EACH + 2
"""So many of the flooder's pieces may be made before the last of the others', who have fewer each."""

MOST_TIMES_AS_LONG = 1.25
"""The mean wait of the others beside a flood, by that in a burst in which nobody floods: the flooder's pieces
may come between theirs in turn, and no more."""

PATIENCE_SECONDS = 600.0
_FILES = 3
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Outcome:
    """How a request ended.

    Attributes:
        user: who asked.
        acknowledged: seconds until the bot's first answer.
        waited: seconds until its end.
        end: "piece", "refused", or why it is neither.
    """

    user: str
    acknowledged: float
    waited: float
    end: str


def main() -> None:
    """Print three bursts; exit code 1 if one is not as it should be."""
    shipped = _burst(FLOOD, are_limits_lifted=False)
    flooded = _burst(FLOOD, are_limits_lifted=True)
    calm = _burst(EACH, are_limits_lifted=True)
    slowest = max(
        _print("50 at once, limits as shipped", shipped),
        _print("50 at once, limits lifted", flooded),
        _print("30 at once, limits lifted, nobody floods", calm),
    )
    before, times_as_long = _print_comparison(flooded, calm)
    outcomes = [*shipped, *flooded, *calm]
    are_ended = all(outcome.end in ("piece", "refused") for outcome in outcomes)
    print(f"acknowledged within {slowest:.2f} s (p99); every request ended: {'yes' if are_ended else 'NO'}")
    is_fair = before <= MOST_BEFORE and times_as_long <= MOST_TIMES_AS_LONG
    print(f"the flood delays nobody else: {'yes' if is_fair else 'NO'}")
    sys.exit(not (are_ended and slowest < ACKNOWLEDGED_SECONDS and is_fair))


def _burst(from_flooder: int, *, are_limits_lifted: bool) -> list[Outcome]:
    """Everybody asks at once, the flooder first; how each request ended."""
    with _etude(are_limits_lifted=are_limits_lifted) as (server, channel):
        guild = channel.guild
        users = [server.add_user(f"listener {number}", guild) for number in range(1, LISTENERS + 1)]
        askers = [server.add_user(FLOODER, guild)] * from_flooder + users * EACH
        if are_limits_lifted:
            moderator = server.add_user("moderator", guild, Permission.MANAGE_GUILD)
            server.slash(moderator, channel, "settings", {"user_limit": 100}).wait_response()
        _keep_busy(server, channel)
        options = {"length": str(LENGTH_SECONDS)}
        begun = [(time.monotonic(), server.slash(user, channel, "compose", options)) for user in askers]
        outcomes = list(_ended(begun))
        if server.complaints:
            raise RuntimeError(f"Discord complains: {server.complaints}")
        return outcomes


def _keep_busy(server: DiscordServer, channel: Channel) -> None:
    """Give both threads of the worker a piece, and wait until it is at work on them."""
    for name in ("first", "second"):
        user = server.add_user(name, channel.guild)
        asked = server.slash(user, channel, "compose", {"length": str(BUSY_LENGTH_SECONDS)})
        message = asked.wait_original()
        server.wait(lambda message=message: message.edits, 30)  # type: ignore[misc] # mypy: no lambda defaults


def _ended(begun: Sequence[tuple[float, Interaction]]) -> Iterator[Outcome]:
    """The requests, each as soon as it has ended."""
    open_requests = list(begun)
    until = time.monotonic() + PATIENCE_SECONDS
    while open_requests:
        for request in open_requests[:]:
            asked, interaction = request
            end = _end(interaction) or ("not ended" if time.monotonic() > until else None)
            if end is not None:
                open_requests.remove(request)
                acknowledged = interaction.response_seconds
                waited = time.monotonic() - asked
                told = float("inf") if acknowledged is None else acknowledged
                yield Outcome(interaction.user.name, told, waited, end)
        time.sleep(_LOOK_SECONDS)


def _end(interaction: Interaction) -> str | None:
    """How a request has ended; None while it goes on."""
    message = interaction.original
    if message is None:
        return None
    if message.is_ephemeral:
        return "refused"
    if len(message.files) == _FILES:
        return "piece"
    embed = next(iter(message.embeds), {})
    # What waits can be canceled, and what is delivered has a title still; a failure has neither.
    goes_on = message.buttons or "title" in embed
    return None if goes_on else f"a sentence: {embed.get('description', message.content)}"


@contextmanager
def _etude(*, are_limits_lifted: bool) -> Iterator[tuple[DiscordServer, Channel]]:
    """Valkey, a worker and the bot, connected to a Discord with one channel."""
    with tempfile.TemporaryDirectory() as folder, DiscordServer() as server:
        channel = server.add_channel(server.add_guild())
        settings = Settings(
            etude_data_dir=Path(folder),
            etude_checkpoint=None,
            etude_log_level=LogLevel.WARNING,
            discord_api_base=server.api_base,
            redis_url=None,
        )
        with embedded_street(settings) as street:
            ours = {name.upper() for name in Settings.model_fields}
            environment = {name: value for name, value in os.environ.items() if name not in ours}
            environment |= {
                "REDIS_URL": street.url,
                "DISCORD_TOKEN": server.token,
                "DISCORD_API_BASE": server.api_base,
                "DISCORD_GATEWAY_URL": server.gateway_url,
                "ETUDE_DATA_DIR": folder,
                "ETUDE_LOG_LEVEL": "warning",
            }
            if are_limits_lifted:
                environment |= {"ETUDE_COOLDOWN_SECONDS": "0", "ETUDE_GUILD_LIMIT": "100"}
            with subprocess.Popen([sys.executable, "-m", "bot"], env=environment) as bot:
                try:
                    server.wait(lambda: server.is_connected and "compose" in server.commands, 60)
                    yield server, channel
                finally:
                    bot.terminate()


def _print(title: str, outcomes: Sequence[Outcome]) -> float:
    """A burst's table; gives the 99th percentile of its acknowledgements."""
    acknowledged = [outcome.acknowledged for outcome in outcomes]
    p99 = statistics.quantiles(acknowledged, n=100, method="inclusive")[98]
    ends = Counter(outcome.end for outcome in outcomes)
    print(f"\n{title}: {', '.join(f'{count} {end}' for end, count in ends.most_common())}")
    print(f"  acknowledged, s: median {statistics.median(acknowledged):.2f}, p99 {p99:.2f}")
    print("  waited, s       pieces  refused  first  last")
    for user in sorted({outcome.user for outcome in outcomes}):
        theirs = [outcome for outcome in outcomes if outcome.user == user]
        waits = [outcome.waited for outcome in theirs if outcome.end == "piece"]
        span = f"{min(waits):>6.1f} {max(waits):>5.1f}" if waits else "     -     -"
        refused = sum(outcome.end == "refused" for outcome in theirs)
        print(f"  {user:<15} {len(waits):>6} {refused:>8} {span}")
    return p99


def _print_comparison(flooded: Sequence[Outcome], calm: Sequence[Outcome]) -> tuple[int, float]:
    """What the flood costs the others.

    Returns:
        How many of the flooder's pieces came before the last one of the others, and how many times as long
        the others waited on average as when nobody floods.
    """
    print("\nthe others' wait, s           mean   last")
    beside, alone = (_waits(outcomes, is_flooder=False) for outcomes in (flooded, calm))
    mean, last = statistics.fmean(beside), max(beside)
    calm_mean, calm_last = statistics.fmean(alone), max(alone)
    print(f"  beside a flood         {mean:>8.1f} {last:>6.1f}")
    print(f"  nobody floods          {calm_mean:>8.1f} {calm_last:>6.1f}")
    print(f"  times as long          {mean / calm_mean:>8.2f} {last / calm_last:>6.2f}")
    before = sum(wait < last for wait in _waits(flooded, is_flooder=True))
    print(f"flooder's pieces made before the others' last: {before}; the others have {EACH} each")
    return before, mean / calm_mean


def _waits(outcomes: Sequence[Outcome], *, is_flooder: bool) -> list[float]:
    """How long the flooder waited for their pieces, or the others for theirs."""
    return [o.waited for o in outcomes if o.end == "piece" and (o.user == FLOODER) == is_flooder]


if __name__ == "__main__":
    main()
