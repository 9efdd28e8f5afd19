"""All that exists on the server, and what was found wrong with the bot."""

import secrets
import time

from tests.discord_server.guild import Channel, Guild, Role, User
from tests.discord_server.interaction import Interaction, InteractionType
from tests.discord_server.message import Attachment, Message, MessageFlag
from tests.discord_server.permissions import EVERYONE, Permission
from tests.discord_server.refusal import (
    Json,
    missing_access,
    missing_permissions,
    unknown_channel,
    unknown_message,
)


class World:
    """One application with its bot, and the guilds that have it.

    Args:
        address: Where the server listens, such as `http://127.0.0.1:1234`.

    Attributes:
        complaints: What the bot or the worker did that Discord refuses, or that this project does not want.
        commands: The commands as synced, by guild, those for all guilds under None.
        interactions: By token.
        files: What can be downloaded, by id.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._newest = 0
        self.bot = User(self.snowflake(), "Etude", is_bot=True)
        self.owner = User(self.snowflake(), "Owner")
        self.token = f"{secrets.token_urlsafe(18)}.{secrets.token_urlsafe(5)}.{secrets.token_urlsafe(28)}"
        self.users = {user.id: user for user in (self.bot, self.owner)}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.commands: dict[int | None, list[Json]] = {}
        self.interactions: dict[str, Interaction] = {}
        self.files: dict[int, Attachment] = {}
        self.complaints: list[str] = []

    def snowflake(self) -> int:
        """A new id, larger than all before."""
        self._newest = max(self._newest + 1, (time.time_ns() // 1_000_000 - 1420070400000) << 22)
        return self._newest

    def complain(self, text: str) -> None:
        """Note what should not have happened."""
        self.complaints.append(text)

    def add_user(self, name: str) -> User:
        """A new person."""
        user = User(self.snowflake(), name)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, bot_permissions: Permission) -> Guild:
        """A new guild with the bot in it, without channels."""
        snowflake = self.snowflake()
        guild = Guild(snowflake, name, self.owner, Role(snowflake, "@everyone", EVERYONE))
        guild.members[self.owner] = []
        guild.members[self.bot] = [Role(self.snowflake(), "Etude", bot_permissions, managed=True)]
        self.guilds[guild.id] = guild
        return guild

    def add_member(self, user: User, guild: Guild, permissions: Permission) -> None:
        """Let a person into a guild, with a role of their own if that grants anything."""
        guild.members[user] = [Role(self.snowflake(), user.name, permissions)] if permissions else []

    def add_channel(self, guild: Guild, name: str) -> Channel:
        """A new text channel."""
        channel = Channel(self.snowflake(), name, guild)
        guild.channels.append(channel)
        self.channels[channel.id] = channel
        return channel

    def add_file(
        self, place: int, filename: str, content: bytes, description: str | None = None
    ) -> Attachment:
        """Keep a file for download."""
        snowflake = self.snowflake()
        url = f"{self._address}/attachments/{place}/{snowflake}/{filename}"
        attachment = Attachment(snowflake, filename, content, url, description)
        self.files[snowflake] = attachment
        return attachment

    def add_interaction(
        self,
        type: InteractionType,  # noqa: A002 as Discord calls it
        user: User,
        channel: Channel,
        name: str,
        data: Json,
        locale: str = "en-US",
        source: Message | None = None,
    ) -> Interaction:
        """A new interaction, which the bot does not know of yet."""
        token = secrets.token_urlsafe(96)
        interaction = Interaction(
            self.snowflake(), token, type, self.bot, user, channel, name, data, locale, source
        )
        self.interactions = self.interactions | {token: interaction}  # tests read it in another thread
        return interaction

    def channel(self, snowflake: int, *needed: Permission) -> Channel:
        """A channel in which the bot has some permissions.

        Raises:
            RefusedError: If there is none, or the bot lacks one of the permissions.
        """
        if snowflake not in self.channels:
            raise unknown_channel()
        channel = self.channels[snowflake]
        permissions = channel.permissions(self.bot)
        if Permission.VIEW_CHANNEL not in permissions:
            raise missing_access()
        if any(permission not in permissions for permission in needed):
            raise missing_permissions()
        return channel

    def message(self, channel: Channel, snowflake: int) -> Message:
        """A message that can be seen in a channel; ephemeral ones are reached by their interaction only.

        Raises:
            RefusedError: If there is none.
        """
        message = channel.messages.get(snowflake)
        if message is None or MessageFlag.EPHEMERAL in message.flags:
            raise unknown_message()
        return message
