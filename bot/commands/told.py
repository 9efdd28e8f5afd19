"""What Discord shows of a command, from the catalogue and in every language of it."""

from discord.app_commands import locale_str

from cards.catalogue import text
from cards.commands import COMMANDS, command_key, option_key


def told(command: str) -> locale_str:
    """A command's description."""
    return _text(command_key(command))


def options_of(command: str) -> dict[str, locale_str]:
    """The descriptions of a command's options, by name."""
    return {name: _text(option_key(name)) for name in COMMANDS[command]}


def _text(key: str) -> locale_str:
    return locale_str(text(key), key=key)
