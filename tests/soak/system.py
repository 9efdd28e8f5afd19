"""Everything that serves people, kept running as a service manager would: bot, workers, Valkey, Discord."""

import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psutil

from jobs.street import presence
from tests.bot.processes import Chat
from tests.discord_server.server import DiscordServer

WORKERS = 2
_LOOK_SECONDS = 0.25
_MEMORY_SECONDS = 5.0


class System:
    """A bot and some workers that are started again when they have ended, until the context ends.

    Attributes:
        server: Discord.
        chat: guild, Valkey and the memory of the bot.
        absences: moments at which no bot was connected to Discord.
        memory: of each part, by "bot", "worker 0" and so on: moments and resident bytes.
    """

    def __init__(self, server: DiscordServer, folder: Path, settings: dict[str, object]) -> None:
        """Bring everything up; it is a context.

        Args:
            server: Discord, which runs already.
            folder: for what is kept and for logs.
            settings: what differs from that of `Chat`.
        """
        self.server = server
        self.chat = Chat(server, folder, settings)
        self.absences: list[float] = []
        self.memory: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self._programs = {"bot": "bot", **{f"worker {place}": "worker" for place in range(WORKERS)}}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._is_kept = True
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        for name, program in self._programs.items():
            self._processes[name] = self.chat.start("-m", program)
        self.server.wait(lambda: self.is_ready, 60)
        self._keeper.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop_keeping()
        self.chat.__exit__(*exception)

    @property
    def is_ready(self) -> bool:
        """Whether the bot listens and every worker takes jobs."""
        is_heard = self.server.is_connected and "compose" in self.server.commands
        return is_heard and len(presence.living(self.chat.redis)) >= WORKERS

    @property
    def workers(self) -> list[str]:
        """The names of the workers."""
        return [name for name, program in self._programs.items() if program == "worker"]

    def process(self, name: str) -> subprocess.Popen[bytes]:
        """The process that is a part now."""
        return self._processes[name]

    def kill(self, name: str) -> None:
        """Kill -9 a part; it is started again soon."""
        process = self._processes[name]
        process.kill()
        process.wait()

    def end(self) -> dict[str, int]:
        """Tell every part to end: exit codes by name."""
        self._stop_keeping()
        for process in self._processes.values():
            process.terminate()
        return {name: process.wait(60) for name, process in self._processes.items()}

    def tracebacks(self) -> list[str]:
        """The logs in which a part tells of a fault of its own."""
        return [log.name for log in self.chat.logs.iterdir() if b"Traceback" in log.read_bytes()]

    def orphans(self) -> list[str]:
        """What still runs in the folder of logs, where every part works, though all were told to end."""
        found = []
        for process in psutil.process_iter():
            try:
                is_here = Path(process.cwd()).is_relative_to(self.chat.logs)
                if is_here and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found

    def _stop_keeping(self) -> None:
        self._is_kept = False
        if self._keeper.is_alive():
            self._keeper.join()

    def _keep(self) -> None:
        measured = 0.0
        while self._is_kept:
            if not self.server.is_connected:
                self.absences.append(time.monotonic())
            for name, process in list(self._processes.items()):
                if process.poll() is not None:
                    self._processes[name] = self.chat.start("-m", self._programs[name])
            if time.monotonic() - measured > _MEMORY_SECONDS:
                measured = time.monotonic()
                for name, process in self._processes.items():
                    try:
                        self.memory[name].append((measured, psutil.Process(process.pid).memory_info().rss))
                    except psutil.Error:
                        continue  # it has just ended
            time.sleep(_LOOK_SECONDS)


@contextmanager
def system(folder: Path, settings: dict[str, object]) -> Iterator[System]:
    """Discord and all that serves it."""
    with DiscordServer() as server, System(server, folder, settings) as running:
        yield running
