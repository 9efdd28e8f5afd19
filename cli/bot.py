"""`etude bot`: be in Discord until told to end."""

import importlib.util

from cli.errors import INSTALL_BOT, CommandError
from cli.start import started
from jobs.errors import SettingsError
from jobs.settings import Settings


def bot() -> None:
    """Be in Discord, and have the pieces made by the workers behind REDIS_URL."""
    settings = started()
    check_bot(settings)
    from bot.service import serve

    serve(settings)


def check_bot(settings: Settings) -> None:
    """See that there is what a bot cannot begin without.

    Raises:
        SettingsError: there is no DISCORD_TOKEN.
        CommandError: what talks to Discord is not installed.
    """
    if settings.discord_token is None:
        raise SettingsError(
            "DISCORD_TOKEN is not set: take it from the bot's page of Discord's developer portal, and write "
            "it into .env; docs/discord.md shows the way."
        )
    if importlib.util.find_spec("discord") is None:
        raise CommandError(f"What talks to Discord is not installed; run: {INSTALL_BOT}.")
