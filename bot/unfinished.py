"""Requests that were taken and never came to an answer: sent down the street once more."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from redis import Redis

from bot.board import Board
from bot.errors import AwayError
from cards.replies import Refusal, reply
from cards.waiting import failed, request_of
from jobs.errors import BlobError, DuplicateError, JobsError
from jobs.street import ledger
from jobs.street.blobs import Kind
from jobs.street.connection import translated
from jobs.street.front import Front
from jobs.task import ComposeTask, Fairness, Task
from listening.store.errors import StoreError
from listening.store.message import State, StoredMessage
from listening.store.store import Store

SWEEP_SECONDS = 60.0
LOST_AFTER = timedelta(minutes=3)
"""What is younger may still be on its way from this very process."""

_RETRY_SECONDS = 2.0
_log = structlog.get_logger(__name__)


class Unfinished:
    """Finds what a crash of the bot left half-done, and what Redis has forgotten."""

    def __init__(
        self, redis: Redis, store: Store, front: Front, board: Board, fairness: Callable[[int], Fairness]
    ) -> None:
        """Get ready.

        Args:
            redis: a connection.
            store: the memory.
            front: of the same Redis.
            board: where messages are looked for.
            fairness: how the tasks of a person wait.
        """
        self._redis = redis
        self._store = store
        self._front = front
        self._board = board
        self._fairness = fairness
        self._begun = datetime.now(UTC)

    async def submit_on(self) -> None:
        """Go through all requests now and then until this is canceled: first through those left behind."""
        before = self._begun
        while True:
            try:
                is_done = await self.submit_all(before)
            except (JobsError, StoreError) as error:
                _log.warning("requests.not_looked_through", cause=str(error))
                is_done = False
            await asyncio.sleep(SWEEP_SECONDS if is_done else _RETRY_SECONDS)
            before = max(before, datetime.now(UTC) - LOST_AFTER)

    async def submit_all(self, before: datetime) -> bool:
        """Send what was asked for before a moment, and what nobody will ever answer, down the street again.

        Returns:
            Whether that could be done for all.

        Raises:
            StreetError: Redis cannot be asked.
            StoreError: the database cannot be asked.
        """
        # In this order: what is settled between the two questions is no more unfinished at the second.
        in_books = set(await asyncio.to_thread(self._open_tasks))
        is_done = True
        for stored in await asyncio.to_thread(self._store.messages.unfinished):
            if stored.id in in_books or stored.created_at >= before:
                continue
            try:
                await self._submit(stored)
            except (AwayError, JobsError, StoreError) as error:
                _log.warning("request.not_sent_again", piece=stored.id, cause=str(error))
                is_done = False
        return is_done

    async def _submit(self, stored: StoredMessage) -> None:
        message_id = stored.message_id or await self._board.find(stored)
        if message_id is None:  # the crash came before the answer: Discord has told them so
            await asyncio.to_thread(self._store.messages.close, stored.id, State.FAILED)
            return
        await asyncio.to_thread(self._store.messages.answered, stored.id, message_id)
        try:
            file = await asyncio.to_thread(self._file, stored)
        except BlobError:  # the crash came before Redis had it, and nobody else ever has
            await self._end(replace(stored, message_id=message_id), Refusal.PRIMER_LOST)
            return
        with suppress(DuplicateError):  # it has got there meanwhile
            await asyncio.to_thread(self._front.submit, self._task(stored), file)
            _log.info("request.sent_again", piece=stored.id)

    async def _end(self, stored: StoredMessage, reason: Refusal) -> None:
        sentence = reply(reason, request_of(stored.task()).locale).content
        await self._board.show(stored, failed(sentence))
        await asyncio.to_thread(self._store.messages.close, stored.id, State.FAILED)
        _log.warning("request.lost", piece=stored.id, cause=reason.value)

    def _open_tasks(self) -> list[str]:
        with translated(self._redis):
            return ledger.open_tasks(self._redis)

    def _task(self, stored: StoredMessage) -> Task:
        """What was asked for, and again on whose behalf."""
        fairness = None if stored.user_id is None else self._fairness(stored.user_id)
        return stored.task().model_copy(update={"fairness": fairness})

    def _file(self, stored: StoredMessage) -> bytes | None:
        """The file that goes with a request: a primer stands in Redis alone, a piece to be shown in SQL.

        Raises:
            BlobError: the primer is not there.
        """
        task = stored.task()
        if isinstance(task, ComposeTask):
            is_primed = task.request.primer_sha256 is not None
            return self._front.file(stored.id, Kind.PRIMER) if is_primed else None
        piece = self._store.piece(stored.piece_id)
        return None if piece is None else piece.midi
