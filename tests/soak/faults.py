"""What goes wrong in a soak, as long as it does in life, and how long it takes until all is well again."""

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from random import Random

from tests.bot.processes import paused
from tests.soak.system import System

AWAY_SECONDS = 30.0
"""For how long Redis is away."""

PAUSED_SECONDS = 60.0
"""For how long a worker sleeps."""

SHORT_SECONDS = 8.0
"""For how long all else lasts that lasts."""

Strike = Callable[[System, Random], None]


@dataclass(frozen=True)
class Fault:
    """A fault that was brought about.

    Attributes:
        name: of its kind.
        begun: when, by `time.monotonic`.
        ended: when nothing stood in the way of mending any more.
    """

    name: str
    begun: float
    ended: float


def _worker_killed(system: System, random: Random) -> None:
    system.kill(random.choice(system.workers))


def _worker_told_to_end(system: System, random: Random) -> None:
    process = system.process(random.choice(system.workers))
    process.terminate()
    process.wait(60)


def _worker_paused(system: System, random: Random) -> None:
    with paused(system.process(random.choice(system.workers))):
        time.sleep(PAUSED_SECONDS)


def _bot_killed(system: System, _random: Random) -> None:
    system.kill("bot")


def _redis_killed(system: System, _random: Random) -> None:
    with system.chat.redis_away():
        pass


def _redis_away(system: System, _random: Random) -> None:
    with system.chat.redis_away():
        time.sleep(AWAY_SECONDS)


def _redis_silent(system: System, _random: Random) -> None:
    pause = ("CLIENT", "PAUSE", int(SHORT_SECONDS * 1000), "ALL")
    system.chat.redis.execute_command(*pause)  # type: ignore[no-untyped-call]
    time.sleep(SHORT_SECONDS)


def _redis_full(system: System, _random: Random) -> None:
    system.chat.redis.config_set("maxmemory-policy", "noeviction")
    system.chat.redis.config_set("maxmemory", 1)
    time.sleep(SHORT_SECONDS)
    system.chat.redis.config_set("maxmemory", 0)


def _database_locked(system: System, _random: Random) -> None:
    with closing(sqlite3.connect(system.chat.folder / "etude.db", isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(SHORT_SECONDS)
        other.rollback()


def _discord_away(system: System, _random: Random) -> None:
    always = 1 << 30
    faults = [system.server.fail_next(method, ".", 503, always) for method in ("PATCH", "POST", "PUT")]
    time.sleep(SHORT_SECONDS)
    for fault in faults:
        fault.times = 0


def _replies_lost(system: System, _random: Random) -> None:
    for method in ("PATCH", "POST", "PUT"):
        system.server.fail_next(method, ".", None, 3, after_processing=True)


def _gateway_away(system: System, random: Random) -> None:
    with system.server.gateway_down(forget_sessions=random.random() < 0.5):
        time.sleep(SHORT_SECONDS)


def _gateway_cut(system: System, _random: Random) -> None:
    system.server.drop_sockets()


FAULTS: Mapping[str, tuple[str, Strike]] = {
    "worker killed": ("worker", _worker_killed),
    "worker told to end": ("worker", _worker_told_to_end),
    "worker paused for a minute": ("worker", _worker_paused),
    "bot killed": ("bot", _bot_killed),
    "Redis killed": ("redis", _redis_killed),
    "Redis away for 30 s": ("redis", _redis_away),
    "Redis silent": ("redis", _redis_silent),
    "Redis full": ("redis", _redis_full),
    "database locked": ("database", _database_locked),
    "Discord's API away": ("discord", _discord_away),
    "Discord's replies lost": ("discord", _replies_lost),
    "gateway away": ("discord", _gateway_away),
    "gateway cut": ("discord", _gateway_cut),
}
"""By name: the part that it strikes, and how. Of one part only one thing is wrong at a time."""


class Misfortune:
    """Strikes now and then, another kind each time until all have come.

    Attributes:
        faults: those that are over.
        errors: what kept a fault from being brought about, which is the soak's own fault.
    """

    def __init__(self, system: System, random: Random) -> None:
        self.faults: list[Fault] = []
        self.errors: list[str] = []
        self._system, self._random = system, random
        self._to_come: list[str] = []
        self._busy: dict[str, threading.Thread] = {}

    def strike(self) -> None:
        """Bring about a fault of a part that has none; it goes on by itself."""
        if not self._to_come:
            self._to_come = self._random.sample(list(FAULTS), len(FAULTS))
        for name in self._to_come:
            part, strike = FAULTS[name]
            if part not in self._busy or not self._busy[part].is_alive():
                self._to_come.remove(name)
                seeded = Random(self._random.random())
                self._busy[part] = threading.Thread(target=self._bring, args=(name, strike, seeded))
                self._busy[part].start()
                return

    def wait(self) -> None:
        """Wait until nothing is wrong any more."""
        for thread in self._busy.values():
            thread.join()

    def _bring(self, name: str, strike: Strike, random: Random) -> None:
        begun = time.monotonic()
        try:
            strike(self._system, random)
        except Exception as error:  # noqa: BLE001 - the soak goes on, and says so in the end
            self.errors.append(f"{name}: {error!r}")
        self.faults.append(Fault(name, begun, time.monotonic()))
