"""Users, and the guilds and channels in which they meet the bot."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.discord_server.permissions import EVERYTHING, Overwrite, Permission, permissions_in_channel
from tests.discord_server.refusal import Json

if TYPE_CHECKING:
    from tests.discord_server.message import Message

JOINED = "2024-01-01T00:00:00+00:00"
MEBIBYTE = 1024**2


@dataclass(eq=False)
class User:
    """A person or a bot."""

    id: int
    name: str
    is_bot: bool = False

    def payload(self) -> Json:
        """The user as it goes over the wire."""
        return {
            "id": str(self.id),
            "username": self.name.lower().replace(" ", "_"),
            "global_name": None if self.is_bot else self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.is_bot,
            "public_flags": 0,
        }


@dataclass(eq=False)
class Role:
    """A role of a guild; the one whose id is the guild's is everyone's."""

    id: int
    name: str
    permissions: Permission
    managed: bool = False

    def payload(self, position: int) -> Json:
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(int(self.permissions)),
            "position": position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": self.managed,
            "mentionable": False,
            "flags": 0,
        }


@dataclass(eq=False)
class Guild:
    """A guild: its roles in order of rank, its members by user, its channels.

    Attributes:
        attachment_bytes: The largest file, in bytes; boosted guilds allow more than 10 MiB.
    """

    id: int
    name: str
    owner: User
    everyone: Role
    locale: str = "en-US"
    attachment_bytes: int = 10 * MEBIBYTE
    members: dict[User, list[Role]] = field(default_factory=dict, repr=False)
    channels: list["Channel"] = field(default_factory=list, repr=False)

    @property
    def roles(self) -> list[Role]:
        own = [role for roles in self.members.values() for role in roles]
        return [self.everyone, *own]

    def permissions(self, user: User) -> list[Permission]:
        """What each of a member's roles grants."""
        if user is self.owner:
            return [EVERYTHING]
        return [self.everyone.permissions, *(role.permissions for role in self.members[user])]

    def member_payload(self, user: User, *, with_user: bool = True) -> Json:
        """A member as it goes over the wire, in events about messages without the user inside."""
        inside = {"user": user.payload()} if with_user else {}
        return inside | {
            "roles": [str(role.id) for role in self.members[user]],
            "nick": None,
            "avatar": None,
            "joined_at": JOINED,
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
        }

    def payload(self) -> Json:
        """The guild as the API shows it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "owner_id": str(self.owner.id),
            "roles": [role.payload(position) for position, role in enumerate(self.roles)],
            "emojis": [],
            "stickers": [],
            "features": [],
            "preferred_locale": self.locale,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "premium_progress_bar_enabled": False,
            "afk_timeout": 300,
            "system_channel_flags": 0,
        }

    def create_event(self, bot: User) -> Json:
        """GUILD_CREATE for a bot without privileged intents: of the members it names the bot alone."""
        return self.payload() | {
            "joined_at": JOINED,
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "members": [self.member_payload(bot)],
            "channels": [channel.payload() for channel in self.channels],
            "threads": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


@dataclass(eq=False)
class Channel:
    """A text channel and what was posted there.

    Attributes:
        overwrites: What the channel allows and denies, by the id of a role or a user.
        messages: All that was posted, by id; deleted ones leave.
    """

    id: int
    name: str
    guild: Guild
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, "Message"] = field(default_factory=dict, repr=False)

    def permissions(self, user: User) -> Permission:
        """What a member may do here."""
        holders = [self.guild.id, *(role.id for role in self.guild.members[user]), user.id]
        concerning = [self.overwrites[holder] for holder in holders if holder in self.overwrites]
        return permissions_in_channel(self.guild.permissions(user), concerning)

    def payload(self) -> Json:
        """The channel as it goes over the wire."""
        return {
            "id": str(self.id),
            "type": 0,
            "guild_id": str(self.guild.id),
            "name": self.name,
            "position": self.guild.channels.index(self),
            "permission_overwrites": [
                {
                    "id": str(holder),
                    "type": int(any(user.id == holder for user in self.guild.members)),
                    "allow": str(int(allowed)),
                    "deny": str(int(denied)),
                }
                for holder, (allowed, denied) in self.overwrites.items()
            ],
            "topic": None,
            "nsfw": False,
            "last_message_id": str(max(self.messages)) if self.messages else None,
            "rate_limit_per_user": 0,
            "parent_id": None,
            "flags": 0,
        }
