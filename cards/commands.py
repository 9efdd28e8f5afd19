"""The commands with their options, as everything that people read names them."""

from collections.abc import Mapping
from types import MappingProxyType

COMMANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "compose": (
            *("style", "key", "length", "density", "mood", "temperature", "seed", "primer"),
            *("primer_echo", "rendition", "pitches", "top_p", "guidance", "form", "candidates", "level"),
            "format",
        ),
        "show": ("id",),
        "queue": (),
        "cancel": ("id",),
        "duel": (),
        "guess": (),
        "listen": ("count",),
        "top": (),
        "results show": (),
        "results export": (),
        "settings": (
            *("default_style", "default_length", "add_channel", "remove_channel", "user_limit", "voting"),
        ),
        "help": (),
        "about": (),
        "ping": (),
        "invite": (),
        "privacy": (),
        "mydata get": (),
        "mydata delete": (),
    }
)
"""Names of commands and of their options; they are the same in every language."""


def command_key(name: str) -> str:
    """Returns the key of a command's description; "mydata" and "results" alone are groups of two."""
    return f"command.{name.replace(' ', '.')}.description"


def option_key(name: str) -> str:
    """Returns the key of an option's description."""
    return f"option.{name}.description"


def mention(name: str, command_ids: Mapping[str, int]) -> str:
    """Returns a command in markdown: to be clicked where Discord's id of it (of its group) is known."""
    command_id = command_ids.get(name.partition(" ")[0])
    return f"`/{name}`" if command_id is None else f"</{name}:{command_id}>"
