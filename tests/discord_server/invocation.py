"""Turns what a test enters for a command into what goes over the wire, as far as a client would let it.

A client offers only commands that were synced and that the user may use, and only values that fit their
options. What it would not let a person do raises `NotOfferedError` in the test.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.discord_server.command_form import (
    ATTACHMENT,
    INTEGER,
    NUMBER,
    STRING,
    SUBCOMMAND,
    SUBCOMMAND_GROUP,
)
from tests.discord_server.guild import Channel, User
from tests.discord_server.permissions import Permission
from tests.discord_server.refusal import Json
from tests.discord_server.world import World

BOOLEAN, USER, CHANNEL = 5, 6, 7
GUILD_CONTEXT = 0
TYPES: dict[int, type | tuple[type, ...]] = {
    STRING: str,
    INTEGER: int,
    BOOLEAN: bool,
    USER: User,
    CHANNEL: Channel,
    NUMBER: (int, float),
}


class NotOfferedError(Exception):
    """Something that a Discord client would not let its user do."""


@dataclass(frozen=True)
class Upload:
    """A file for an option that takes one."""

    filename: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Focus:
    """The option in which somebody is typing, with what stands there so far."""

    option: str
    text: str


class Invocation:
    """A command with its options, as entered in a channel.

    Args:
        world: Where the commands were synced.
        user: Who enters it in `channel`.
        name: The command, with a subcommand after a blank if it has any.
        options: The values by name.
        focus: For an autocomplete, the option being typed; required options may still be missing then.

    Raises:
        NotOfferedError: If a client would not let the user do that.
    """

    def __init__(
        self,
        world: World,
        user: User,
        channel: Channel,
        name: str,
        options: Mapping[str, Any],
        focus: Focus | None = None,
    ) -> None:
        self._world = world
        self._channel = channel
        self._focus = focus
        self._resolved: dict[str, Json] = {}
        root, *path = name.split()
        self._command = self._find(root)
        self._must_be_allowed(user)
        self.data = {
            "id": self._command["id"],
            "name": root,
            "type": 1,
            "options": self._fill(self._command, path, dict(options)),
        }
        if self._resolved:
            self.data["resolved"] = self._resolved
        if self._command.get("guild_id"):
            self.data["guild_id"] = self._command["guild_id"]

    def _find(self, name: str) -> Json:
        offered = [*self._world.commands.get(self._channel.guild.id, []), *self._world.commands.get(None, [])]
        for command in offered:
            if command["name"] == name and command["type"] == 1:
                return command
        raise NotOfferedError(f"no command {name!r} among {sorted(command['name'] for command in offered)}")

    def _must_be_allowed(self, user: User) -> None:
        contexts = self._command.get("contexts")
        if contexts is not None and GUILD_CONTEXT not in contexts:
            raise NotOfferedError("the command is not for guilds")
        permissions = self._channel.permissions(user)
        needed = Permission(int(self._command.get("default_member_permissions") or 0))
        if needed & ~permissions or Permission.USE_APPLICATION_COMMANDS not in permissions:
            raise NotOfferedError(f"{user.name} lacks permissions for the command")

    def _fill(self, place: Json, path: list[str], values: dict[str, Any]) -> list[Json]:
        declared = {option["name"]: option for option in place.get("options") or []}
        has_subcommands = any(
            option["type"] in {SUBCOMMAND, SUBCOMMAND_GROUP} for option in declared.values()
        )
        if has_subcommands:
            if not path or path[0] not in declared:
                raise NotOfferedError(f"one of {sorted(declared)} must follow, not {path}")
            inner = declared[path[0]]
            return [
                {"name": inner["name"], "type": inner["type"], "options": self._fill(inner, path[1:], values)}
            ]
        if path or values.keys() - declared.keys():
            raise NotOfferedError(f"unknown option or subcommand: {path or values.keys() - declared.keys()}")
        missing = [name for name, option in declared.items() if option.get("required") and name not in values]
        if self._focus is None and missing:
            raise NotOfferedError(f"required: {missing}")
        filled = [self._option(declared[name], value) for name, value in values.items()]
        if self._focus is not None:
            option = declared.get(self._focus.option)
            if option is None or not option.get("autocomplete"):
                raise NotOfferedError(f"{self._focus.option!r} has no autocomplete")
            typed = {
                "name": option["name"],
                "type": option["type"],
                "value": self._focus.text,
                "focused": True,
            }
            filled.append(typed)
        return filled

    def _option(self, option: Json, value: Any) -> Json:
        kind = option["type"]
        if kind == ATTACHMENT:
            entered = self._upload(value)
        else:
            _must_fit(option, value)
            entered = self._reference(value) if isinstance(value, User | Channel) else value
        return {"name": option["name"], "type": kind, "value": entered}

    def _upload(self, upload: Upload) -> str:
        file = self._world.add_file(self._channel.id, upload.filename, upload.content)
        self._resolved.setdefault("attachments", {})[str(file.id)] = file.payload() | {"ephemeral": True}
        return str(file.id)

    def _reference(self, value: User | Channel) -> str:
        guild = self._channel.guild
        snowflake = str(value.id)
        if isinstance(value, User):
            self._resolved.setdefault("users", {})[snowflake] = value.payload()
            member = guild.member_payload(value, with_user=False) | {
                "permissions": str(int(self._channel.permissions(value)))
            }
            self._resolved.setdefault("members", {})[snowflake] = member
        else:
            permissions = {"permissions": str(int(value.permissions(self._world.bot)))}
            self._resolved.setdefault("channels", {})[snowflake] = value.payload() | permissions
        return snowflake


def _must_fit(option: Json, value: Any) -> None:
    """Refuse a value that a client would refuse for an option."""
    kind, name = option["type"], option["name"]
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != BOOLEAN):
        raise NotOfferedError(f"{name} cannot be {value!r}")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise NotOfferedError(f"{name} must be one of {choices}, not {value!r}")
    size = len(value) if isinstance(value, str) else value
    low, high = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    if isinstance(size, int | float):
        lowest, highest = option.get(low, -math.inf), option.get(high, math.inf)
        if not lowest <= size <= highest:
            raise NotOfferedError(f"{name} must be between {lowest} and {highest}, not {size}")
