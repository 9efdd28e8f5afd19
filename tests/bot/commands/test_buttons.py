"""The buttons under a piece, and the one under a request that waits."""

from contextlib import suppress

import pytest

from jobs.street.blobs import Kind, get_blob
from jobs.street.queue import accepted
from jobs.task import ComposeTask
from listening.store.message import State
from tests.bot.commands.chat import FILES, Chat, shown
from tests.discord_server.interaction import Answer
from tests.discord_server.invocation import NotOfferedError
from tests.discord_server.message import Message

BUTTONS = ["Again", "Continue", "Variation", "Recipe", "Delete"]


def clicked(chat: Chat, message: Message, button: str) -> ComposeTask:
    """What goes down the street for a click of Bert's."""
    answer = chat.server.click(chat.bert, message, button).wait_original()
    assert not answer.is_ephemeral, answer.content
    stored = chat.sent(answer)
    assert stored.user_id == chat.bert.id
    task = accepted(chat.redis, stored.id)
    assert isinstance(task, ComposeTask)
    return task


def test_again_is_the_same_with_another_seed(chat: Chat) -> None:
    message, stored = chat.piece(style="baroque", key="C minor", seed="7")
    old, new = stored.task().request, clicked(chat, message, "Again").request  # type: ignore[union-attr]
    assert [button["label"] for button in message.buttons] == BUTTONS
    assert new.seed != old.seed
    assert new.number > old.number
    assert new.recipe() | {"seed": 7} == old.recipe()


@pytest.mark.parametrize(("button", "echo", "opening"), [("Continue", False, None), ("Variation", True, 8)])
def test_a_piece_can_be_gone_on_with(chat: Chat, button: str, echo: bool, opening: float | None) -> None:
    message, _ = chat.piece(style="baroque", length="60")
    request = clicked(chat, message, button).request
    assert (request.primer_echo, request.primer_opening_seconds) == (echo, opening)
    assert request.primer_sha256 is not None
    assert get_blob(chat.redis, request.id, Kind.PRIMER) == FILES[Kind.MIDI]


def test_results_of_buttons_have_buttons_that_work(chat: Chat) -> None:
    message, _ = chat.piece()
    answer = chat.server.click(chat.bert, message, "Continue").wait_original()
    chat.finish(chat.sent(answer))
    assert [button["label"] for button in answer.buttons] == BUTTONS
    assert clicked(chat, answer, "Variation").request.primer_echo


def test_a_recipe_is_told_in_private_to_everybody(chat: Chat) -> None:
    message, stored = chat.piece(style="ragtime", seed="99")
    for user in (chat.anna, chat.bert):
        text = chat.click(message, "Recipe", user)
        assert "/compose style:ragtime" in text
        assert "seed:99" in text
        assert stored.id in text
    assert chat.rows() == 1


def test_a_piece_that_is_not_stored_yet_is_not_unknown(chat: Chat) -> None:
    """The worker shows a piece with its buttons, and then tells the bot, which stores it."""
    piece, _ = chat.piece()
    message, stored = chat.compose(locale="de")
    early = {button["label"]: button["custom_id"].rpartition(":")[0] for button in piece.buttons}
    for label, action in early.items():
        sentence = chat.private_click(message, f"{action}:{stored.id}")
        assert sentence == "This piece is not ready yet: try again in a moment.", label
    assert chat.row(message).state is State.WAITING


class TestDelete:
    """Only whoever asked for a piece, and moderators, may delete it."""

    def test_a_stranger_may_not(self, chat: Chat) -> None:
        message, stored = chat.piece()
        assert chat.click(message, "Delete", chat.bert).startswith("Only whoever asked")
        assert len(message.files) == 3
        assert chat.store.piece(stored.id) is not None

    @pytest.mark.parametrize("who", ["anna", "clara", "owner"])
    def test_the_requester_and_moderators_may(self, chat: Chat, who: str) -> None:
        message, stored = chat.piece()
        interaction = chat.server.click(getattr(chat, who), message, "Delete")
        assert interaction.wait_response() is Answer.UPDATE
        assert (message.files, message.buttons) == ({}, [])
        assert "deleted" in shown(message)
        after = chat.row(message)
        assert (after.state, after.user_id, after.payload) == (State.DELETED, None, None)
        assert chat.store.piece(stored.id) is None
        assert chat.private("show", id=stored.id).startswith("This piece was deleted")

    def test_every_message_that_shows_it_goes_with_it(self, chat: Chat) -> None:
        message, stored = chat.piece()
        again = chat.slash("show", id=stored.id)
        chat.finish(chat.sent(again))
        waiting = chat.slash("show", id=stored.id)
        rendering = chat.sent(waiting)
        assert len(again.files) == 3
        chat.server.click(chat.anna, again, "Delete").wait_response()
        chat.server.wait(lambda: not message.files)
        assert again.files == {}
        chat.settled(rendering)
        chat.server.wait(lambda: "deleted" in shown(waiting))
        assert waiting.buttons == []

    def test_a_rendering_that_arrives_too_late_is_taken_down(self, chat: Chat) -> None:
        _, stored = chat.piece()
        waiting = chat.slash("show", id=stored.id)
        rendering = chat.sent(waiting)
        chat.store.delete_piece(stored.id)
        chat.redis.delete(f"etude:canceled:{rendering.id}")
        chat.finish(rendering, is_delivered=True)
        assert "deleted" in shown(waiting)

    def test_a_second_click_finishes_what_the_first_began(self, chat: Chat) -> None:
        message, stored = chat.piece()
        chat.store.delete_piece(stored.id)  # and then the bot was killed
        for button in ("Again", "Continue", "Variation", "Recipe"):
            assert chat.click(message, button).startswith("This piece was deleted")
        chat.server.click(chat.bert, message, "Delete").wait_response()
        assert message.files == {}

    def test_two_clicks_at_once_delete_once(self, chat: Chat) -> None:
        message, stored = chat.piece()
        clicks = [chat.server.click(user, message, "Delete") for user in (chat.anna, chat.clara)]
        for click in clicks:
            click.wait_response()
        assert message.files == {}
        assert chat.store.piece(stored.id) is None


def test_a_message_that_is_gone_does_no_harm(chat: Chat) -> None:
    message, stored = chat.piece()
    with chat.server.hold("POST", "/callback") as hold:
        click = chat.server.click(chat.anna, message, "Delete")
        chat.server.wait(lambda: hold.waiting)
        chat.server.delete_message(message)
    chat.server.wait(lambda: chat.store.piece(stored.id) is None)
    chat.server.pardon("Unknown Message")
    assert click.wait_original().content == "The piece is deleted."


class TestCancel:
    """A request that waits, or that a worker has, can be withdrawn."""

    def test_a_stranger_may_not(self, chat: Chat) -> None:
        message, stored = chat.compose()
        assert chat.click(message, "Cancel", chat.bert).startswith("Only whoever asked")
        assert chat.row(message).state is State.WAITING
        assert chat.redis.zscore("etude:ledger", stored.id) is not None

    @pytest.mark.parametrize("who", ["anna", "clara"])
    def test_the_requester_and_moderators_may(self, chat: Chat, who: str) -> None:
        message, stored = chat.compose()
        assert chat.click(message, "Cancel", getattr(chat, who)).startswith("It is being withdrawn: ")
        chat.settled(stored)
        assert chat.row(message).state is State.CANCELED
        assert message.buttons == []

    def test_two_clicks_at_once_do_no_harm(self, chat: Chat) -> None:
        message, stored = chat.compose()
        clicks = []
        with suppress(NotOfferedError):  # the bot was quicker than the last of them: the button is gone
            clicks.extend(chat.server.click(user, message, "Cancel") for user in (chat.anna, chat.clara) * 4)
        said = {click.wait_original().content[:12] for click in clicks}
        assert said <= {"It is being ", "This piece i"}
        chat.settled(stored)
        assert chat.row(message).state is State.CANCELED

    def test_it_counts_though_it_comes_before_the_queue_has_the_request(self, chat: Chat) -> None:
        message = chat.server.slash(chat.anna, chat.channel, "compose").wait_original()
        assert chat.private("cancel") == "Withdrawn: 1."
        chat.server.wait(lambda: chat.row(message).state is State.CANCELED)

    def test_what_redis_has_lost_is_withdrawn_all_the_same(self, chat: Chat) -> None:
        message, _ = chat.compose()
        chat.redis.flushall()
        assert chat.click(message, "Cancel").startswith("It is being withdrawn")
        assert chat.row(message).state is State.CANCELED
        assert message.buttons == []
        chat.announce()
        chat.compose()
