"""The messages of requests that wait: a place in the queue that has changed is told."""

import asyncio

import structlog
from redis import Redis

from bot.board import Board
from bot.errors import AwayError
from cards.waiting import waiting
from jobs.errors import JobsError
from jobs.street.connection import translated
from jobs.street.front import Front
from jobs.street.queue import open_queue
from listening.store.errors import StoreError
from listening.store.message import State, StoredMessage
from listening.store.store import Store

ROUND_SECONDS = 10.0
EDITS_A_ROUND = 5
EDIT_SECONDS = 1.0
"""For how long an edit may take; as `Waiting` says, a later one could come after the worker's."""

_log = structlog.get_logger(__name__)


class Waiting:
    """Tells those who wait how far they have come.

    From a task's begin on its message is the worker's, and nobody can know here that it begins just now. So
    whoever comes next is left alone, and an edit that takes long is broken off: before a task is begun, done
    and delivered that has another one before it, the edit has long been made.
    """

    def __init__(self, redis: Redis, store: Store, front: Front, board: Board) -> None:
        """Get ready.

        Args:
            redis: a connection.
            store: the memory.
            front: of the same Redis.
            board: where messages are edited.
        """
        self._redis = redis
        self._store = store
        self._front = front
        self._board = board
        self._told: dict[str, int] = {}  # how many tasks are before each, as its message says

    async def tell_on(self) -> None:
        """Tell what has changed, now and then, until this is canceled."""
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self.tell()
            except (AwayError, JobsError, StoreError) as error:
                _log.warning("places.not_told", cause=str(error))

    async def tell(self) -> None:
        """Tell what has changed to some of those who wait, whoever comes sooner first."""
        places = await asyncio.to_thread(self._places)
        self._told = {task_id: told for task_id, told in self._told.items() if task_id in places}
        changed = [task_id for task_id, before in places.items() if self._told.get(task_id) != before]
        for task_id in changed[:EDITS_A_ROUND]:
            stored, tasks_before = await asyncio.to_thread(self._now, task_id)
            if stored is None or stored.state is not State.WAITING or not tasks_before:
                continue
            try:
                async with asyncio.timeout(EDIT_SECONDS):
                    await self._board.change_card(stored, waiting(stored.task(), tasks_before))
            except TimeoutError:  # many are edited just now, and Discord has its limit for a channel
                _log.debug("places.told_later")
                return
            self._told[task_id] = tasks_before

    def _places(self) -> dict[str, int]:
        """How many tasks are before each that waits, but for the next one; in their order."""
        with translated(self._redis):
            queued = {task_id: place for place, task_id in enumerate(open_queue(self._redis).get_job_ids())}
        places = {}
        for stored in self._store.messages.unfinished():
            place = queued[stored.id] if stored.id in queued else self._front.position(stored.id)
            if place and stored.state is State.WAITING and stored.message_id is not None:
                places[stored.id] = place
        return dict(sorted(places.items(), key=lambda item: item[1]))

    def _now(self, task_id: str) -> tuple[StoredMessage | None, int | None]:
        return self._store.messages.get(task_id), self._front.position(task_id)
