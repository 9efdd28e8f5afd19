"""What workers are told of the pieces that are stored: again whenever Redis has lost it."""

import asyncio

import structlog

from jobs.errors import JobsError
from jobs.street.front import Front
from listening.store.errors import StoreError
from listening.store.store import Store

SWEEP_SECONDS = 60.0

_log = structlog.get_logger(__name__)


class KnownPieces:
    """Sees to it that workers can compare new pieces with stored ones."""

    def __init__(self, store: Store, front: Front, memory: str) -> None:
        """Get ready.

        Args:
            store: the memory.
            front: of the Redis that workers use.
            memory: the memory's name.
        """
        self._store = store
        self._front = front
        self._memory = memory

    async def fill_on(self) -> None:
        """Look now and then until this is canceled."""
        while True:
            try:
                count = await asyncio.to_thread(self._fill)
                if count:
                    _log.info("known_pieces.filled", pieces=count)
            except (JobsError, StoreError) as error:
                _log.warning("known_pieces.not_filled", cause=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    def forget(self, piece_id: str) -> None:
        """A piece was deleted. Where Redis cannot be told, what it holds of the piece expires."""
        try:
            self._front.forget_fingerprints(self._memory, piece_id)
        except JobsError as error:
            _log.warning("known_pieces.not_forgotten", piece=piece_id, cause=str(error))

    def _fill(self) -> int:
        stored = self._store.fingerprints
        return self._front.fill_fingerprints(self._memory, stored.count, stored.latest)
