"""The slash commands, a module an area."""

from typing import Any

from bot.commands.compose import compose_command
from bot.commands.listening import listening_commands
from bot.commands.mydata import mydata_group
from bot.commands.pages import page_commands
from bot.commands.requests import request_commands
from bot.commands.results import results_group, top_command
from bot.commands.settings import settings_command


def add_commands(bot: Any) -> None:
    """Put all commands into the bot's tree; Discord is not told yet."""
    for command in (
        compose_command(bot),
        *request_commands(bot),
        *listening_commands(bot),
        top_command(bot),
        results_group(bot),
        settings_command(bot),
        *page_commands(bot),
        mydata_group(bot),
    ):
        bot.tree.add_command(command)
