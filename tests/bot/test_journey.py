"""What people do with the bot, from the first command to the deletion of a piece: all parts are real."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from cards.catalogue import text
from jobs.task import ComposeTask
from listening.store.message import State
from model.midi import write_midi
from model.performance import Note
from tests.bot.processes import RATINGS, Chat
from tests.discord_server.guild import Channel
from tests.discord_server.interaction import Interaction
from tests.discord_server.invocation import Upload
from tests.discord_server.message import Message
from tests.discord_server.session import PRIVILEGED

HOSTILE = Path(__file__).parents[1] / "fixtures" / "bad" / "endless_delta.mid"
PRIMER = write_midi([Note(60 + place, 70, place / 2, place / 2 + 0.4) for place in range(8)])
MIB = 1 << 20


def described(message: Message) -> str:
    return str(message.embeds[0].get("description", ""))


def is_composed(chat: Chat, message: Message) -> ComposeTask:
    """What was asked for, once it is there."""
    task = chat.delivered(message).task()
    assert isinstance(task, ComposeTask)
    return task


def clicked(chat: Chat, message: Message, button: str) -> tuple[Message, ComposeTask]:
    """The piece that comes of Anna's click."""
    answer = chat.server.click(chat.anna, message, button).wait_original()
    return answer, is_composed(chat, answer)


def refused(interaction: Interaction) -> str:
    """What somebody is told in private."""
    message = interaction.wait_original()
    assert message.is_ephemeral
    return message.content


def test_from_the_command_to_the_piece(chat: Chat, channel: Channel) -> None:
    styles = chat.server.autocomplete(chat.anna, channel, "compose", "style", "bar")
    keys = chat.server.autocomplete(chat.anna, channel, "compose", "key", "c min")
    assert [choice["value"] for choice in styles] == ["baroque"]
    assert keys[0]["value"] == "C minor"
    sessions = chat.server.gateway._sessions.values()
    assert [session.intents & PRIVILEGED for session in sessions] == [0]
    before = len(chat.server.requests)
    interaction = chat.compose(channel, style="baroque", key="C minor", mood="calm", temperature=0.9)
    message = interaction.wait_original()
    assert interaction.response_seconds is not None
    assert interaction.response_seconds < 1
    request = is_composed(chat, message).request
    assert (request.style, request.key, request.temperature) == ("baroque", "C minor", 0.9)

    sent = [each for each in chat.server.requests[before:] if interaction.token in each.path]
    assert "Queued, 1st" in sent[0].payload["data"]["embeds"][0]["description"]
    assert "Composing" in sent[1].payload["embeds"][0]["description"]
    assert [bool(each.files) for each in sent[1:]].count(True) == 1
    assert sent[-1].files
    alt_texts = {Path(each.filename).suffix: each.description for each in message.attachments}
    assert alt_texts.keys() == {".mid", ".mp3", ".png"}
    assert all(each and len(each) > 20 for each in alt_texts.values())
    assert message.files[f"{request.id}.mid"].startswith(b"MThd")
    labels = [button["label"] for button in message.buttons]
    assert labels == ["Again", "Continue", "Variation", "Recipe", "Delete"]
    assert chat.assert_one_piece(channel) is message


def test_ratings_and_buttons_outlive_the_bot(chat: Chat, channel: Channel) -> None:
    message = chat.compose(channel).wait_original()
    first = is_composed(chat, message)
    ratings = chat.store.ratings
    robot = chat.server.add_user("Robot", chat.guild)
    robot.is_bot = True
    chat.server.react(robot, message, RATINGS[0])
    chat.rate(chat.bert, message, 5)
    chat.rate(chat.bert, message, 2)
    chat.server.unreact(chat.bert, message, RATINGS[1])
    chat.server.wait(lambda: ratings.of_message(first.id) == {chat.bert.id: 5})
    chat.server.unreact(chat.bert, message, RATINGS[4])
    chat.server.wait(lambda: ratings.of_message(first.id) == {})
    chat.rate(chat.bert, message, 3)
    chat.rate(chat.clara, message, 4)

    chat.kill_bot()
    chat.server.unreact(chat.bert, message, RATINGS[2])
    chat.server.react(chat.bert, message, RATINGS[0])
    chat.server.unreact(chat.clara, message, RATINGS[3])
    chat.server.react(chat.anna, message, RATINGS[4])
    chat.start_bot()
    chat.server.wait(lambda: ratings.of_message(first.id) == {chat.bert.id: 1, chat.anna.id: 5})

    second_message, second = clicked(chat, message, "Again")
    assert second.request.seed != first.request.seed
    assert second.request.recipe() == first.request.recipe() | {"seed": second.request.seed}
    third_message, third = clicked(chat, second_message, "Continue")
    midi = {task.id: each.files[f"{task.id}.mid"] for each, task in [(second_message, second)]}
    assert third.request.primer_sha256 == hashlib.sha256(midi[second.id]).hexdigest()
    assert not third.request.primer_echo
    _, fourth = clicked(chat, third_message, "Variation")
    assert fourth.request.primer_echo
    assert fourth.request.primer_opening_seconds == 5
    piece = chat.store.piece(third.id)
    assert piece is not None
    assert piece.primer == midi[second.id]

    chat.server.clear_reactions(message)
    chat.server.wait(lambda: ratings.of_message(first.id) == {})


def test_the_recipe_makes_the_same_piece_again(chat: Chat, channel: Channel) -> None:
    message = chat.compose(channel, style="romantic", density="dense").wait_original()
    piece_id = is_composed(chat, message).id
    recipe = chat.server.click(chat.bert, message, "Recipe").wait_original()
    assert recipe.is_ephemeral
    midi = message.files[f"{piece_id}.mid"]
    about = re.search(r"```json\n(.*?)```", recipe.content, re.DOTALL)
    assert about is not None
    assert json.loads(about[1])["midi_sha256"] == hashlib.sha256(midi).hexdigest()
    line = re.search(r"^/compose (.*)$", recipe.content, re.MULTILINE)
    assert line is not None
    options: dict[str, Any] = dict(option.split(":", 1) for option in line[1].split())
    numbers = ("temperature", "top_p", "guidance")
    options |= {name: float(options[name]) for name in numbers if name in options}
    options["candidates"] = int(options["candidates"])
    other = chat.compose(channel, chat.bert, **options).wait_original()
    assert other.files.keys() != message.files.keys()
    assert is_composed(chat, other).id != piece_id
    assert next(data for name, data in other.files.items() if name.endswith(".mid")) == midi


def test_shown_again_and_deleted(chat: Chat, channel: Channel) -> None:
    message = chat.compose(channel).wait_original()
    piece_id = is_composed(chat, message).id
    stranger = chat.server.add_user("Dora", guild := chat.server.add_guild("Elsewhere"))
    elsewhere = chat.server.add_channel(guild)
    assert "another server" in refused(chat.server.slash(stranger, elsewhere, "show", {"id": piece_id}))
    shown = chat.server.slash(chat.bert, channel, "show", {"id": piece_id}).wait_original()
    assert chat.delivered(shown).piece_id == piece_id
    assert shown.files[f"{piece_id}.mid"] == message.files[f"{piece_id}.mid"]
    chat.rate(chat.bert, message, 2)
    chat.rate(chat.clara, shown, 4)
    assert {rating.user_id: rating.value for rating in chat.store.ratings.of_piece(piece_id)} == {
        chat.bert.id: 2,
        chat.clara.id: 4,
    }

    for each in (message, shown):
        assert "asked for" in refused(chat.server.click(chat.bert, each, "Delete"))
    assert chat.store.piece(piece_id) is not None
    chat.server.click(chat.anna, message, "Delete").wait_response()
    chat.server.wait(lambda: not message.files and not shown.files)
    assert (message.buttons, shown.buttons) == ([], [])
    assert chat.store.piece(piece_id) is None
    assert chat.store.ratings.of_piece(piece_id) == []

    moderated = chat.compose(channel).wait_original()
    piece_id = is_composed(chat, moderated).id
    chat.server.click(chat.clara, moderated, "Delete").wait_response()
    chat.server.wait(lambda: chat.store.piece(piece_id) is None and not moderated.files)


def test_primers(chat: Chat, channel: Channel) -> None:
    def given(filename: str, content: bytes) -> Interaction:
        return chat.compose(channel, primer=Upload(filename, content))

    too_large = given("long.mid", PRIMER + bytes(2 * MIB))
    assert "1 MB" in refused(too_large)
    assert "MIDI" in refused(given("picture.mid", b"\x89PNG\r\n\x1a\n" + bytes(99)))
    message = given("good.mid", PRIMER).wait_original()
    task = is_composed(chat, message)
    piece = chat.store.piece(task.id)
    assert piece is not None
    assert piece.primer == PRIMER
    hostile = given("hostile.mid", HOSTILE.read_bytes()).wait_original()
    assert not hostile.is_ephemeral
    stored = chat.ended(hostile, State.FAILED)
    assert described(hostile).endswith(".")
    assert "MIDI" in described(hostile)
    assert (hostile.buttons, hostile.files) == ([], {})
    assert chat.store.piece(stored.id) is None


def test_withdrawn_while_it_waits_and_while_it_is_made(chat: Chat, channel: Channel) -> None:
    long = {"length": "300", "candidates": 8}
    made, waiting = (chat.compose(channel, **long).wait_original() for _ in range(2))
    chat.server.wait(lambda: "Composing" in described(made))
    ids = {chat.row(each).id: each for each in (made, waiting)}
    choices = chat.server.autocomplete(chat.anna, channel, "cancel", "id")
    assert [choice["value"] for choice in choices] == list(ids)
    assert "nothing" in refused(chat.server.slash(chat.bert, channel, "cancel")).lower()
    for task_id, message in reversed(ids.items()):
        assert refused(chat.server.slash(chat.anna, channel, "cancel", {"id": task_id}))
        chat.ended(message, State.CANCELED)
        assert described(message) == text("canceled")
        assert (message.buttons, message.files) == ([], {})


def test_whoever_speaks_german_is_answered_in_german(chat: Chat, channel: Channel) -> None:
    before = len(chat.server.requests)
    message = chat.compose(channel, locale="de").wait_original()
    (asked,) = (each for each in chat.server.requests[before:] if each.path.endswith("/callback"))
    (row,) = asked.payload["data"]["components"]
    assert row["components"][0]["label"] == text("button.cancel", "de") != text("button.cancel")
    chat.delivered(message)
    assert message.buttons[0]["label"] == text("button.again", "de") != text("button.again")
    assert message.attachments[0].description != message.attachments[0].filename
    chat.rate(chat.bert, message, 1)
