"""Reports for the chat, computed by `etude report` as a child process: the event loop waits for no array."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

import structlog
from pydantic import ValidationError

from bot.errors import ReportError
from cards.report import Report
from cards.results import CHARTS
from jobs.settings import Settings

FRESH_SECONDS = 60.0
"""For so long a report is told again before it is computed anew."""

CHILD_SECONDS = 60.0
"""How long one computation may take."""

PATIENCE_SECONDS = 600.0
"""How long one may wait for it, those of other servers before it included; Discord's token lives longer."""

_AT_ONCE = 1
"""Computations of all servers together; they are heavy, and workers share the machine."""

_NOT_DONE = 2
_log = structlog.get_logger(__name__)


class Counted(NamedTuple):
    """A server's report; `charts` are PNG files by name, those of `cards.results.CHARTS` that there are."""

    report: Report
    charts: Mapping[str, bytes]


class Reports:
    """Computes reports, one at a time for a server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told: dict[int, tuple[float, Counted]] = {}  # with when it was computed
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()  # by server
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def of(self, guild_id: int) -> Counted:
        """A server's report, at most `FRESH_SECONDS` old.

        Raises:
            ReportError: it cannot be had.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._turn(guild_id):
                fresh_since = time.monotonic() - FRESH_SECONDS
                self._told = {each: told for each, told in self._told.items() if told[0] >= fresh_since}
                if guild_id not in self._told:
                    self._told[guild_id] = (time.monotonic(), await self._counted(guild_id))
                return self._told[guild_id][1]
        except TimeoutError as error:
            raise ReportError("The report took too long.") from error

    async def votes(self, guild_id: int) -> tuple[Report, bytes]:
        """A server's votes as a CSV file, with the report of the study that they belong to.

        Raises:
            ReportError: it cannot be had, as where there was no study yet.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._turn(guild_id):
                with tempfile.TemporaryDirectory(prefix="etude-report-") as folder:
                    path = Path(folder, "votes.csv")
                    written = await self._run(guild_id, "--votes", str(path))
                    return await asyncio.to_thread(lambda: (_read(written), path.read_bytes()))
        except TimeoutError as error:
            raise ReportError("The report took too long.") from error

    async def _counted(self, guild_id: int) -> Counted:
        with tempfile.TemporaryDirectory(prefix="etude-report-") as folder:
            written = await self._run(guild_id, "--out", folder)
            return await asyncio.to_thread(lambda: Counted(_read(written), _charts(Path(folder))))

    async def _run(self, guild_id: int, *options: str) -> bytes:
        """What the child writes.

        Raises:
            ReportError: it did not do what it was asked for.
            TimeoutError: it took too long, and was killed.
        """
        url, data_dir = self._settings.database_url, self._settings.etude_data_dir
        own = {"ETUDE_DATA_DIR": str(data_dir.resolve()), "ETUDE_LOG_LEVEL": "warning"}
        if url is not None:
            own["DATABASE_URL"] = url.get_secret_value()
        async with self._free:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "cli", "report", "--json", "--guild", str(guild_id)),
                *options,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=os.environ | own,
            )
            try:
                async with asyncio.timeout(CHILD_SECONDS):
                    written, complaint = await process.communicate()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode != 0:
            cause = complaint.decode(errors="replace").strip()[-500:]
            if process.returncode != _NOT_DONE:
                _log.error("report.fault", code=process.returncode, cause=cause)
            raise ReportError(cause)
        return written

    def _turn(self, guild_id: int) -> asyncio.Lock:
        return self._turns.setdefault(guild_id, asyncio.Lock())


def _charts(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in CHARTS if (folder / name).exists()}


def _read(written: bytes) -> Report:
    try:
        return Report.model_validate_json(written)
    except ValidationError as error:
        raise ReportError("etude report is of another version than the bot.") from error
