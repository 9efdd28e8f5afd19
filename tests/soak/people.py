"""People who ask, rate, change their minds and withdraw, each in a thread of their own."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.bot.processes import RATINGS
from tests.discord_server.guild import Channel, User
from tests.discord_server.interaction import Interaction
from tests.discord_server.invocation import NotOfferedError
from tests.discord_server.message import Message
from tests.discord_server.server import DiscordServer

STYLES = ("baroque", "classical", "romantic", "ragtime", "pop", "latin")
KEYS = ("C major", "A minor", "F# minor", "Eb major")
FILES = 3


@dataclass(frozen=True)
class Deed:
    """Something that a person asked of the bot.

    Attributes:
        moment: when, by `time.monotonic`.
        interaction: as Discord has it.
    """

    moment: float
    interaction: Interaction


class Crowd:
    """Some people in one channel, until they are told to stop.

    Attributes:
        deeds: what they asked of the bot, in order.
        rated: how often they gave a rating, changed it or took it back.
    """

    def __init__(
        self,
        server: DiscordServer,
        channel: Channel,
        people: list[User],
        random: Random,
        pause_seconds: float,
    ) -> None:
        """Let them begin.

        Args:
            server: Discord.
            channel: where they are.
            people: who they are.
            random: what they do next, and when.
            pause_seconds: how long each of them waits between two deeds, on average.
        """
        self.deeds: list[Deed] = []
        self.rated = 0
        self._server, self._channel = server, channel
        self._pause_seconds = pause_seconds
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._live, args=(user, Random(random.random())), daemon=True)
            for user in people
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Nobody does anything more."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _live(self, user: User, random: Random) -> None:
        acts = [self._compose, self._compose, self._compose, self._rate, self._rate, self._rate]
        acts += [self._click, self._click, self._cancel, self._show, self._look]
        while not self._is_over.wait(random.expovariate(1 / self._pause_seconds)):
            with suppress(NotOfferedError):  # its button has just gone, or the bot has
                random.choice(acts)(user, random)

    def _compose(self, user: User, random: Random) -> None:
        options: dict[str, Any] = {"length": random.choice(("10", "10", "10", "20")), "candidates": 1}
        if random.random() < 0.7:
            options["style"] = random.choice(STYLES)
        if random.random() < 0.4:
            options["key"] = random.choice(KEYS)
        if random.random() < 0.3:
            options["seed"] = random.randrange(1000)
        self._ask(lambda: self._server.slash(user, self._channel, "compose", options))

    def _click(self, user: User, random: Random) -> None:
        if message := self._some_piece(random):
            button = random.choice(("Again", "Variation", "Continue", "Recipe"))
            self._ask(lambda: self._server.click(user, message, button))

    def _cancel(self, user: User, random: Random) -> None:
        waiting = [
            message
            for message in self._messages()
            if message.interaction is not None
            and message.interaction.user is user
            and any(button["label"] == "Cancel" for button in message.buttons)
        ]
        if waiting:
            message = random.choice(waiting)
            self._ask(lambda: self._server.click(user, message, "Cancel"))

    def _show(self, user: User, random: Random) -> None:
        if message := self._some_piece(random):
            piece_id = next(iter(message.files)).split(".")[0]
            self._ask(lambda: self._server.slash(user, self._channel, "show", {"id": piece_id}))

    def _look(self, user: User, random: Random) -> None:
        command = random.choice(("queue", "ping", "help"))
        self._ask(lambda: self._server.slash(user, self._channel, command))

    def _rate(self, user: User, random: Random) -> None:
        """Give a rating; whoever has given one takes it back first, and at times leaves it at that."""
        message = self._some_piece(random)
        if message is None or self._server.bot not in message.reactions.get(RATINGS[-1], ()):
            return
        standing = [emoji for emoji in RATINGS if user in message.reactions.get(emoji, ())]
        for emoji in standing:
            self._server.unreact(user, message, emoji)
        if not standing or random.random() < 0.6:
            self._server.react(user, message, random.choice(RATINGS))
        self.rated += 1

    def _some_piece(self, random: Random) -> Message | None:
        pieces = [message for message in self._messages() if len(message.files) == FILES]
        return random.choice(pieces[-20:]) if pieces else None

    def _messages(self) -> list[Message]:
        return [
            message
            for message in list(self._channel.messages.values())
            if not (message.is_ephemeral or message.is_deleted)
        ]

    def _ask(self, act: Callable[[], Interaction]) -> None:
        moment = time.monotonic()
        self.deeds.append(Deed(moment, act()))
