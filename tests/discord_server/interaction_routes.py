"""Routes under `/interactions` and `/webhooks`: how the bot answers, and the worker after it.

Source: "Receiving and Responding to Interactions" in Discord's documentation.
"""

from collections.abc import Callable

from tests.discord_server.api import Api, Call
from tests.discord_server.board import Board
from tests.discord_server.body import Body
from tests.discord_server.command_form import check_choices
from tests.discord_server.components import check_modal
from tests.discord_server.interaction import Answer, Interaction, InteractionType
from tests.discord_server.message import Message, MessageFlag
from tests.discord_server.refusal import (
    Form,
    Json,
    expired_token,
    unknown_interaction,
    unknown_message,
    unknown_webhook,
)
from tests.discord_server.world import World

WEBHOOK = "/webhooks/{application}/{token}"
WEBHOOK_MESSAGE = WEBHOOK + "/messages/{message}"

ALLOWED_ANSWERS = {
    InteractionType.COMMAND: {Answer.MESSAGE, Answer.DEFERRED_MESSAGE, Answer.MODAL},
    InteractionType.COMPONENT: set(Answer) - {Answer.CHOICES},
    InteractionType.AUTOCOMPLETE: {Answer.CHOICES},
    InteractionType.MODAL: set(Answer) - {Answer.CHOICES, Answer.MODAL},
}


class InteractionRoutes:
    """What needs the token of an interaction, and no other."""

    def __init__(self, api: Api, world: World, board: Board) -> None:
        self._world = world
        self._board = board
        self._answers: dict[Answer, Callable[[Interaction, Body], None]] = {
            Answer.MESSAGE: self._answer_with_message,
            Answer.DEFERRED_MESSAGE: self._defer_message,
            Answer.DEFERRED_UPDATE: self._defer_update,
            Answer.UPDATE: self._update,
            Answer.CHOICES: self._answer_with_choices,
            Answer.MODAL: self._answer_with_modal,
        }
        api.route("POST", "/interactions/{interaction}/{token}/callback", self._callback)
        api.route("POST", WEBHOOK, self._follow_up)
        api.route("GET", WEBHOOK_MESSAGE, self._get_message)
        api.route("PATCH", WEBHOOK_MESSAGE, self._edit)
        api.route("DELETE", WEBHOOK_MESSAGE, self._delete)

    def _callback(self, call: Call) -> Json | None:
        interaction = self._world.interactions.get(call.parts["token"])
        if interaction is None or interaction.id != call.id("interaction"):
            raise unknown_interaction()
        interaction.must_be_answerable()
        allowed = set(ALLOWED_ANSWERS[interaction.type])
        if interaction.source is None:  # nothing is there that could be updated
            allowed -= {Answer.DEFERRED_UPDATE, Answer.UPDATE}
        form = Form()
        form.one_of("type", call.body.payload["type"], allowed)
        form.check()
        answer = Answer(call.body.payload["type"])
        self._answers[answer](interaction, call.body.inside("data"))
        interaction.answered(answer)
        return interaction.callback() if call.query.get("with_response") in {"1", "true"} else None

    def _answer_with_message(self, interaction: Interaction, data: Body) -> None:
        interaction.original = self._board.post(interaction.channel, self._world.bot, data, interaction, 20)

    def _defer_message(self, interaction: Interaction, data: Body) -> None:
        flags = MessageFlag(data.payload.get("flags") or 0)
        if flags & ~MessageFlag.EPHEMERAL:
            form = Form()
            form.wrong("data.flags", "FLAGS_INVALID", "A deferral may be ephemeral and nothing else")
            form.check()
        interaction.original = self._board.think(interaction, flags)

    def _defer_update(self, interaction: Interaction, data: Body) -> None:
        interaction.original = interaction.source

    def _update(self, interaction: Interaction, data: Body) -> None:
        source = interaction.source
        if source is None or source.is_deleted:
            raise unknown_message()
        self._board.edit(source, data)
        interaction.original = source

    def _answer_with_choices(self, interaction: Interaction, data: Body) -> None:
        choices = data.payload.get("choices") or []
        form = Form()
        check_choices(choices, "data.choices", form)
        form.check()
        interaction.choices = choices

    def _answer_with_modal(self, interaction: Interaction, data: Body) -> None:
        form = Form()
        check_modal(data.payload, form)
        form.check()
        interaction.modal = data.payload

    def _follow_up(self, call: Call) -> Json:
        interaction = self._interaction(call)
        original = interaction.original
        if original is not None and original.is_loading and not original.is_deleted:
            # The first message after a deferral is that of the deferral, whatever flags it asks for.
            kept = {key: value for key, value in call.body.payload.items() if key != "flags"}
            self._board.edit(original, Body(kept, call.body.files))
            return original.payload(self._world.bot)
        message = self._board.post(interaction.channel, self._world.bot, call.body, interaction)
        interaction.followups.append(message)
        return message.payload(self._world.bot)

    def _get_message(self, call: Call) -> Json:
        return self._message(call).payload(self._world.bot)

    def _edit(self, call: Call) -> Json:
        message = self._message(call)
        self._board.edit(message, call.body)
        return message.payload(self._world.bot)

    def _delete(self, call: Call) -> None:
        self._board.delete(self._message(call))

    def _interaction(self, call: Call) -> Interaction:
        if call.id("application") != self._world.bot.id:
            raise unknown_webhook()
        interaction = self._world.interactions.get(call.parts["token"])
        if interaction is None:
            raise expired_token()
        interaction.must_be_continuable()
        return interaction

    def _message(self, call: Call) -> Message:
        interaction = self._interaction(call)
        wanted = call.parts["message"]
        own = {str(message.id): message for message in interaction.followups}
        if interaction.original is not None:
            own |= {"@original": interaction.original, str(interaction.original.id): interaction.original}
        if wanted not in own or own[wanted].is_deleted:
            raise unknown_message()
        return own[wanted]
