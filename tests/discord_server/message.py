"""A message with its files and reactions, as Discord stores it and as it shows it."""

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag
from typing import TYPE_CHECKING, Any

from tests.discord_server.components import nested
from tests.discord_server.guild import Channel, User
from tests.discord_server.refusal import Json

if TYPE_CHECKING:
    from tests.discord_server.interaction import Interaction

REFERENCE = "attachment://"


class MessageFlag(IntFlag):
    """Flags of a message; the bits are Discord's."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


@dataclass(eq=False)
class Attachment:
    """A file that was uploaded, by the bot or for an option of a command."""

    id: int
    filename: str
    content: bytes = field(repr=False)
    url: str
    description: str | None = None

    def payload(self) -> Json:
        """The file as it goes over the wire."""
        described = {} if self.description is None else {"description": self.description}
        kind, _ = mimetypes.guess_type(self.filename)
        return described | {
            "id": str(self.id),
            "filename": self.filename,
            "size": len(self.content),
            "url": self.url,
            "proxy_url": self.url,
            "content_type": kind or "application/octet-stream",
        }


@dataclass(eq=False)
class Message:
    """A message; tests read it while it changes.

    Attributes:
        attachments: All of its files, also those that are shown inside an embed only.
        reactions: Who reacted, by emoji, in the order in which the emojis came.
        interaction: The interaction that it answers, if any.
        type: 0 for an ordinary message, 20 for the answer to a command.
    """

    id: int
    channel: Channel
    author: User
    type: int = 0
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: MessageFlag = NO_FLAGS
    reactions: dict[str, list[User]] = field(default_factory=dict)
    interaction: "Interaction | None" = None
    nonce: str | None = None
    edits: int = 0
    is_deleted: bool = False

    @property
    def is_ephemeral(self) -> bool:
        """Whether only the user of the interaction sees it."""
        return MessageFlag.EPHEMERAL in self.flags

    @property
    def is_loading(self) -> bool:
        """Whether it still says that the bot is thinking."""
        return MessageFlag.LOADING in self.flags

    @property
    def files(self) -> dict[str, bytes]:
        """Its files by name."""
        return {attachment.filename: attachment.content for attachment in self.attachments}

    @property
    def buttons(self) -> list[Json]:
        """Its buttons, wherever they stand."""
        return [component for component in nested(self.components) if component["type"] == 2]

    def misused_files(self) -> Iterator[str]:
        """What users would see wrong with the files in embeds, of which Discord says nothing."""
        names = {attachment.filename for attachment in self.attachments}
        urls = {attachment.url for attachment in self.attachments}
        for url in _urls(self.embeds):
            if url.startswith(REFERENCE) and url.removeprefix(REFERENCE) not in names:
                yield f"an embed refers to {url}, which the message does not have"
            elif url in urls:
                # https://github.com/discord/discord-api-docs/issues/5675
                yield f"an embed refers to {url} by its address, so that it is shown twice"
            elif re.match(r"http://127\.0\.0\.1:\d+/attachments/", url):
                yield f"an embed refers to {url}, which is no longer attached and will vanish"

    def payload(self, bot: User) -> Json:
        """The message as it goes over the wire to a bot without the message content intent."""
        is_readable = self.author is bot or f"<@{bot.id}>" in self.content
        urls = {REFERENCE + attachment.filename: attachment.url for attachment in self.attachments}
        # A file shown inside an embed is not listed, https://github.com/discord/discord-api-docs/issues/1340
        inside = set(_urls(self.embeds))
        listed = [a.payload() for a in self.attachments if REFERENCE + a.filename not in inside]
        return {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "type": self.type,
            "author": self.author.payload(),
            "content": self.content if is_readable else "",
            "embeds": [{"type": "rich"} | _resolved(embed, urls) for embed in self.embeds],
            "components": self.components if is_readable else [],
            "attachments": listed if is_readable else [],
            "flags": int(self.flags),
            "timestamp": moment(self.id).isoformat(),
            "edited_timestamp": datetime.now(UTC).isoformat() if self.edits else None,
            "tts": False,
            "pinned": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "reactions": [
                {
                    "emoji": {"id": None, "name": emoji},
                    "count": len(users),
                    "count_details": {"burst": 0, "normal": len(users)},
                    "me": bot in users,
                    "me_burst": False,
                    "burst_colors": [],
                }
                for emoji, users in self.reactions.items()
            ],
            **({"nonce": self.nonce} if self.nonce else {}),
            **(self.interaction.metadata() if self.interaction else {}),
        }

    def event(self, bot: User) -> Json:
        """The message as an event tells it."""
        guild = self.channel.guild
        member = guild.member_payload(self.author, with_user=False)
        return self.payload(bot) | {"guild_id": str(guild.id), "member": member}


def moment(snowflake: int) -> datetime:
    """When an id was given out."""
    return datetime.fromtimestamp((snowflake >> 22) / 1000 + 1420070400, UTC)


def _urls(embeds: list[Json]) -> Iterator[str]:
    """The addresses of pictures in embeds."""
    for embed in embeds:
        for part in ("image", "thumbnail", "footer", "author"):
            for key in ("url", "icon_url"):
                value = (embed.get(part) or {}).get(key)
                if value and (key == "icon_url" or part in {"image", "thumbnail"}):
                    yield value


def _resolved(value: Any, urls: dict[str, str]) -> Any:
    """An embed in which references to the message's files are addresses."""
    if isinstance(value, dict):
        return {key: _resolved(inner, urls) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, urls) for inner in value]
    return urls.get(value, value) if isinstance(value, str) else value
