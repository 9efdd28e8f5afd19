"""What Discord does, the server does: interactions, files, rate limits, faults, the gateway."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import RemoteDisconnected
from typing import Any
from urllib.request import urlopen

import aiohttp
import pytest

from tests.discord_server.guild import Channel, User
from tests.discord_server.interaction import FIRST_ANSWER_SECONDS, Answer, Interaction
from tests.discord_server.message import Message
from tests.discord_server.rate_limits import MESSAGE
from tests.discord_server.rest_client import QUIET, Reply, RestClient
from tests.discord_server.server import DiscordServer

EPHEMERAL = {"flags": 64}
COMPOSE = {
    "name": "compose",
    "description": "Compose a piece",
    "options": [{"name": "style", "description": "Style", "type": 3, "autocomplete": True}],
}


@pytest.fixture(scope="module")
def running() -> Iterator[DiscordServer]:
    with DiscordServer() as server:
        bot = RestClient(server.api_base, server.token)
        assert bot.ask("PUT", f"/applications/{server.bot.id}/commands", [COMPOSE]).status == 200
        yield server


@pytest.fixture
def server(running: DiscordServer) -> DiscordServer:
    running.complaints.clear()
    return running


@pytest.fixture
def channel(server: DiscordServer) -> Channel:
    return server.add_channel(server.add_guild())


@pytest.fixture
def anna(server: DiscordServer, channel: Channel) -> User:
    return server.add_user("Anna", channel.guild)


@pytest.fixture
def bot(server: DiscordServer) -> RestClient:
    return RestClient(server.api_base, server.token)


@pytest.fixture
def worker(server: DiscordServer) -> RestClient:
    """It knows the interaction's token and no other."""
    return RestClient(server.api_base, "")


def post(bot: RestClient, channel: Channel, files: dict[str, bytes] | None = None, **payload: Any) -> Message:
    reply = bot.ask("POST", f"/channels/{channel.id}/messages", {"content": "x"} | QUIET | payload, files)
    assert reply.status == 200, reply.body
    return channel.messages[int(reply.body["id"])]


def answer(client: RestClient, interaction: Interaction, kind: Answer, data: Any = None) -> Reply:
    path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=1"
    return client.ask("POST", path, {"type": int(kind), "data": data})


def webhook(server: DiscordServer, interaction: Interaction) -> str:
    return f"/webhooks/{server.bot.id}/{interaction.token}"


def test_an_interaction_is_answered_once_and_then_continued(
    server: DiscordServer, channel: Channel, anna: User, worker: RestClient
) -> None:
    interaction = server.slash(anna, channel, "compose")
    path = webhook(server, interaction)
    assert worker.ask("POST", path, {"content": "x"} | QUIET).code == 10015
    assert answer(worker, interaction, Answer.UPDATE).wrong_fields() == {"type"}
    reply = answer(worker, interaction, Answer.DEFERRED_MESSAGE, EPHEMERAL)
    assert reply.body["interaction"]["response_message_loading"]
    assert reply.body["interaction"]["response_message_ephemeral"]
    assert answer(worker, interaction, Answer.MESSAGE, {"content": "x"} | QUIET).code == 40060
    message = interaction.wait_original()
    assert str(message.id) == reply.body["interaction"]["response_message_id"]
    # The first to follow a deferral is the deferred message itself, and stays as private as that.
    assert worker.ask("POST", path, {"content": "first"} | QUIET).body["id"] == str(message.id)
    assert (message.content, message.is_ephemeral, message.is_loading) == ("first", True, False)
    assert worker.ask("POST", path, {"content": "second"} | QUIET).status == 200
    assert [followup.content for followup in interaction.followups] == ["second"]
    assert worker.ask("DELETE", f"{path}/messages/@original").status == 204
    assert worker.ask("PATCH", f"{path}/messages/@original", {"content": "x"} | QUIET).code == 10008
    server.expire(interaction)
    reply = worker.ask("PATCH", f"{path}/messages/{interaction.followups[0].id}", {"content": "x"} | QUIET)
    assert (reply.status, reply.code) == (401, 50027)


def test_an_ephemeral_message_is_out_of_the_channels_reach(
    server: DiscordServer, channel: Channel, anna: User, bot: RestClient
) -> None:
    interaction = server.slash(anna, channel, "compose")
    answer(bot, interaction, Answer.MESSAGE, {"content": "x"} | QUIET | EPHEMERAL)
    path = f"/channels/{channel.id}/messages/{interaction.wait_original().id}"
    assert bot.ask("PATCH", path, {"content": "y"}).code == 10008
    assert bot.ask("PUT", f"{path}/reactions/🎹/@me").code == 10008
    assert bot.ask("GET", f"/channels/{channel.id}/messages").body == []


def test_choices_are_at_most_25(server: DiscordServer, channel: Channel, anna: User, bot: RestClient) -> None:
    choices = [{"name": str(number), "value": str(number)} for number in range(26)]
    before = set(server.world.interactions)
    with ThreadPoolExecutor() as person:
        offered = person.submit(server.autocomplete, anna, channel, "compose", "style", "b")
        server.wait(lambda: set(server.world.interactions) - before)
        (token,) = set(server.world.interactions) - before
        asked = server.world.interactions[token]
        assert answer(bot, asked, Answer.MESSAGE, {"content": "x"}).wrong_fields() == {"type"}
        assert answer(bot, asked, Answer.CHOICES, {"choices": choices}).wrong_fields() == {"data.choices"}
        assert answer(bot, asked, Answer.CHOICES, {"choices": choices[1:]}).status == 200
        assert offered.result() == choices[1:]


def test_a_command_that_nobody_answers_is_noted(server: DiscordServer, channel: Channel, anna: User) -> None:
    server.slash(anna, channel, "compose")
    server.wait(lambda: server.complaints)
    server.pardon(f"</compose by Anna> was not answered within {FIRST_ANSWER_SECONDS} s")


def test_files_are_replaced_or_kept_as_an_edit_says(
    server: DiscordServer, channel: Channel, bot: RestClient
) -> None:
    message = post(bot, channel, {"a.mid": b"a", "b.png": b"b"})
    path = f"/channels/{channel.id}/messages/{message.id}"
    bot.ask("PATCH", path, {"content": "y"} | QUIET)
    assert message.files == {"a.mid": b"a", "b.png": b"b"}
    kept = [{"id": str(message.attachments[0].id), "description": "A"}, {"id": 0}]
    bot.ask("PATCH", path, {"attachments": kept} | QUIET, {"c.mid": b"c"})
    assert message.files == {"a.mid": b"a", "c.mid": b"c"}
    assert message.attachments[0].description == "A"
    bot.ask("PATCH", path, QUIET, {"d.mid": b"d"})
    assert message.files == {"d.mid": b"d"}
    bot.ask("PATCH", path, {"attachments": []} | QUIET)
    assert message.files == {}
    assert server.complaints == []


def test_a_picture_in_an_embed_is_not_listed_and_misuse_is_noted(
    server: DiscordServer, channel: Channel, bot: RestClient
) -> None:
    def embed(url: str) -> dict[str, Any]:
        return {"embeds": [{"image": {"url": url}}]} | QUIET

    message = post(bot, channel, {"roll.png": b"png"}, **embed("attachment://roll.png"))
    path = f"/channels/{channel.id}/messages/{message.id}"
    shown = bot.ask("GET", path).body
    url = shown["embeds"][0]["image"]["url"]
    assert (url, shown["attachments"]) == (message.attachments[0].url, [])
    assert urlopen(url).read() == b"png"
    for change, problem in [
        (embed("attachment://other.png"), "does not have"),
        (embed(url), "shown twice"),
        (embed(url) | {"attachments": []}, "will vanish"),
    ]:
        assert bot.ask("PATCH", path, change).status == 200
        server.pardon(problem)
    assert server.complaints == []


def test_a_nonce_posts_once(channel: Channel, bot: RestClient) -> None:
    first, second = (post(bot, channel, nonce="piece-7", enforce_nonce=True) for _ in range(2))
    assert first is second


def test_rate_limits_are_told_and_enforced(server: DiscordServer, channel: Channel, bot: RestClient) -> None:
    server.limit("PATCH", MESSAGE, 2, 30)
    places = (channel, server.add_channel(channel.guild))
    paths = [f"/channels/{place.id}/messages/{post(bot, place).id}" for place in places]
    replies = [bot.ask("PATCH", paths[0], {"content": "y"} | QUIET) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies[:2]] == ["1", "0"]
    assert 0 < float(replies[1].headers["X-RateLimit-Reset-After"]) <= 30
    assert 0 < replies[2].body["retry_after"] <= 30
    assert (replies[2].body["global"], replies[2].headers["Via"]) == (False, "1.1 google")
    assert bot.ask("PATCH", paths[1], {"content": "y"} | QUIET).status == 200
    replies = [bot.ask("GET", "/users/@me") for _ in range(51)]
    assert (replies[-1].status, replies[-1].body["global"]) == (429, True)
    assert server.complaints == []


def test_a_reply_can_be_lost_after_the_deed(
    server: DiscordServer, channel: Channel, anna: User, worker: RestClient
) -> None:
    interaction = server.slash(anna, channel, "compose")
    answer(worker, interaction, Answer.MESSAGE, {"content": "x"} | QUIET)
    path = f"{webhook(server, interaction)}/messages/@original"
    fault = server.fail_next("PATCH", "@original", None, after_processing=True)
    with pytest.raises(RemoteDisconnected):
        worker.ask("PATCH", path, {"content": "y"} | QUIET)
    assert interaction.wait_original().content == "y"
    server.fail_next("PATCH", "@original", 503)
    assert worker.ask("PATCH", path, {"content": "z"} | QUIET).status == 503
    assert interaction.wait_original().content == "y"
    assert worker.ask("PATCH", path, {"content": "z"} | QUIET).status == 200
    assert (fault.hits, server.complaints) == (1, [])


def test_the_gateway_refuses_what_discord_refuses(server: DiscordServer) -> None:
    heartbeat = {"op": 1, "d": None}
    identify = {"op": 2, "d": {"token": server.token, "intents": 1}}
    resume = {"op": 6, "d": {"token": server.token, "session_id": "unknown", "seq": 1}}
    refused: list[tuple[list[dict[str, Any]], int]] = [
        ([heartbeat] * 121, 4008),
        ([{"op": 3, "d": {}}], 4003),
        ([identify, identify], 4005),
        ([identify, {"op": 77, "d": {}}], 4001),
        ([{"op": 2, "d": {"token": "wrong", "intents": 1}}], 4004),
        ([{"op": 2, "d": {"token": server.token, "intents": 1 << 15}}], 4014),
    ]
    for sent, code in refused:
        assert asyncio.run(talk(server, sent))[1] == code
        server.pardon(str(code))
    heard, _ = asyncio.run(talk(server, [resume, heartbeat], until=11))
    assert [payload["op"] for payload in heard] == [10, 9, 11]
    assert server.complaints == []


async def talk(
    server: DiscordServer, payloads: list[dict[str, Any]], until: int | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Send payloads over the gateway.

    Returns:
        What was heard, up to an opcode or the end; and the code with which the server ended it.
    """
    heard: list[dict[str, Any]] = []
    url = f"{server.gateway_url}?v=10&encoding=json"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        for payload in payloads:
            await socket.send_json(payload)
        async for message in socket:
            heard.append(message.json())
            if heard[-1]["op"] == until:
                break
    return heard, socket.close_code
