"""What one shard of a bot is told over one or more connections, one after another."""

import secrets
from dataclasses import dataclass, field
from enum import IntFlag

from tests.discord_server.connection import Connection, Op
from tests.discord_server.guild import Guild
from tests.discord_server.refusal import Json


class Intent(IntFlag):
    """Which events a bot asks for; the bits are Discord's."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT
ALL_INTENTS = (1 << 26) - 1
# By the beginning of an event's name, the most special first; others are sent to everyone.
NEEDED_INTENTS = {
    "MESSAGE_REACTION_": Intent.GUILD_MESSAGE_REACTIONS,
    "MESSAGE_": Intent.GUILD_MESSAGES,
    "GUILD_CREATE": Intent.GUILDS,
    "CHANNEL_": Intent.GUILDS,
}


@dataclass(eq=False)
class Session:
    """A session, which a bot may leave and resume."""

    intents: int
    shard: tuple[int, int]
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    history: list[tuple[str, Json]] = field(default_factory=list)
    connection: Connection | None = None

    def hears(self, event: str, guild: Guild) -> bool:
        """Whether an event of a guild concerns the session."""
        needed = next((i for prefix, i in NEEDED_INTENTS.items() if event.startswith(prefix)), 0)
        return (guild.id >> 22) % self.shard[1] == self.shard[0] and self.intents & needed == needed

    def tell(self, event: str, data: Json) -> None:
        """Send an event, or keep it for a resume."""
        self.history.append((event, data))
        if self.connection is not None:
            self.connection.send(Op.DISPATCH, data, event, len(self.history))

    def replay(self, seen: int) -> None:
        """Send again what came after the last event that the bot saw."""
        assert self.connection is not None
        for sequence, (event, data) in enumerate(self.history[seen:], start=seen + 1):
            self.connection.send(Op.DISPATCH, data, event, sequence)
        self.tell("RESUMED", {"_trace": []})
