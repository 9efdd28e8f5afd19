"""Names and descriptions of commands, in the languages of the catalogue."""

import discord
from discord import app_commands

from cards.catalogue import translation


class CatalogueTranslator(app_commands.Translator):
    """Looks texts up by the key that stands in their `extras`."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - discord.py's signature
    ) -> str | None:
        """The text in a language of Discord's; None where it stays English."""
        key = string.extras.get("key")
        return None if key is None else translation(key, locale.value)
