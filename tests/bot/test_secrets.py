"""Tokens and passwords stand in no log, error, job or file, whatever fails."""

import secrets
from collections.abc import Iterator

import pytest

from tests.bot.processes import EDIT, REACTIONS, Chat, ended
from tests.discord_server.server import DiscordServer
from tests.faults.servers import free_port

BOT_WITH_A_FAULT = """
import sys
import bot.commands.pages
from bot.__main__ import main

def about(*_):
    raise RuntimeError("a fault")

bot.commands.pages.about = about
sys.exit(main())
"""


@pytest.fixture(scope="module")
def password() -> str:
    return secrets.token_hex(12)


@pytest.fixture(scope="module")
def chat(
    process_settings: dict[str, object], password: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chat]:
    """A chat whose processes tell all they can, and whose Valkey wants a password."""
    settings = {**process_settings, "ETUDE_LOG_LEVEL": "debug"}
    folder = tmp_path_factory.mktemp("secrets")
    with DiscordServer() as server, Chat(server, folder, settings, password) as chat:
        chat.start_worker()
        chat.start_bot("-c", BOT_WITH_A_FAULT)
        yield chat


def test_no_secret_is_found_anywhere(chat: Chat, password: str) -> None:
    other_token = secrets.token_urlsafe(48)
    stranger = chat.start("-m", "bot", DISCORD_TOKEN=other_token)
    away = chat.start("-m", "bot", DISCORD_API_BASE=f"http://127.0.0.1:{free_port()}/api/v10")
    assert stranger.wait(60) == 2
    chat.server.pardon("401: Unauthorized")
    make_everything_fail(chat)
    assert [ended(process) for process in (chat.worker, away)] == [0, 0]
    assert chat.server.complaints == []

    tokens = [interaction.token for interaction in chat.server.world.interactions.values()]
    planted = [each.encode() for each in (chat.server.token, other_token, password, *tokens)]
    commands = list(chat.commands())
    secret = [each for each in commands if any(b"etude:interaction:" in part for part in each)]
    assert any(token.encode() in part for each in secret for part in each for token in tokens)
    assert any(part.startswith(b"rq:job:") for each in commands for part in each)
    places = {
        "Redis": b"\n".join(part for each in commands if each not in secret for part in each),
        **{str(path): path.read_bytes() for path in chat.logs.iterdir()},
        **{str(path): path.read_bytes() for path in chat.folder.rglob("*") if path.is_file()},
    }
    assert str(chat.folder / "etude.db") in places
    told = b"".join(place for name, place in places.items() if name.endswith(".log"))
    assert b"[debug" in told
    assert b"RuntimeError: a fault" in told
    assert [(name, each) for name, place in places.items() for each in planted if each in place] == []


def make_everything_fail(chat: Chat) -> None:
    """Discord and Redis fail in many ways; three pieces are delivered nevertheless."""
    server, channel = chat.server, chat.server.add_channel(chat.guild)
    chat.delivered(chat.compose(channel).wait_original())
    for status in (503, None, 429):
        server.fail_next("PATCH", EDIT, status)
        server.fail_next("PUT", REACTIONS, status)
    server.fail_next("POST", "/callback$", 503)
    chat.delivered(chat.compose(channel).wait_original())
    with server.hold("PATCH", EDIT) as hold:
        interaction = chat.compose(channel)
        late = interaction.wait_original()
        server.wait(lambda: hold.waiting)
        server.expire(interaction)
    chat.delivered(late)
    server.pardon("50027")
    server.slash(chat.anna, channel, "about").wait_original()
    server.fail_next("POST", "/callback$", None)
    for command in ("help", "invite", "ping", "privacy", "mydata get", "queue"):
        server.slash(chat.anna, channel, command).wait_original()
    with chat.redis_away():
        for command in ("compose", "ping"):
            server.slash(chat.anna, channel, command).wait_original()
        assert ended(chat.bot) == 0
