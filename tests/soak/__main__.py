"""`make soak MINUTES=20`: the whole system on loopback, with people in it, a fault every 20 s, and its books.

`python -m tests.soak [--minutes 20] [--fault-every 20] [--seed 1] [--people 6]`. Bot, two workers and Valkey
are real processes; only Discord is played, by a server on loopback. The last line is `books balance:
N requests, N faults` (exit code 0), or what does not balance stands before a last line that says so (1).
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import median

from tests.discord_server.guild import Channel
from tests.soak.books import (
    is_settled,
    left_in_redis,
    lost_ratings,
    redis_bytes,
    rows,
    unexcused,
    wrong_messages,
)
from tests.soak.faults import FAULTS, Fault, Misfortune
from tests.soak.people import FILES, Crowd
from tests.soak.system import System, system

PAUSE_SECONDS = 8.0
"""How long a person waits between two deeds, on average."""

AFTER_SECONDS = 20.0
"""For how long people go on after the last fault."""

DRAIN_SECONDS = 420.0
"""Until everything has to be settled: the bot goes through what Redis forgot every four minutes."""

RATING_SECONDS = 120.0

MOST_GROWTH = 1.25
GROWTH_BYTES = 32 << 20
"""A part may have so many times the memory of the second quarter in the last one, and so much more."""

SETTINGS: dict[str, object] = {
    "ETUDE_RECOVERY_SECONDS": 20,
    "ETUDE_DRAIN_SECONDS": 8,
    "ETUDE_LOG_LEVEL": "warning",
}
_FINE = ("was not answered within", "Unknown interaction", "already been acknowledged")
"""What Discord tells people where the bot is away, and the bot where only the reply was lost."""


def main() -> int:
    """Soak; the exit code says whether the books balance."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--fault-every", type=float, default=20.0, help="seconds")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--people", type=int, default=6)
    asked = parser.parse_args()
    random = Random(asked.seed)
    _say(f"seed {asked.seed}")
    with tempfile.TemporaryDirectory(prefix="etude-soak-") as folder, system(Path(folder), SETTINGS) as here:
        return _soak(here, random, 60 * asked.minutes, asked.fault_every, asked.people)


def _soak(here: System, random: Random, seconds: float, fault_every: float, people: int) -> int:
    server, chat = here.server, here.chat
    channel = server.add_channel(chat.guild)
    users = [server.add_user(f"Person {place}", chat.guild) for place in range(people)]
    crowd = Crowd(server, channel, users, random, PAUSE_SECONDS)
    misfortune = Misfortune(here, random)
    begun = time.monotonic()
    deliveries: dict[int, float] = {}
    due = begun + fault_every
    while time.monotonic() < begun + seconds:
        _note(channel, deliveries)
        if time.monotonic() >= due:
            due += fault_every
            misfortune.strike()
        time.sleep(0.1)
    misfortune.wait()
    until = time.monotonic() + AFTER_SECONDS
    while time.monotonic() < until:
        _note(channel, deliveries)
        time.sleep(0.1)
    crowd.stop()
    wrong = list(misfortune.errors)
    drained = _wait(lambda: here.is_ready and is_settled(chat), DRAIN_SECONDS)
    if not drained:
        wrong.append(f"not everything was settled {DRAIN_SECONDS:g} s after the last request")
    _note(channel, deliveries)
    _wait(lambda: not list(lost_ratings(chat, channel)), RATING_SECONDS)
    wrong += [*wrong_messages(chat, channel), *lost_ratings(chat, channel)]
    wrong += [*left_in_redis(chat, len(deliveries)), *_grown(here)]
    ignored = unexcused(crowd.deeds, misfortune.faults, here.absences)
    wrong += [f"never answered: {deed.interaction}" for deed in ignored]
    wrong += [text for text in server.complaints if not any(fine in text for fine in _FINE)]
    _print(here, misfortune.faults, sorted(deliveries.values()), crowd, begun)
    _say(f"Redis at the end: {redis_bytes(chat):,} bytes for {len(deliveries)} pieces")
    wrong += [f"{name} ended with code {code}" for name, code in here.end().items() if code]
    wrong += [f"still running: {line}" for line in here.orphans()]
    for line in wrong:
        _say(line)
    stored = len(rows(chat, channel))
    balance = "books do not balance" if wrong else "books balance"
    _say(f"{balance}: {stored} requests, {len(misfortune.faults)} faults")
    return 1 if wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _note(channel: Channel, deliveries: dict[int, float]) -> None:
    """Note when messages first showed a piece."""
    now = time.monotonic()
    for message in list(channel.messages.values()):
        if message.id not in deliveries and len(message.files) == FILES and not message.is_ephemeral:
            deliveries[message.id] = now


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether something comes to hold in time; what is away may come back meanwhile."""
    until = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < until:
        time.sleep(0.5)
    return holds


def _grown(here: System) -> list[str]:
    """Parts whose memory grew, process by process or over all of them."""
    found = []
    for name, measured in here.memory.items():
        sizes = [size for _, size in measured]
        quarter = len(sizes) // 4
        if quarter < 3:
            continue
        early, late = median(sizes[quarter : 2 * quarter]), median(sizes[-quarter:])
        if late > MOST_GROWTH * early + GROWTH_BYTES:
            found.append(f"{name} grew from {early / 2**20:.0f} to {late / 2**20:.0f} MiB")
    return found


def _print(
    here: System, faults: Sequence[Fault], deliveries: Sequence[float], crowd: Crowd, begun: float
) -> None:
    """What happened, and how long it took until pieces came again after each kind of fault."""
    answered = [deed for deed in crowd.deeds if deed.interaction.answer is not None]
    _say(
        f"{len(crowd.deeds)} commands and clicks, {len(answered)} answered; {crowd.rated} ratings or changes"
    )
    _say(f"{len(deliveries)} pieces in {(time.monotonic() - begun) / 60:.1f} min")
    waits: dict[str, list[float]] = defaultdict(list)
    for fault in faults:
        after = next((moment for moment in deliveries if moment > fault.ended), None)
        if after is not None:
            waits[fault.name].append(after - fault.ended)
    _say("seconds from a fault's end to the next piece: how often, median, longest")
    for name in FAULTS:
        if waits[name]:
            _say(f"  {name}: {len(waits[name])}, {median(waits[name]):.1f}, {max(waits[name]):.1f}")
    _say("memory in MiB: at first, at the end, at most")
    for name, measured in here.memory.items():
        sizes = [size / 2**20 for _, size in measured]
        _say(f"  {name}: {sizes[0]:.0f}, {sizes[-1]:.0f}, {max(sizes):.0f}")


if __name__ == "__main__":
    sys.exit(main())
