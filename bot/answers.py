"""The answers of workers: each piece is kept, shown if it is not yet, opened to ratings, and settled."""

import asyncio
from typing import Literal

import structlog
from pydantic import ValidationError
from redis import Redis

from bot.board import Board
from bot.errors import AwayError
from bot.meters import BotMeters
from bot.ratings import compare
from cards.attachments import filenames
from cards.catalogue import FALLBACK
from cards.message import Message
from cards.piece import audio_left_out, deleted, piece
from cards.waiting import canceled, failed, request_of
from jobs.answer import Answer, Failed, Finished
from jobs.errors import BlobError, JobsError
from jobs.logs import bind_piece
from jobs.street.blobs import Kind
from jobs.street.connection import translated
from jobs.street.front import Front
from jobs.street.inbox import Inbox
from jobs.task import ComposeTask
from listening.store.errors import PieceError, StoreError
from listening.store.message import UNFINISHED, State, StoredMessage
from listening.store.store import Store

READ_SECONDS = 1.0
CLAIM_SECONDS = 60.0
"""An answer that was read that long ago and is not settled is read again: its reader has died."""

_RETRY_SECONDS = 2.0
_WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_AT_ONCE = 8
_log = structlog.get_logger(__name__)


class Answers:
    """Reads the answers for the bot, one after another, and handles several at once."""

    def __init__(
        self, redis: Redis, store: Store, front: Front, board: Board, address: str, meters: BotMeters
    ) -> None:
        """Get ready.

        Args:
            redis: a connection of its own, as reading blocks it.
            store: the memory.
            front: of the same Redis.
            board: where messages are edited.
            address: what tasks of the bot have as `reply_to`.
            meters: count what is settled.
        """
        self._redis = redis
        self._store = store
        self._front = front
        self._board = board
        self._address = address
        self._meters = meters
        self._in_hand: set[str] = set()
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def read_on(self) -> None:
        """Handle answers until this is canceled; what a crash left half-done comes first."""
        inbox = await self._opened()
        idle = 0.0  # at the start, everything that is not settled is an orphan's
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    answers = await asyncio.to_thread(inbox.claim, idle)
                    answers += await asyncio.to_thread(inbox.read, READ_SECONDS)
                except Exception as error:  # noqa: BLE001 - Redis is away, or holds what is no answer
                    _log.warning("answers.not_read", cause=str(error))
                    idle = 0.0  # some may have been given out without having arrived
                    await asyncio.sleep(_RETRY_SECONDS)
                    continue
                idle = CLAIM_SECONDS
                for answer in answers:
                    if answer.id not in self._in_hand:
                        self._in_hand.add(answer.id)
                        group.create_task(self._take(answer))

    async def _opened(self) -> Inbox:
        while True:
            try:
                with translated(self._redis):
                    return await asyncio.to_thread(Inbox, self._redis, self._address, "bot")
            except JobsError as error:
                _log.warning("answers.not_read", cause=str(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _take(self, answer: Answer) -> None:
        """Handle an answer, again and again; if that is in vain for long, it is claimed anew."""
        try:
            with bind_piece(answer.id):
                for wait in (*_WAITS_SECONDS, None):
                    async with self._free:
                        if await self._is_handled(answer) or wait is None:
                            return
                    await asyncio.sleep(wait)
        finally:
            self._in_hand.discard(answer.id)

    async def _is_handled(self, answer: Answer) -> bool:
        try:
            await self._handle(answer)
        except (AwayError, JobsError, StoreError, ValidationError, OSError) as error:
            _log.warning("answer.not_handled", cause=str(error))
            return False
        except Exception:  # noqa: BLE001 - one answer that cannot be handled keeps back no other
            _log.exception("answer.not_handled")
            return False
        return True

    async def _handle(self, answer: Answer) -> None:
        """First everything that may be done twice, then what says that it is done."""
        stored = await asyncio.to_thread(self._store.messages.get, answer.id)
        if stored is None:
            _log.warning("answer.of_nobody")
        elif isinstance(answer, Finished):
            await self._finish(stored, answer)
        elif stored.state in UNFINISHED:
            if isinstance(answer, Failed):
                await self._end(stored, failed(answer.sentence), State.FAILED)
            else:
                await self._end(stored, canceled(request_of(stored.task()).locale), State.CANCELED)
        elif stored.state is State.DELETED:
            await self._take_down(stored, deleted(FALLBACK))
        await asyncio.to_thread(self._front.settle_id, answer.id, self._address)
        is_new = isinstance(answer, Finished) and stored is not None and stored.state in UNFINISHED
        self._meters.settled(answer.outcome, stored.created_at if stored is not None and is_new else None)

    async def _finish(self, stored: StoredMessage, answer: Finished) -> None:
        """The piece is there, and may stand in the chat: what has become of its request decides."""
        if stored.state in UNFINISHED:
            try:
                await self._deliver(stored, answer)
            except (BlobError, PieceError) as error:  # which no trying again will mend
                await self._end(stored, failed(str(error)), State.FAILED)
        now = await asyncio.to_thread(self._store.messages.get, stored.id) or stored
        locale = answer.result.request.locale
        if now.state is State.DELIVERED:
            server = await asyncio.to_thread(self._store.guilds.settings, now.guild_id)
            if server.is_voting_on and now.message_id is not None:
                await self._board.invite_ratings(now)
                await self._compare(now)
        elif now.state is State.DELETED:
            await self._take_down(now, deleted(locale))
        elif now.state is State.CANCELED:
            await self._take_down(now, canceled(locale))

    async def _deliver(self, stored: StoredMessage, answer: Finished) -> None:
        midi = await asyncio.to_thread(self._front.file, answer.id, Kind.MIDI)
        if isinstance(stored.task(), ComposeTask):
            await asyncio.to_thread(self._keep, answer, midi)
        if not answer.is_delivered:
            message_id = await self._show(stored, answer, midi)
            if message_id is not None and message_id != stored.message_id:
                await asyncio.to_thread(self._store.messages.answered, stored.id, message_id)
        await asyncio.to_thread(self._store.messages.close, stored.id, State.DELIVERED)

    async def _compare(self, stored: StoredMessage) -> None:
        """Learn how a piece was rated that stood in the chat before this process heard of it."""
        now = await asyncio.to_thread(self._store.messages.get, stored.id)
        if now is not None:
            await compare(self._board, self._store.ratings, now)

    async def _end(
        self, stored: StoredMessage, message: Message, state: Literal[State.FAILED, State.CANCELED]
    ) -> None:
        await self._board.show(stored, message)
        await asyncio.to_thread(self._store.messages.close, stored.id, state)

    async def _take_down(self, stored: StoredMessage, message: Message) -> None:
        """Say again that there is nothing: a worker could not know, and may have shown something since."""
        if stored.message_id is not None:
            await self._board.take_down(stored, message)

    def _keep(self, answer: Finished, midi: bytes) -> None:
        is_primed = answer.result.request.primer_sha256 is not None
        primer = self._front.file(answer.id, Kind.PRIMER) if is_primed else None
        self._store.add_piece(answer.result, midi, primer, self._front.fingerprints(answer.id))

    async def _show(self, stored: StoredMessage, answer: Finished, midi: bytes) -> int | None:
        """Deliver what the worker could not, as its time was over: its files lie in Redis."""
        result, locale = answer.result, answer.result.request.locale
        audio = await asyncio.to_thread(self._front.file, answer.id, Kind.AUDIO)
        picture = await asyncio.to_thread(self._front.file, answer.id, Kind.PICTURE)
        limit = self._board.attachment_bytes(stored)
        is_too_large = len(audio) > limit
        names = filenames(result.id, None if is_too_large else result.request.audio_format)
        message = piece(result, names, note=audio_left_out(limit, locale) if is_too_large else "")
        contents = {names.audio: audio, names.midi: midi, names.picture: picture}
        files = {each.filename: contents[each.filename] for each in message.attachments}
        return await self._board.show(stored, message, files)
