"""One use of a command, a button or a modal, from the user's act to the bot's answers."""

import os
import threading
import time
from enum import IntEnum
from typing import TYPE_CHECKING

from tests.discord_server.guild import Channel, User
from tests.discord_server.refusal import (
    Json,
    RefusedError,
    expired_token,
    unknown_interaction,
    unknown_webhook,
)

if TYPE_CHECKING:
    from tests.discord_server.message import Message

FIRST_ANSWER_SECONDS = 6 if "PYTEST_XDIST_WORKER" in os.environ else 3
"""Discord's own limit is 3 s; twice that where suites with bots and workers share the cores."""

TOKEN_SECONDS = 15 * 60


class InteractionType(IntEnum):
    """What the user did; the numbers are Discord's."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answer(IntEnum):
    """How the bot may answer first; the numbers are Discord's."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


class Interaction:
    """An interaction, as a test holds it.

    Args:
        snowflake: Its id.
        token: What entitles to answer it.
        bot: The bot that is asked.
        user: Who acted, in `channel`, in the language `locale`.
        name: What a person would call it, such as "/compose".
        data: What was entered, as it goes over the wire.
        source: The message whose component was used, if it was one.

    Attributes:
        answer: How the bot answered first, None until then.
        response_seconds: How long that took, None until then.
        original: The message that answers it, once there is one.
        followups: Further messages in answer to it.
        choices: The answer to an autocomplete.
        modal: The modal that was opened.
    """

    def __init__(
        self,
        snowflake: int,
        token: str,
        type: InteractionType,  # noqa: A002 as Discord calls it
        bot: User,
        user: User,
        channel: Channel,
        name: str,
        data: Json,
        locale: str,
        source: "Message | None" = None,
    ) -> None:
        self.id = snowflake
        self.token = token
        self.type = type
        self.bot = bot
        self.user = user
        self.channel = channel
        self.name = name
        self.data = data
        self.locale = locale
        self.source = source
        self.answer: Answer | None = None
        self.response_seconds: float | None = None
        self.original: Message | None = None
        self.followups: list[Message] = []
        self.choices: list[Json] = []
        self.modal: Json | None = None
        self._began = time.monotonic()
        self._is_late = False
        self._answered = threading.Event()

    def __repr__(self) -> str:
        return f"<{self.name} by {self.user.name}>"

    def wait_response(self, seconds: float = FIRST_ANSWER_SECONDS) -> Answer:
        """Wait for the bot's first answer.

        Raises:
            AssertionError: If there is none.
        """
        assert self._answered.wait(seconds), f"{self} was not answered within {seconds} s"
        assert self.answer is not None
        return self.answer

    def wait_original(self, seconds: float = FIRST_ANSWER_SECONDS) -> "Message":
        """Wait for the bot's first answer, which has to be a message.

        Raises:
            AssertionError: If there is none, or the answer is none.
        """
        answer = self.wait_response(seconds)
        assert self.original is not None, f"{self} was answered by {answer.name}"
        return self.original

    def grow_older(self, seconds: float) -> None:
        """Pretend that the user acted earlier than they did."""
        self._began -= seconds

    def must_be_answerable(self) -> None:
        """Refuse a first answer that is late or comes twice.

        Raises:
            RefusedError: What Discord would answer.
        """
        if self.answer is not None:
            raise RefusedError(400, 40060, "Interaction has already been acknowledged.")
        if self._age() > FIRST_ANSWER_SECONDS:
            self._is_late = True
            raise unknown_interaction()

    @property
    def is_ignored(self) -> bool:
        """Whether the bot has not even tried to answer."""
        return self.answer is None and not self._is_late

    def must_be_continuable(self) -> None:
        """Refuse the use of a token that does not hold, yet or any more.

        Raises:
            RefusedError: What Discord would answer.
        """
        if self._age() > TOKEN_SECONDS:
            raise expired_token()
        if self.answer is None or self.type is InteractionType.AUTOCOMPLETE:
            raise unknown_webhook()

    def answered(self, answer: Answer) -> None:
        """Keep the bot's first answer."""
        self.response_seconds = self._age()
        self.answer = answer
        self._answered.set()

    def event(self) -> Json:
        """INTERACTION_CREATE."""
        guild = self.channel.guild
        permissions = self.channel.permissions(self.user)
        member = guild.member_payload(self.user) | {"permissions": str(int(permissions))}
        return {
            "id": str(self.id),
            "application_id": str(self.bot.id),
            "type": int(self.type),
            "token": self.token,
            "version": 1,
            "data": self.data,
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "channel_id": str(self.channel.id),
            "channel": self.channel.payload() | {"permissions": str(int(permissions))},
            "member": member,
            "locale": self.locale,
            "app_permissions": str(int(self.channel.permissions(self.bot))),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self._owners(),
            "context": 0,
            "attachment_size_limit": guild.attachment_bytes,
            **({"message": self.source.payload(self.bot)} if self.source else {}),
        }

    def metadata(self) -> Json:
        """What a message that answers it says of it."""
        told = {
            "id": str(self.id),
            "type": int(self.type),
            "user": self.user.payload(),
            "authorizing_integration_owners": self._owners(),
        }
        return {
            "application_id": str(self.bot.id),
            "webhook_id": str(self.bot.id),
            "interaction_metadata": told,
        }

    def callback(self) -> Json:
        """What the bot is told of its first answer."""
        told: Json = {"id": str(self.id), "type": int(self.type)}
        if self.original is not None:
            told["response_message_id"] = str(self.original.id)
            told["response_message_loading"] = self.original.is_loading
            told["response_message_ephemeral"] = self.original.is_ephemeral
        resource: Json = {"type": int(self.answer or 0)}
        if self.original is not None and self.answer in {Answer.MESSAGE, Answer.UPDATE}:
            resource["message"] = self.original.payload(self.bot)
        return {"interaction": told, "resource": resource}

    def _age(self) -> float:
        return time.monotonic() - self._began

    def _owners(self) -> Json:
        return {"0": str(self.channel.guild.id)}
