"""The answers for one address, read by a consumer group: none is lost when a reader dies."""

from contextlib import suppress
from typing import Any, cast

import structlog
from pydantic import ValidationError
from redis import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from jobs.answer import Answer, read_answer
from jobs.street import names
from jobs.street.ledger import GROUP

_COUNT = 100
_log = structlog.get_logger(__name__)


class Inbox:
    """Reads the stream of an address as one of its consumers.

    An answer that was read comes again (`claim`) until it is settled, so whoever reads it does the
    idempotent deed first and settles then.
    """

    def __init__(self, redis: Redis, address: str, consumer: str) -> None:
        """Open the inbox; nothing is read yet.

        Args:
            redis: a connection.
            address: as the tasks' `reply_to`.
            consumer: this reader's name; readers that do the same may share one.

        Raises:
            redis.RedisError: Redis cannot be used.
        """
        self._redis = redis
        self._stream = names.answers(address)
        self._consumer = consumer
        with suppress(OutOfMemoryError):  # the group mostly stands, and to take answers is what makes room
            self._make_group()

    def read(self, block_seconds: float) -> list[Answer]:
        """Answers that nobody has read yet, as soon as there is one; none after so many seconds."""
        block = max(int(block_seconds * 1000), 1)
        try:
            streams = self._redis.xreadgroup(GROUP, self._consumer, {self._stream: ">"}, _COUNT, block)
        except ResponseError as error:
            self._mend(error)
            return []
        return [answer for _, entries in cast(list[Any], streams) for answer in self._answers(entries)]

    def claim(self, idle_seconds: float) -> list[Answer]:
        """Answers that were read that long ago and are not settled: their reader has died."""
        try:
            _, entries, *_ = self._redis.xautoclaim(
                self._stream, GROUP, self._consumer, int(idle_seconds * 1000), count=_COUNT
            )
        except ResponseError as error:
            self._mend(error)
            return []
        return self._answers(entries)

    def _answers(self, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> list[Answer]:
        answers = []
        for entry, fields in entries:
            try:
                answers.append(read_answer(fields[b"answer"]))
            except (KeyError, TypeError, ValidationError):
                _log.warning("answer.unreadable", entry=entry)  # of another version, whose readers take it
        return answers

    def _mend(self, error: ResponseError) -> None:
        """The stream expired, or Redis lost it: begin anew."""
        if not str(error).startswith("NOGROUP"):
            raise error
        self._make_group()

    def _make_group(self) -> None:
        try:
            self._redis.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        self._redis.expire(self._stream, names.STREAM_SECONDS)
