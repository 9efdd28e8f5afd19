"""What people do on Discord, for tests to call from their own thread."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tests.discord_server.board import Board
from tests.discord_server.body import Body, File
from tests.discord_server.components import LABEL, STRING_SELECT, TEXT_INPUT, nested
from tests.discord_server.gateway import Gateway
from tests.discord_server.guild import Channel, User
from tests.discord_server.interaction import FIRST_ANSWER_SECONDS, Interaction, InteractionType
from tests.discord_server.invocation import Focus, Invocation, NotOfferedError
from tests.discord_server.message import Message
from tests.discord_server.permissions import Permission
from tests.discord_server.refusal import Json
from tests.discord_server.world import World

T = TypeVar("T")


class UserActions:
    """The acts of people; all of them return at once, but for `autocomplete`, which waits for the choices.

    Attributes:
        loop: The server's event loop, which runs in another thread.
    """

    loop: asyncio.AbstractEventLoop

    def __init__(self, world: World, gateway: Gateway, board: Board) -> None:
        self.world = world
        self.gateway = gateway
        self._board = board

    def do(self, act: Callable[[], T]) -> T:
        """Run something in the server's loop, between two requests, and wait for its result."""

        async def run() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def wait(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until a condition holds.

        Raises:
            AssertionError: If it does not come to hold.
        """
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"waited {seconds} s in vain; complaints: {self.world.complaints}"
            time.sleep(0.01)

    def slash(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Mapping[str, Any] | None = None,
        locale: str = "en-US",
    ) -> Interaction:
        """Use a command, such as `compose` or `mydata delete`.

        Args:
            user: Who uses it in `channel`.
            command: Its name, with that of a subcommand after a blank.
            options: Values by name; a `User`, a `Channel` or an `Upload` where the option takes one.
            locale: The user's language.

        Raises:
            NotOfferedError: If a Discord client would not let the user do that.
        """

        def act() -> Interaction:
            entered = Invocation(self.world, user, channel, command, options or {})
            kind = InteractionType.COMMAND
            interaction = self.world.add_interaction(kind, user, channel, f"/{command}", entered.data, locale)
            return self._begin(interaction)

        return self.do(act)

    def autocomplete(
        self,
        user: User,
        channel: Channel,
        command: str,
        option: str,
        text: str = "",
        options: Mapping[str, Any] | None = None,
        locale: str = "en-US",
    ) -> list[Json]:
        """Type into an option and wait for the choices, each with `name` and `value`.

        Raises:
            NotOfferedError: If a Discord client would not let the user do that.
            AssertionError: If there is no answer within 3 s.
        """

        def act() -> Interaction:
            entered = Invocation(self.world, user, channel, command, options or {}, Focus(option, text))
            kind, name = InteractionType.AUTOCOMPLETE, f"/{command} {option}: {text}"
            return self._begin(self.world.add_interaction(kind, user, channel, name, entered.data, locale))

        interaction = self.do(act)
        interaction.wait_response()
        return interaction.choices

    def click(
        self,
        user: User,
        message: Message,
        component: str,
        values: list[str] | None = None,
        locale: str = "en-US",
    ) -> Interaction:
        """Press a button, or choose values from a select.

        Args:
            user: Who does it.
            message: The message that has the component.
            component: Its label or custom id.
            values: What is chosen from a select.
            locale: The user's language.

        Raises:
            NotOfferedError: If the message has no such component, it is disabled, or not seen.
        """

        def act() -> Interaction:
            self._must_see(user, message)
            found = _find(message, component)
            data: Json = {"component_type": found["type"], "custom_id": found["custom_id"]}
            if values is not None:
                data["values"] = values
            kind, name = InteractionType.COMPONENT, f"[{component}]"
            interaction = self.world.add_interaction(kind, user, message.channel, name, data, locale, message)
            return self._begin(interaction)

        return self.do(act)

    def submit(self, interaction: Interaction, values: Mapping[str, str]) -> Interaction:
        """Fill in the modal that an interaction opened, by custom ids, and send it off.

        Raises:
            NotOfferedError: If there is no such modal or no such field.
        """

        def act() -> Interaction:
            modal = interaction.modal
            if modal is None:
                raise NotOfferedError(f"{interaction} opened no modal")
            known = {field["custom_id"] for field in nested(modal["components"]) if "custom_id" in field}
            if values.keys() - known:
                raise NotOfferedError(f"no field {values.keys() - known} among {known}")
            components = [_filled(component, values) for component in modal["components"]]
            data = {"custom_id": modal["custom_id"], "components": components}
            user, channel, source = interaction.user, interaction.channel, interaction.source
            kind, name = InteractionType.MODAL, f"modal of {interaction.name}"
            submitted = self.world.add_interaction(
                kind, user, channel, name, data, interaction.locale, source
            )
            return self._begin(submitted)

        return self.do(act)

    def say(
        self, user: User, channel: Channel, content: str, files: Mapping[str, bytes] | None = None
    ) -> Message:
        """Write a message."""
        uploads = {index: File(name, content) for index, (name, content) in enumerate((files or {}).items())}
        return self.do(lambda: self._board.post(channel, user, Body({"content": content}, uploads)))

    def react(self, user: User, message: Message, emoji: str) -> None:
        """React to a message.

        Raises:
            NotOfferedError: If the user does not see the message, or may not.
        """

        def act() -> None:
            self._must_see(user, message)
            permissions = message.channel.permissions(user)
            if message.is_ephemeral or (
                emoji not in message.reactions and Permission.ADD_REACTIONS not in permissions
            ):
                raise NotOfferedError(f"{user.name} cannot react here")
            self._board.react(message, user, emoji)

        self.do(act)

    def unreact(self, user: User, message: Message, emoji: str) -> None:
        """Take a reaction back."""
        self.do(lambda: self._board.unreact(message, user, emoji))

    def clear_reactions(self, message: Message, emoji: str | None = None) -> None:
        """As a moderator, take all reactions away, or all of one emoji."""
        self.do(lambda: self._board.clear_reactions(message, emoji))

    def delete_message(self, message: Message) -> None:
        """As a moderator, delete a message."""
        self.do(lambda: self._board.delete(message))

    def _begin(self, interaction: Interaction) -> Interaction:
        self.gateway.dispatch("INTERACTION_CREATE", interaction.event(), interaction.channel.guild)

        def check() -> None:
            if interaction.is_ignored:
                self.world.complain(f"{interaction} was not answered within {FIRST_ANSWER_SECONDS} s")

        self.loop.call_later(FIRST_ANSWER_SECONDS, check)
        return interaction

    def _must_see(self, user: User, message: Message) -> None:
        is_for_other = (
            message.is_ephemeral and message.interaction is not None and message.interaction.user is not user
        )
        may_view = Permission.VIEW_CHANNEL in message.channel.permissions(user)
        if message.is_deleted or is_for_other or not may_view:
            raise NotOfferedError(f"{user.name} does not see the message")


def _find(message: Message, name: str) -> Json:
    usable = [component for component in nested(message.components) if component.get("custom_id")]
    for component in usable:
        if name in {component.get("label"), component["custom_id"]}:
            if component.get("disabled"):
                raise NotOfferedError(f"{name} is disabled")
            return component
    raise NotOfferedError(f"no component {name!r} among {[c.get('label') or c['custom_id'] for c in usable]}")


def _filled(component: Json, values: Mapping[str, str]) -> Json:
    """A part of a modal with what was entered, as it goes over the wire."""
    filled: Json = {"type": component["type"], "id": component.get("id", 0)}
    if component["type"] == LABEL:
        return filled | {"component": _filled(component["component"], values)}
    if "components" in component:
        return filled | {"components": [_filled(inside, values) for inside in component["components"]]}
    custom_id = component.get("custom_id", "")
    entered = values.get(custom_id, component.get("value") or "")
    if component["type"] == TEXT_INPUT:
        return filled | {"custom_id": custom_id, "value": entered}
    if component["type"] == STRING_SELECT:
        return filled | {"custom_id": custom_id, "values": [entered] if entered else []}
    return filled
