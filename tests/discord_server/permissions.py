"""Permissions of members in channels, by roles and by overwrites of the channel."""

from collections.abc import Iterable
from enum import IntFlag


class Permission(IntFlag):
    """The permissions that matter to a bot of this kind; the bits are Discord's."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    USE_APPLICATION_COMMANDS = 1 << 31


NOTHING = Permission(0)
EVERYTHING = Permission((1 << 47) - 1)

# What a new server gives to everyone, as far as it is modelled.
EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
)

Overwrite = tuple[Permission, Permission]  # (allowed, denied)


def permissions_in_channel(granted: Iterable[Permission], overwrites: Iterable[Overwrite]) -> Permission:
    """What a member may do in a channel.

    Args:
        granted: What each of the member's roles grants in the guild.
        overwrites: The channel's overwrites that concern the member, the most general first.
    """
    permissions = NOTHING
    for role in granted:
        permissions |= role
    if Permission.ADMINISTRATOR in permissions:
        return EVERYTHING
    for allowed, denied in overwrites:
        permissions = permissions & ~denied | allowed
    return permissions if Permission.VIEW_CHANNEL in permissions else NOTHING
