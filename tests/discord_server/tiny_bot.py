"""A bot of a few lines, to show that the server speaks to discord.py as Discord does.

It runs as a process of its own, `python -m tests.discord_server.tiny_bot`, with DISCORD_TOKEN,
DISCORD_API_BASE and DISCORD_GATEWAY_URL in its environment. What it hears of reactions it says aloud.
"""

import asyncio
import io
import os
import re
from typing import Any, Self

import discord
from discord import app_commands
from discord.ext import commands
from yarl import URL

FILES = {"piece.mid": b"MThd", "piece.mp3": b"ID3" * 1000, "roll.png": b"\x89PNG"}


class Again(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"again:(?P<piece>\w+)"):
    """A button that works after a restart."""

    def __init__(self, piece: str) -> None:
        super().__init__(discord.ui.Button(label="Again", custom_id=f"again:{piece}"))
        self.piece = piece

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["piece"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"again {self.piece}", ephemeral=True)
        await interaction.followup.send("and again")


class Thoughts(discord.ui.Modal, title="What do you think?"):
    """A form with one field."""

    words: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Words", custom_id="words")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"{interaction.user.display_name}: {self.words.value}")


class TinyBot(commands.AutoShardedBot):
    """The bot."""

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True)
        intents.members = "WITH_MEMBERS" in os.environ
        super().__init__(
            commands.when_mentioned,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.1,
        )

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Again)
        for command in (compose, think, edit, listeners):
            self.tree.add_command(command)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do without the wait of 5 s that a session begun anew costs; the tests are in a hurry."""

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        await self._tell(event, f"{event.member} added {event.emoji}")

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        await self._tell(event, f"{event.user_id} removed {event.emoji}")

    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        await self.get_partial_messageable(event.channel_id).send("cleared")

    async def _tell(self, event: discord.RawReactionActionEvent, text: str) -> None:
        assert self.user is not None
        if event.user_id != self.user.id:
            await self.get_partial_messageable(event.channel_id).send(text)


@app_commands.command()
@app_commands.allowed_contexts(guilds=True)
async def compose(
    interaction: discord.Interaction,
    style: str,
    length: app_commands.Range[int, 10, 300] = 30,
    primer: discord.Attachment | None = None,
) -> None:
    """Compose a piece."""
    await interaction.response.defer()
    length += len(await primer.read()) if primer else 0
    embed = discord.Embed(title=style, description=f"{length} s").set_image(url="attachment://roll.png")
    view = discord.ui.View(timeout=None)
    view.add_item(Again("k7"))
    files = [discord.File(io.BytesIO(content), name, description=name) for name, content in FILES.items()]
    message = await interaction.edit_original_response(embed=embed, view=view, attachments=files)
    await message.add_reaction("1️⃣")
    await message.add_reaction("2️⃣")


@compose.autocomplete("style")
async def offer_styles(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer styles."""
    styles = ["bach", "baroque", "chopin"]
    return [
        app_commands.Choice(name=style.title(), value=style) for style in styles if style.startswith(typed)
    ]


@app_commands.command()
async def think(interaction: discord.Interaction) -> None:
    """Ask for thoughts."""
    await interaction.response.send_modal(Thoughts())


@app_commands.command()
@app_commands.default_permissions(manage_messages=True)
async def edit(interaction: discord.Interaction, message: str, content: str) -> None:
    """Edit a message through the channel, or delete it if nothing is left of it."""
    await interaction.response.defer(ephemeral=True)
    assert isinstance(interaction.channel, discord.TextChannel)
    fetched = await interaction.channel.fetch_message(int(message))
    if content == "-":
        await fetched.delete()
    else:
        await fetched.edit(content=content)
    await interaction.edit_original_response(content="done")


@app_commands.command()
async def listeners(interaction: discord.Interaction, message: str) -> None:
    """Say who reacted to a message."""
    await interaction.response.defer()
    assert isinstance(interaction.channel, discord.TextChannel)
    fetched = await interaction.channel.fetch_message(int(message))
    users = {user.id async for user in fetched.reactions[0].users(limit=None)}
    await interaction.followup.send(f"{len(users)} listeners")


async def main() -> None:
    """Run until the process is killed."""
    discord.http.Route.BASE = os.environ["DISCORD_API_BASE"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["DISCORD_GATEWAY_URL"])
    discord.utils.setup_logging()
    async with TinyBot() as bot:
        await bot.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    asyncio.run(main())
