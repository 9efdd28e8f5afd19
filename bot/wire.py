"""Messages as discord.py takes them."""

import io
from collections.abc import Mapping
from typing import Any

import discord

from bot.deadline import lift_deadline
from cards.message import Message


async def respond(
    interaction: discord.Interaction,
    message: Message,
    files: Mapping[str, bytes] | None = None,
    *,
    is_private: bool = True,
) -> int | None:
    """Answer an interaction with a message.

    Args:
        interaction: not yet answered.
        message: what it says.
        files: contents of its attachments, by file name.
        is_private: whether only whoever acted sees it.

    Returns:
        Discord's id of the message, where it is told.
    """
    lift_deadline(interaction)
    sent = await interaction.response.send_message(**fields(message, files), ephemeral=is_private)
    return sent.message_id


async def defer(interaction: discord.Interaction, *, is_private: bool = True) -> None:
    """Promise an answer, which `resolve` gives within 15 minutes.

    Args:
        interaction: not yet answered.
        is_private: whether only whoever acted will see it.
    """
    lift_deadline(interaction)
    await interaction.response.defer(ephemeral=is_private, thinking=True)


async def resolve(
    interaction: discord.Interaction, message: Message, files: Mapping[str, bytes] | None = None
) -> None:
    """Give the answer that was promised by `defer`; arguments as of `respond`."""
    await interaction.edit_original_response(**edited(message, files))


def fields(message: Message, files: Mapping[str, bytes] | None = None) -> dict[str, Any]:
    """Arguments of discord.py for a message that is sent anew.

    Args:
        message: what it says.
        files: contents of its attachments, by file name.
    """
    contents = files or {}
    payload = message.to_payload()
    return {
        "content": payload["content"] or None,
        "embeds": [discord.Embed.from_dict(embed) for embed in payload["embeds"]],
        "view": _view(message),
        "files": [
            discord.File(io.BytesIO(contents[each.filename]), each.filename, description=each.alt_text)
            for each in message.attachments
        ],
        "allowed_mentions": discord.AllowedMentions.none(),
    }


def edited(message: Message, files: Mapping[str, bytes] | None = None) -> dict[str, Any]:
    """Arguments of discord.py for a message that takes the place of another; nothing of that one stays."""
    arguments = fields(message, files)
    arguments["attachments"] = arguments.pop("files")
    return arguments


def _view(message: Message) -> discord.ui.View:
    """Buttons that discord.py does not keep in mind: clicks on them are known by their `custom_id`."""
    view = discord.ui.View(timeout=None)
    for row, buttons in enumerate(message.rows):
        for button in buttons:
            view.add_item(
                discord.ui.Button(
                    style=discord.ButtonStyle(int(button.style)),
                    label=button.label,
                    disabled=button.is_disabled,
                    custom_id=button.custom_id or None,
                    url=button.url or None,
                    emoji=button.emoji or None,
                    row=row,
                )
            )
    view.stop()
    return view
