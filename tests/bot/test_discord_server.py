"""The Discord server of the tests against the real discord.py, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.discord_server.guild import Channel, User
from tests.discord_server.interaction import FIRST_ANSWER_SECONDS, Answer
from tests.discord_server.invocation import NotOfferedError, Upload
from tests.discord_server.message import Message
from tests.discord_server.permissions import Permission
from tests.discord_server.rate_limits import REACTION
from tests.discord_server.server import DiscordServer

ROOT = Path(__file__).parents[2]


@contextmanager
def tiny_bot(server: DiscordServer, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The bot, connected."""
    needed = {
        "DISCORD_API_BASE": server.api_base,
        "DISCORD_GATEWAY_URL": server.gateway_url,
        "DISCORD_TOKEN": server.token,
    }
    program = [sys.executable, "-m", "tests.discord_server.tiny_bot"]
    bot = subprocess.Popen(program, cwd=ROOT, env=os.environ | needed | environment)
    try:
        server.wait(lambda: bot.poll() is not None or server.is_connected, 30)
        yield bot
    finally:
        bot.kill()
        bot.wait()


@pytest.fixture(scope="module")
def running() -> Iterator[DiscordServer]:
    """A server to which a bot is connected."""
    with DiscordServer() as server:
        server.add_guild()
        with tiny_bot(server):
            yield server


@pytest.fixture
def server(running: DiscordServer) -> Iterator[DiscordServer]:
    yield running
    assert running.complaints == []


@pytest.fixture
def channel(server: DiscordServer) -> Channel:
    (guild,) = server.world.guilds.values()
    return server.add_channel(guild)


@pytest.fixture
def anna(server: DiscordServer, channel: Channel) -> User:
    return server.add_user("Anna", channel.guild)


def said(channel: Channel) -> list[str]:
    return [message.content for message in channel.messages.values()]


def compose(server: DiscordServer, user: User, channel: Channel) -> Message:
    """A piece, delivered."""
    interaction = server.slash(user, channel, "compose", {"style": "bach"})
    message = interaction.wait_original()
    server.wait(lambda: len(message.reactions) == 2)
    return message


def test_a_command_is_deferred_then_its_answer_edited(
    server: DiscordServer, channel: Channel, anna: User
) -> None:
    options = {"style": "bach", "length": 60, "primer": Upload("p.mid", b"12345")}
    interaction = server.slash(anna, channel, "compose", options)
    assert interaction.wait_response() is Answer.DEFERRED_MESSAGE
    assert interaction.response_seconds is not None
    assert interaction.response_seconds < 3
    message = interaction.wait_original()
    server.wait(lambda: len(message.reactions) == 2)
    assert list(channel.messages.values()) == [message]
    assert not message.is_loading
    assert message.embeds[0]["description"] == "65 s"
    assert {name: len(content) for name, content in message.files.items()} == {
        "piece.mid": 4,
        "piece.mp3": 3000,
        "roll.png": 4,
    }
    assert [attachment.description for attachment in message.attachments] == list(message.files)
    shown = message.payload(server.bot)
    assert shown["embeds"][0]["image"]["url"] == message.attachments[2].url
    assert [attachment["filename"] for attachment in shown["attachments"]] == ["piece.mid", "piece.mp3"]
    assert message.reactions == {"1️⃣": [server.bot], "2️⃣": [server.bot]}


def test_a_client_offers_only_what_was_synced(server: DiscordServer, channel: Channel, anna: User) -> None:
    assert server.autocomplete(anna, channel, "compose", "style", "ba") == [
        {"name": "Bach", "value": "bach"},
        {"name": "Baroque", "value": "baroque"},
    ]
    moderator = server.add_user("Max", channel.guild, Permission.MANAGE_MESSAGES)
    impossible: list[tuple[User, str, dict[str, Any]]] = [
        (anna, "decompose", {}),
        (anna, "compose", {}),
        (anna, "compose", {"style": 3}),
        (anna, "compose", {"style": "bach", "length": 9}),
        (anna, "compose", {"style": "bach", "tempo": 9}),
        (anna, "edit", {"message": "1", "content": ""}),
        (moderator, "edit now", {"message": "1", "content": ""}),
    ]
    for user, command, options in impossible:
        with pytest.raises(NotOfferedError):
            server.slash(user, channel, command, options)


def test_a_button_is_answered_in_private_and_followed_up(
    server: DiscordServer, channel: Channel, anna: User
) -> None:
    message = compose(server, anna, channel)
    interaction = server.click(anna, message, "Again")
    answer = interaction.wait_original()
    assert (answer.content, answer.is_ephemeral) == ("again k7", True)
    server.wait(lambda: interaction.followups)
    assert interaction.followups[0].content == "and again"
    with pytest.raises(NotOfferedError, match="cannot react"):
        server.react(anna, answer, "1️⃣")


def test_a_modal_is_opened_and_submitted(server: DiscordServer, channel: Channel, anna: User) -> None:
    interaction = server.slash(anna, channel, "think")
    assert interaction.wait_response() is Answer.MODAL
    assert server.submit(interaction, {"words": "lovely"}).wait_original().content == "Anna: lovely"


def test_reactions_are_heard_and_can_be_listed(server: DiscordServer, channel: Channel, anna: User) -> None:
    message = compose(server, anna, channel)
    server.react(anna, message, "1️⃣")
    server.wait(lambda: "anna added 1️⃣" in said(channel))
    server.unreact(anna, message, "1️⃣")
    server.wait(lambda: f"{anna.id} removed 1️⃣" in said(channel))
    many = [server.add_user(f"Listener {number}", channel.guild) for number in range(101)]
    server.do(lambda: message.reactions["1️⃣"].extend(many))
    answer = server.slash(anna, channel, "listeners", {"message": str(message.id)}).wait_original()
    server.wait(lambda: answer.content)
    assert answer.content == "102 listeners"
    assert len([request for request in server.requests if request.path.endswith("/reactions/1️⃣")]) == 2
    server.clear_reactions(message)
    server.wait(lambda: "cleared" in said(channel))


def test_a_message_is_edited_and_deleted_through_its_channel(
    server: DiscordServer, channel: Channel, anna: User
) -> None:
    moderator = server.add_user("Max", channel.guild, Permission.MANAGE_MESSAGES)
    message = compose(server, anna, channel)
    options = {"message": str(message.id), "content": "edited"}
    server.slash(moderator, channel, "edit", options)
    server.wait(lambda: message.content == "edited")
    assert len(message.files) == 3
    server.slash(moderator, channel, "edit", options | {"content": "-"})
    server.wait(lambda: message.is_deleted)


def test_what_was_missed_is_told_after_a_resume(server: DiscordServer, channel: Channel, anna: User) -> None:
    message = compose(server, anna, channel)
    resumes = server.gateway.resumes
    for disturb in (server.drop_sockets, server.ask_to_reconnect):
        disturb()
        server.react(anna, message, "2️⃣")
        server.wait(lambda: "anna added 2️⃣" in said(channel))  # also heard if it was sent just before
        server.unreact(anna, message, "2️⃣")
        server.do(channel.messages.clear)
    server.wait(lambda: server.gateway.resumes == resumes + 2)


def test_a_new_session_is_not_told_what_was_missed(
    server: DiscordServer, channel: Channel, anna: User
) -> None:
    message = compose(server, anna, channel)
    identifies = server.gateway.identifies
    with server.gateway_down(forget_sessions=True):
        server.react(anna, message, "1️⃣")
    server.wait(lambda: server.gateway.identifies == identifies + 1, 20)
    server.invalidate_sessions()
    server.wait(lambda: server.gateway.identifies == identifies + 2, 20)
    server.react(anna, message, "2️⃣")
    server.wait(lambda: "anna added 2️⃣" in said(channel))
    assert "anna added 1️⃣" not in said(channel)


def test_faults_are_survived(server: DiscordServer, channel: Channel, anna: User) -> None:
    server.limit("PUT", REACTION, 1, 0.05)
    faults = [
        server.fail_next("PATCH", "/webhooks/.*/@original", 503, after_processing=True),
        server.fail_next("PUT", "/reactions/", 429),
        server.fail_next("GET", f"/channels/{channel.id}/messages/", 500),
    ]
    message = compose(server, anna, channel)
    assert message.edits == 2  # the first deed was done, its reply lost
    assert len(message.files) == 3
    server.slash(anna, channel, "listeners", {"message": str(message.id)})
    server.wait(lambda: len(channel.messages) == 2 and "listeners" in said(channel)[1])
    assert [fault.hits for fault in faults] == [1, 1, 1]


def test_a_held_request_waits(server: DiscordServer, channel: Channel, anna: User) -> None:
    with server.hold("PATCH", "/webhooks/.*/@original") as hold:
        message = server.slash(anna, channel, "compose", {"style": "bach"}).wait_original()
        server.wait(lambda: hold.waiting)
        assert message.is_loading
    server.wait(lambda: message.files)


def test_late_answers_are_refused(server: DiscordServer, channel: Channel, anna: User) -> None:
    with server.hold("POST", "/callback"):
        late = server.slash(anna, channel, "compose", {"style": "bach"})
        server.age(late, FIRST_ANSWER_SECONDS)
    server.wait(lambda: server.complaints)
    server.pardon("10062 Unknown interaction")
    with server.hold("PATCH", "/@original"):
        expired = server.slash(anna, channel, "compose", {"style": "bach"})
        expired.wait_response()
        server.expire(expired)
    server.wait(lambda: server.complaints)
    server.pardon("50027 Invalid Webhook Token")
    assert expired.wait_original().is_loading


def test_buttons_work_after_a_restart_and_the_bot_asks_for_nothing_privileged() -> None:
    with DiscordServer() as server:
        channel = server.add_channel(server.add_guild())
        anna = server.add_user("Anna", channel.guild)
        with tiny_bot(server):
            message = compose(server, anna, channel)
        server.wait(lambda: not server.is_connected)
        with tiny_bot(server):
            assert server.click(anna, message, "Again").wait_original().content == "again k7"
        assert server.complaints == []
        with tiny_bot(server, WITH_MEMBERS="1") as greedy:
            assert greedy.wait(20)
        server.pardon("4014.*GUILD_MEMBERS")
        with tiny_bot(server, DISCORD_TOKEN="wrong") as stranger:
            assert stranger.wait(20)
        server.pardon("401: Unauthorized")
