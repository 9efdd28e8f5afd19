"""Routes under `/channels`: messages and reactions."""

import re
from operator import attrgetter

from tests.discord_server.api import Api, Call
from tests.discord_server.board import Board
from tests.discord_server.guild import User
from tests.discord_server.message import Message
from tests.discord_server.permissions import Permission
from tests.discord_server.refusal import Form, Json, RefusedError, missing_permissions
from tests.discord_server.world import World

CHANNEL = "/channels/{channel}"
MESSAGES = CHANNEL + "/messages"
MESSAGE = MESSAGES + "/{message}"
REACTIONS = MESSAGE + "/reactions"
EMOJI = REACTIONS + "/{emoji}"


class ChannelRoutes:
    """What the bot does in channels with its own token."""

    def __init__(self, api: Api, world: World, board: Board) -> None:
        self._world = world
        self._board = board
        api.route("GET", CHANNEL, self._get_channel)
        api.route("POST", CHANNEL + "/typing", self._type)
        api.route("GET", MESSAGES, self._list_messages)
        api.route("POST", MESSAGES, self._post)
        api.route("GET", MESSAGE, self._get_message)
        api.route("PATCH", MESSAGE, self._edit)
        api.route("DELETE", MESSAGE, self._delete)
        api.route("DELETE", REACTIONS, self._clear_reactions)
        api.route("GET", EMOJI, self._list_reactions)
        api.route("DELETE", EMOJI, self._clear_reactions)
        api.route("PUT", EMOJI + "/@me", self._react)
        api.route("DELETE", EMOJI + "/{user}", self._unreact)

    def _get_channel(self, call: Call) -> Json:
        return self._world.channel(call.id("channel")).payload()

    def _type(self, call: Call) -> None:
        self._world.channel(call.id("channel"), Permission.SEND_MESSAGES)

    def _list_messages(self, call: Call) -> list[Json]:
        channel = self._world.channel(call.id("channel"))
        if Permission.READ_MESSAGE_HISTORY not in channel.permissions(self._world.bot):
            return []
        shown = sorted((m for m in channel.messages.values() if not m.is_ephemeral), key=attrgetter("id"))
        limit = _limit(call, default=50)
        if "after" in call.query:
            shown = [message for message in shown if message.id > int(call.query["after"])][:limit]
        elif "before" in call.query:
            shown = [message for message in shown if message.id < int(call.query["before"])]
        elif "around" in call.query:
            raise RefusedError(404, 0, "This server does not know the parameter around")
        return [message.payload(self._world.bot) for message in reversed(shown[-limit:])]

    def _post(self, call: Call) -> Json:
        channel = self._world.channel(call.id("channel"), Permission.SEND_MESSAGES)
        payload = call.body.payload
        reference = payload.get("message_reference")
        if (
            reference
            and int(reference["message_id"]) not in channel.messages
            and reference.get("fail_if_not_exists", True)
        ):
            form = Form()
            form.wrong("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
            form.check()
        if payload.get("enforce_nonce"):
            for message in channel.messages.values():
                if message.nonce == payload["nonce"] and message.author is self._world.bot:
                    return message.payload(self._world.bot)
        return self._board.post(channel, self._world.bot, call.body).payload(self._world.bot)

    def _get_message(self, call: Call) -> Json:
        return self._message(call, Permission.READ_MESSAGE_HISTORY).payload(self._world.bot)

    def _edit(self, call: Call) -> Json:
        message = self._message(call)
        if message.author is not self._world.bot:
            raise RefusedError(403, 50005, "Cannot edit a message authored by another user")
        self._board.edit(message, call.body)
        return message.payload(self._world.bot)

    def _delete(self, call: Call) -> None:
        message = self._message(call)
        if message.author is not self._world.bot:
            self._needs(message, Permission.MANAGE_MESSAGES)
        self._board.delete(message)

    def _react(self, call: Call) -> None:
        message = self._message(call, Permission.READ_MESSAGE_HISTORY)
        emoji = _emoji(call)
        if emoji not in message.reactions:
            self._needs(message, Permission.ADD_REACTIONS)
        self._board.react(message, self._world.bot, emoji)

    def _unreact(self, call: Call) -> None:
        message = self._message(call, Permission.READ_MESSAGE_HISTORY)
        user: User | None = self._world.bot
        if call.parts["user"] != "@me":
            self._needs(message, Permission.MANAGE_MESSAGES)
            user = self._world.users.get(call.id("user"))
        if user is None:
            raise RefusedError(404, 10013, "Unknown User")
        self._board.unreact(message, user, _emoji(call))

    def _clear_reactions(self, call: Call) -> None:
        message = self._message(call, Permission.MANAGE_MESSAGES)
        self._board.clear_reactions(message, _emoji(call) if "emoji" in call.parts else None)

    def _list_reactions(self, call: Call) -> list[Json]:
        message = self._message(call, Permission.READ_MESSAGE_HISTORY)
        limit = _limit(call, default=25)
        after = int(call.query.get("after", 0))
        users = sorted(message.reactions.get(_emoji(call), []), key=attrgetter("id"))
        return [user.payload() for user in users if user.id > after][:limit]

    def _message(self, call: Call, *needed: Permission) -> Message:
        channel = self._world.channel(call.id("channel"), *needed)
        return self._world.message(channel, call.id("message"))

    def _needs(self, message: Message, permission: Permission) -> None:
        if permission not in message.channel.permissions(self._world.bot):
            raise missing_permissions()


def _emoji(call: Call) -> str:
    """A Unicode emoji; the modelled guilds have none of their own."""
    emoji = call.parts["emoji"]
    if re.search(r"[A-Za-z:]", emoji) or emoji.isascii():
        raise RefusedError(400, 10014, "Unknown Emoji")
    return emoji


def _limit(call: Call, default: int) -> int:
    limit = int(call.query.get("limit", default))
    form = Form()
    form.one_of("limit", limit, range(1, 101))
    form.check()
    return limit
