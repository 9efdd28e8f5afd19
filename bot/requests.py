"""Requests made in chat: checked, stored, answered at once, and sent down the street."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

import aiohttp
import discord
import structlog
from redis import Redis

from bot.errors import BotError, RefusedError, sentence_of
from bot.limits import Limits
from bot.place import Place, locale_of, place_of
from bot.wire import edited, respond
from cards.replies import refused
from cards.waiting import failed, request_of, waiting
from jobs.errors import BlobError, DuplicateError, JobsError, RequestError
from jobs.settings import Settings
from jobs.street import ledger
from jobs.street.connection import translated
from jobs.street.front import Front
from jobs.street.interactions import Interaction, put_interaction
from jobs.task import Fairness, Task
from listening.store.asking import Asking
from listening.store.errors import StoreError
from listening.store.message import State, StoredMessage
from listening.store.store import Store

Make = Callable[[Fairness, Asking], tuple[Task, bytes | None]]
"""Makes a task for somebody, and gives the file that goes with it; inside the transaction, so without I/O."""

_Result = TypeVar("_Result")
_WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_log = structlog.get_logger(__name__)


class _Prepared(NamedTuple):
    task: Task
    file: bytes | None
    tasks_before: int


class Requests:
    """Takes requests; nothing here waits for a worker."""

    def __init__(self, settings: Settings, store: Store, redis: Redis) -> None:
        """Get ready.

        Args:
            settings: whose limits hold.
            store: the memory.
            redis: a connection that fails at once.
        """
        self._at_once = settings.etude_user_at_once
        self._store = store
        self._redis = redis
        self._limits = Limits(settings, redis)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()  # by user
        self._sending: dict[str, asyncio.Event] = {}  # by task
        self._background: set[asyncio.Task[Any]] = set()
        self.front = Front(redis)

    async def take(self, interaction: discord.Interaction, make: Make) -> None:
        """Take one request: from now on it ends in a piece or in a sentence.

        Args:
            interaction: not yet answered.
            make: called in a thread, once limits allow it.

        Raises:
            RefusedError: it is not taken; the interaction is not answered.
        """
        place = place_of(interaction)
        # One after another, so that the cooldown holds for whoever clicks twice at once.
        async with self._turns.setdefault(place.user_id, asyncio.Lock()):
            task, file, tasks_before = await self._prepared(place, make)
        sent = self._sending[task.id] = asyncio.Event()
        try:
            message_id = await self._shown(interaction, task, tasks_before)
            await self._send(interaction, task, file, message_id)
        finally:
            sent.set()
            del self._sending[task.id]

    def fairness(self, user_id: int) -> Fairness:
        """How the tasks of a person wait."""
        return Fairness(key=f"user-{user_id}", at_once=self._at_once)

    async def cancel(self, stored: StoredMessage) -> bool:
        """Withdraw a request, which its worker may have begun; it is done even if nobody waits for it longer.

        Returns:
            Whether anybody will answer; False where Redis knows nothing of it, or not any more.
        """
        return await asyncio.shield(self._run(self._withdrawn(stored)))

    async def _withdrawn(self, stored: StoredMessage) -> bool:
        if (sent := self._sending.get(stored.id)) is not None:
            await sent.wait()  # what is not in the books yet cannot be withdrawn from them
        return await asyncio.to_thread(self._cancel, stored)

    async def _prepared(self, place: Place, make: Make) -> _Prepared:
        preparing = asyncio.ensure_future(asyncio.to_thread(self._prepare, place, make))
        try:
            prepared = await asyncio.shield(preparing)
        except asyncio.CancelledError:
            self._run(self._drop(preparing))  # its thread goes on, and nobody will hear of what it stores
            raise
        self._limits.note(place.user_id)
        return prepared

    def _prepare(self, place: Place, make: Make) -> _Prepared:
        """Everything that is settled before anybody sees anything."""
        try:
            tasks_before = self._limits.check(place)
            with self._store.messages.asking(
                guild_id=place.guild_id, channel_id=place.channel_id, user_id=place.user_id
            ) as asking:
                self._limits.check_books(place, asking)
                task, file = make(self.fairness(place.user_id), asking)
                asking.store(task)
        except (StoreError, JobsError) as error:
            if not isinstance(error, RequestError):
                _log.warning("request.not_taken", cause=str(error))
            raise RefusedError(refused(sentence_of(error, place.locale))) from error
        return _Prepared(task, file, tasks_before)

    async def _drop(self, preparing: asyncio.Future[_Prepared]) -> None:
        with suppress(BotError):  # then nothing was stored that would have to be closed
            await self._close((await preparing).task.id)

    async def _shown(self, interaction: discord.Interaction, task: Task, tasks_before: int) -> int:
        """Say that a request waits; one of which nobody can be told is forgotten.

        Returns:
            The id of the message.
        """
        try:
            message_id = await respond(interaction, waiting(task, tasks_before), is_private=False)
            if message_id is None:
                message_id = (await interaction.original_response()).id
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            if isinstance(error, discord.NotFound):
                await self._close(task.id)
                raise
            found = await _found(interaction)
            if found is None:  # perhaps it stands there all the same: `Unfinished` will see
                raise
            message_id = found  # it was done, and only its reply was lost
        return message_id

    async def _send(
        self, interaction: discord.Interaction, task: Task, file: bytes | None, message_id: int
    ) -> None:
        """Send a request down the street; where Redis is away for a moment, once it is back."""
        for wait in (*_WAITS_SECONDS, None):
            try:
                await asyncio.to_thread(self._submit, task, file, message_id, _access(interaction))
            except (JobsError, StoreError) as error:
                _log.warning("request.not_sent", piece=task.id, cause=str(error))
                if wait is None or isinstance(error, BlobError):
                    message = failed(sentence_of(error, locale_of(interaction)))
                    await interaction.edit_original_response(**edited(message))
                    await self._close(task.id)
                    return
                await asyncio.sleep(wait)
            else:
                return

    def _submit(self, task: Task, file: bytes | None, message_id: int, access: Interaction) -> None:
        """What follows once the message stands in the chat; after a crash the next start does it."""
        self._store.messages.answered(task.id, message_id)
        with translated(self._redis):
            put_interaction(self._redis, task.id, access)
        with suppress(DuplicateError):  # it got through when it was sent before, and only the reply did not
            self.front.submit(task, file)
        _log.info("request.taken", piece=task.id, kind=task.kind, style=request_of(task).style)

    def _cancel(self, stored: StoredMessage) -> bool:
        self.front.cancel(stored.task())
        with translated(self._redis):
            standing = ledger.standing(self._redis, stored.id)
        return standing.owes_answer or standing.age_seconds > 0

    async def _close(self, task_id: str) -> None:
        """End a request that comes to nothing; where that fails, the next start finds it."""
        try:
            await asyncio.to_thread(self._store.messages.close, task_id, State.FAILED)
        except StoreError as error:
            _log.warning("request.not_closed", piece=task_id, cause=str(error))

    def _run(self, work: Coroutine[Any, Any, _Result]) -> asyncio.Task[_Result]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


async def _found(interaction: discord.Interaction) -> int | None:
    """The id of the message that answers an interaction, if it stands in the chat after all."""
    try:
        return (await interaction.original_response()).id
    except (discord.DiscordException, aiohttp.ClientError, OSError):
        return None


def _access(interaction: discord.Interaction) -> Interaction:
    values: dict[str, Any] = {
        "application_id": interaction.application_id,
        "token": interaction.token,
        "attachment_bytes": interaction.filesize_limit,
    }
    return Interaction.model_validate(values)
