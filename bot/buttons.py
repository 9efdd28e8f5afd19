"""The buttons under messages: known by their `custom_id`, so they work after a restart too."""

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import discord

from bot.deadline import lift_deadline
from bot.errors import RefusedError
from bot.pieces import compose_from
from bot.place import locale_of, place_of
from bot.wire import edited, respond
from cards.buttons import CUSTOM_ID, Action
from cards.piece import deleted
from cards.recipe import recipe
from cards.replies import Notice, Refusal, reply
from cards.titles import title_of
from cards.waiting import canceled, request_of
from listening.store.message import UNFINISHED, State, StoredMessage
from listening.store.store import StoredPiece

if TYPE_CHECKING:
    from bot.client import EtudeBot


class EtudeButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=CUSTOM_ID):
    """A click on any button of ours."""

    def __init__(self, action: Action, subject_id: str) -> None:
        custom_id = f"etude:{action}:{subject_id}"
        super().__init__(discord.ui.Button(custom_id=custom_id, label=action.value))
        self.action = action
        self.subject_id = subject_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was clicked."""
        return cls(Action(match["action"]), match["id"])

    async def callback(self, interaction: discord.Interaction) -> Any:
        """Do what the button says, or say in private why not."""
        bot: EtudeBot = interaction.client  # type: ignore[assignment]  # no other client has them
        await bot.answered(interaction, bot.clicks.take(interaction, self.action, self.subject_id))


class Clicks:
    """What each button does."""

    def __init__(self, bot: "EtudeBot") -> None:
        self._board = bot.board
        self._requests = bot.requests
        self._store = bot.store
        self._known_pieces = bot.known_pieces
        self._address = bot.address

    async def take(self, interaction: discord.Interaction, action: Action, subject_id: str) -> None:
        """Do what a click asks for.

        Raises:
            RefusedError: it is not to be done.
        """
        if action is Action.CANCEL:
            await self.cancel(interaction, subject_id)
        elif action is Action.RECIPE:
            stored = await self.piece(interaction, subject_id)
            await respond(interaction, recipe(stored.result, locale_of(interaction)))
        elif action is Action.DELETE:
            await self._delete(interaction, subject_id)
        else:
            await self._compose_from(interaction, action, subject_id)

    async def piece(self, interaction: discord.Interaction, piece_id: str) -> StoredPiece:
        """A piece of this server.

        Raises:
            RefusedError: there is none, or none yet, or it belongs to another server.
        """
        place = place_of(interaction)
        messages = await asyncio.to_thread(self._store.messages.of_piece, piece_id)
        stored = await asyncio.to_thread(self._store.piece, piece_id)
        if stored is None:
            if any(message.state is State.DELETED for message in messages):
                raise RefusedError(reply(Refusal.DELETED_PIECE, place.locale))
            here = (message for message in messages if message.guild_id == place.guild_id)
            if any(message.state in UNFINISHED for message in here):  # at times its buttons are there sooner
                raise RefusedError(reply(Refusal.NOT_READY, place.locale))
            raise RefusedError(reply(Refusal.UNKNOWN_PIECE, place.locale, id=piece_id))
        if not any(message.guild_id == place.guild_id for message in messages):
            raise RefusedError(reply(Refusal.OTHER_SERVER, place.locale))
        piece: StoredPiece = stored
        return piece

    async def cancel(self, interaction: discord.Interaction, task_id: str) -> None:
        """Withdraw a request; only whoever asked may, and moderators."""
        locale = place_of(interaction).locale
        stored: StoredMessage | None = await asyncio.to_thread(self._store.messages.get, task_id)
        if stored is None or stored.guild_id != interaction.guild_id:
            raise RefusedError(reply(Refusal.NOTHING_TO_CANCEL, locale))
        if stored.state not in UNFINISHED:
            raise RefusedError(reply(Refusal.NOT_WAITING, locale))
        self._check_may(interaction, stored.user_id)
        await self.withdraw(stored)
        title = title_of(request_of(stored.task()), locale)
        await respond(interaction, reply(Notice.CANCELING, locale, title=title))

    async def withdraw(self, stored: StoredMessage) -> None:
        """Withdraw a request, whoever may ask for that; its message says so soon."""
        if await self._requests.cancel(stored):
            return
        # Redis has lost it, or kept it for a day in vain: no answer will ever come.
        now: StoredMessage | None = await asyncio.to_thread(self._store.messages.get, stored.id)
        if now is not None and now.state in UNFINISHED:
            # A crash, or Discord's being away, may have left its message unnoted, or have it never posted.
            message_id = now.message_id or await self._board.find(now)
            if message_id is not None:
                shown = replace(now, message_id=message_id)
                await self._board.show(shown, canceled(request_of(stored.task()).locale))
            await asyncio.to_thread(self._store.messages.close, now.id, State.CANCELED)

    async def _delete(self, interaction: discord.Interaction, piece_id: str) -> None:
        """Delete a piece: from the database, and its files from every message that shows it."""
        place = place_of(interaction)
        messages = await asyncio.to_thread(self._store.messages.of_piece, piece_id)
        if any(each.state is State.DELETED and each.guild_id == place.guild_id for each in messages):
            locale = place.locale  # it was deleted, but this message could not be changed then
        else:
            stored = await self.piece(interaction, piece_id)
            self._check_may(interaction, await asyncio.to_thread(self._store.messages.requester, piece_id))
            locale = stored.result.request.locale
            for each in messages:
                if each.state in UNFINISHED:
                    await self._requests.cancel(each)
            await asyncio.to_thread(self._store.delete_piece, piece_id)
            await asyncio.to_thread(self._known_pieces.forget, piece_id)
        lift_deadline(interaction)
        try:
            await interaction.response.edit_message(**edited(deleted(locale)))
        except discord.NotFound:  # the message is gone, or so is the time to answer
            await respond(interaction, reply(Notice.DELETED, place.locale))
        here = None if interaction.message is None else interaction.message.id
        for each in messages:
            if each.message_id not in (None, here):
                await self._board.take_down(each, deleted(locale))

    async def _compose_from(self, interaction: discord.Interaction, action: Action, piece_id: str) -> None:
        stored = await self.piece(interaction, piece_id)
        await self._requests.take(
            interaction,
            lambda fairness, asking: compose_from(
                stored,
                action,
                locale=locale_of(interaction),
                next_number=asking.next_number,
                address=self._address,
                fairness=fairness,
            ),
        )

    def _check_may(self, interaction: discord.Interaction, owner_id: int | None) -> None:
        if interaction.user.id != owner_id and not interaction.permissions.manage_messages:
            raise RefusedError(reply(Refusal.NOT_REQUESTER, locale_of(interaction)))
