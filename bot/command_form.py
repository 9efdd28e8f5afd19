"""Commands as an app sends them: options of another type than this process has for them are refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import app_commands

_NESTED = {
    discord.AppCommandOptionType.subcommand.value,
    discord.AppCommandOptionType.subcommand_group.value,
}


def fits(interaction: discord.Interaction) -> bool:
    """Whether each option is of the type that its command has for it; a check of every command.

    An app that has not heard yet of a command's new form sends the old one, and discord.py takes any type.

    Raises:
        CommandSignatureMismatch: one is not.
    """
    command = interaction.command
    assert isinstance(command, app_commands.Command)  # noqa: S101 - for the type checker: it has this check
    data: Mapping[str, Any] = interaction.data or {}
    for option in _options(data):
        parameter = command.get_parameter(option["name"])
        if parameter is not None and parameter.type.value != option["type"]:
            raise app_commands.CommandSignatureMismatch(command)
    return True


def _options(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The options of a command, or of the subcommand that was meant."""
    options: Sequence[Mapping[str, Any]] = data.get("options") or ()
    if options and options[0]["type"] in _NESTED:
        return _options(options[0])
    return options
