"""What Discord refuses, the server refuses, and says so."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.discord_server.guild import MEBIBYTE, Channel
from tests.discord_server.message import Message
from tests.discord_server.permissions import Permission
from tests.discord_server.rate_limits import REACTION
from tests.discord_server.rest_client import QUIET, RestClient
from tests.discord_server.server import DiscordServer


@pytest.fixture(scope="module")
def running() -> Iterator[DiscordServer]:
    with DiscordServer() as server:
        server.limit_all(1000)
        server.limit("PUT", REACTION, 1000, 1)
        yield server


@pytest.fixture
def server(running: DiscordServer) -> DiscordServer:
    running.complaints.clear()
    running.requests.clear()
    return running


@pytest.fixture
def channel(server: DiscordServer) -> Channel:
    return server.add_channel(server.add_guild())


@pytest.fixture
def bot(server: DiscordServer) -> RestClient:
    return RestClient(server.api_base, server.token)


def post(bot: RestClient, channel: Channel, **payload: Any) -> Message:
    reply = bot.ask("POST", f"/channels/{channel.id}/messages", {"content": "hello"} | QUIET | payload)
    assert reply.status == 200, reply.body
    return channel.messages[int(reply.body["id"])]


def button(custom_id: str = "a", **changes: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "A", "custom_id": custom_id} | changes


def row(*inside: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(inside)}


def options(count: int) -> list[dict[str, str]]:
    return [{"label": "o", "value": str(number)} for number in range(count)]


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"content": "x" * 2001}, "content"),
        ({"embeds": [{"title": "x"}] * 11}, "embeds"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title"),
        ({"embeds": [{"description": "x" * 4097}]}, "embeds.0.description"),
        ({"embeds": [{"footer": {"text": "x" * 2049}}]}, "embeds.0.footer.text"),
        ({"embeds": [{"author": {"name": "x" * 257}}]}, "embeds.0.author.name"),
        ({"embeds": [{"fields": [{"name": "x", "value": "x"}] * 26}]}, "embeds.0.fields"),
        ({"embeds": [{"fields": [{"name": "", "value": "x"}]}]}, "embeds.0.fields.0.name"),
        ({"embeds": [{"fields": [{"name": "x", "value": "x" * 1025}]}]}, "embeds.0.fields.0.value"),
        ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds"),
        ({"embeds": [{"image": {"url": "roll.png"}}]}, "embeds.0.image.url"),
        ({"components": [row(button(str(n))) for n in range(6)]}, "components"),
        ({"components": [row(*(button(str(n)) for n in range(6)))]}, "components.0.components"),
        ({"components": [row()]}, "components.0.components"),
        ({"components": [button()]}, "components.0.type"),
        ({"components": [row(button("x" * 101))]}, "components.0.components.0.custom_id"),
        ({"components": [row(button(), button())]}, "components"),
        ({"components": [row(button(label="x" * 81))]}, "components.0.components.0.label"),
        ({"components": [row(button(label=None))]}, "components.0.components.0"),
        ({"components": [row(button(style=9))]}, "components.0.components.0.style"),
        (
            {"components": [row({"type": 3, "custom_id": "s", "options": options(26)})]},
            "components.0.components.0.options",
        ),
        ({"attachments": [{"id": 77}]}, "attachments.0.id"),
        ({"message_reference": {"message_id": "1"}}, "message_reference"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_malformed_message(
    server: DiscordServer, channel: Channel, bot: RestClient, payload: dict[str, Any], field: str
) -> None:
    reply = bot.ask("POST", f"/channels/{channel.id}/messages", {"content": "x"} | QUIET | payload)
    assert (reply.status, reply.code, reply.wrong_fields()) == (400, 50035, {field})
    assert not channel.messages
    server.pardon("50035 Invalid Form Body")
    assert server.complaints == []


def test_files_that_are_too_many_too_large_or_unlisted(
    server: DiscordServer, channel: Channel, bot: RestClient
) -> None:
    path = f"/channels/{channel.id}/messages"
    described = {"attachments": [{"id": 0, "description": "x" * 1025}]} | QUIET
    assert bot.ask("POST", path, described, {"a.mid": b""}).wrong_fields() == {"attachments.0.description"}
    many = {f"{n}.mid": b"" for n in range(11)}
    assert bot.ask("POST", path, QUIET, many).wrong_fields() == {"attachments"}
    unlisted = {"attachments": [{"id": 1}]} | QUIET
    assert bot.ask("POST", path, unlisted, {"a": b"", "b": b""}).wrong_fields() == {"attachments.0"}
    large = bytes(10 * MEBIBYTE + 1)
    assert (bot.ask("POST", path, QUIET, {"a": large}).status, bot.ask("POST", path, {}).code) == (413, 50006)
    channel.guild.attachment_bytes = 25 * MEBIBYTE
    server.limit("POST", "/channels/{channel}/messages", 50, 1)
    assert bot.ask("POST", path, QUIET, {"a": large}).status == 200
    reply = bot.ask("POST", path, QUIET, {"a": large, "b": large, "c": large})
    assert (reply.status, reply.code) == (413, 40005)


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        (Permission.VIEW_CHANNEL, 50001),
        (Permission.SEND_MESSAGES, 50013),
        (Permission.ATTACH_FILES, 50013),
        (Permission.EMBED_LINKS, 50013),
    ],
)
def test_posting_needs_permissions(
    server: DiscordServer, channel: Channel, bot: RestClient, missing: Permission, code: int
) -> None:
    server.set_permissions(channel, server.bot, deny=missing)
    payload = {"embeds": [{"title": "x"}]} | QUIET
    reply = bot.ask("POST", f"/channels/{channel.id}/messages", payload, {"a.mid": b""})
    assert (reply.status, reply.code) == (403, code)


def test_reactions_and_messages_of_others_need_permissions(
    server: DiscordServer, channel: Channel, bot: RestClient
) -> None:
    message = server.say(server.add_user("Anna", channel.guild), channel, "hello")
    path = f"/channels/{channel.id}/messages/{message.id}"
    assert bot.ask("GET", path).body["content"] == ""  # which is the message content intent's to see
    assert bot.ask("PATCH", path, {"content": "x"}).code == 50005
    assert bot.ask("DELETE", path).code == 50013
    assert bot.ask("DELETE", f"{path}/reactions").code == 50013
    server.set_permissions(channel, server.bot, deny=Permission.ADD_REACTIONS)
    assert bot.ask("PUT", f"{path}/reactions/🎹/@me").code == 50013
    server.react(server.world.owner, message, "🎹")
    assert bot.ask("PUT", f"{path}/reactions/🎹/@me").status == 204  # it is there already
    server.set_permissions(channel, server.bot, deny=Permission.READ_MESSAGE_HISTORY)
    assert bot.ask("GET", path).code == 50013
    assert bot.ask("GET", f"/channels/{channel.id}/messages/1").code == 50013
    server.set_permissions(channel, server.bot, allow=Permission.MANAGE_MESSAGES)
    assert bot.ask("GET", f"/channels/{channel.id}/messages/1").code == 10008
    assert bot.ask("DELETE", path).status == 204
    assert message.is_deleted


def test_reactions_are_twenty_at_most(server: DiscordServer, channel: Channel, bot: RestClient) -> None:
    path = f"/channels/{channel.id}/messages/{post(bot, channel).id}/reactions"
    for number in range(20):
        assert bot.ask("PUT", f"{path}/{chr(0x1F3B0 + number)}/@me").status == 204
    assert bot.ask("PUT", f"{path}/🐔/@me").code == 30010
    assert bot.ask("PUT", f"{path}/chicken/@me").code == 10014
    assert bot.ask("GET", f"{path}/🎹?limit=101").wrong_fields() == {"limit"}


@pytest.mark.parametrize(
    ("command", "field"),
    [
        ({"name": "Compose"}, "0.name"),
        ({"name": "x" * 33}, "0.name"),
        ({"description": ""}, "0.description"),
        ({"description": "x" * 101}, "0.description"),
        ({"options": [{"name": f"o{n}", "description": "x", "type": 3} for n in range(26)]}, "0.options"),
        ({"options": [{"name": "o", "description": "x", "type": 3}] * 2}, "0.options"),
        (
            {
                "options": [
                    {"name": "a", "description": "x", "type": 3},
                    {"name": "b", "description": "x", "type": 3, "required": True},
                ]
            },
            "0.options",
        ),
        (
            {
                "options": [
                    {"name": "o", "description": "x", "type": 3, "choices": [{"name": "c", "value": ""}]}
                ]
            },
            "0.options.0.choices.0.value",
        ),
        (
            {
                "options": [
                    {
                        "name": f"o{n}",
                        "description": "x" * 100,
                        "type": 3,
                        "choices": [{"name": "x" * 100, "value": str(c)} for c in range(25)],
                    }
                    for n in range(4)
                ]
            },
            "0",
        ),
    ],
)
def test_a_malformed_command(
    server: DiscordServer, bot: RestClient, command: dict[str, Any], field: str
) -> None:
    commands = [{"name": "compose", "description": "Compose a piece", "type": 1} | command]
    reply = bot.ask("PUT", f"/applications/{server.bot.id}/commands", commands)
    assert (reply.code, reply.wrong_fields()) == (50035, {field})
    assert server.commands == {}


def test_what_is_not_modelled_or_not_entitled(
    server: DiscordServer, channel: Channel, bot: RestClient
) -> None:
    assert bot.ask("POST", f"/channels/{channel.id}/threads", {}).status == 404
    assert RestClient(server.api_base, "").ask("GET", "/users/@me").status == 401
    assert bot.ask("POST", f"/channels/{channel.id}/messages", ["x"]).status == 400
    assert [request.has_bot_token for request in server.requests] == [True, False, True]
    server.pardon("no such route")
    server.pardon("401: Unauthorized")
    server.pardon("cannot make sense")
    assert server.complaints == []


def test_messages_that_could_ping_are_noted(server: DiscordServer, channel: Channel, bot: RestClient) -> None:
    may_ping: list[dict[str, Any]] = [
        {},
        {"allowed_mentions": {"parse": ["users"]}},
        {"allowed_mentions": {}},
    ]
    for mentions in may_ping:
        post(bot, channel, allowed_mentions=None)
        server.pardon("allowed_mentions")
        assert bot.ask("POST", f"/channels/{channel.id}/messages", {"content": "x"} | mentions).status == 200
        server.pardon("may ping|without allowed_mentions")
    assert server.complaints == []
