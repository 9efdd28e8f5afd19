"""What `etude doctor` says of the bot's token, and that it never shows it."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.discord_server.server import DiscordServer

Look = Callable[[str, str], tuple[int, str]]


@pytest.fixture
def discord() -> Iterator[DiscordServer]:
    with DiscordServer() as server:
        yield server


@pytest.fixture
def look(etude: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Look:
    """The exit code, and what is told of a token, where Discord's API is somewhere."""

    def look(token: str, api_base: str) -> tuple[int, str]:
        monkeypatch.setenv("DISCORD_TOKEN", token)
        monkeypatch.setenv("DISCORD_API_BASE", api_base)
        outcome = etude("doctor")
        assert not token or token not in outcome.out + outcome.err
        (line,) = [line for line in outcome.out.splitlines() if line.split()[1] == "Discord"]
        return outcome.code, " ".join(line.split())

    return look


def test_a_token_that_discord_takes(look: Look, discord: DiscordServer) -> None:
    told = f"ok Discord Discord knows it as {discord.bot.name.lower()}"
    assert look(discord.token, discord.api_base) == (0, told)


def test_a_token_that_discord_does_not_take(look: Look, discord: DiscordServer) -> None:
    code, told = look(f"{'x' * 24}.{'y' * 6}.{'z' * 38}", discord.api_base)
    assert (code, told.split()[0]) == (1, "mend")
    assert "copy it anew" in told


def test_what_is_no_token(look: Look, discord: DiscordServer) -> None:
    code, told = look("hunter2", discord.api_base)
    assert (code, told.split()[0]) == (1, "mend")
    assert "is no bot token" in told
    assert discord.requests == []


def test_without_a_token_all_may_be_well(look: Look) -> None:
    assert look("", "") == (0, "none Discord DISCORD_TOKEN is not set; only the bot needs it")


def test_discord_that_cannot_be_asked_is_no_fault(look: Look, discord: DiscordServer) -> None:
    code, told = look(discord.token, "http://127.0.0.1:1")
    assert code == 0
    assert told.startswith("ok Discord DISCORD_TOKEN is set and well-formed; Discord could not be asked (")
    discord.fail_next("GET", "/users/@me", 503)
    code, told = look(discord.token, discord.api_base)
    assert (code, told.endswith("could not be asked (it answers 503)")) == (0, True)


@pytest.mark.parametrize(
    "answer", [b"-ERR unknown command\r\n", b"HTTP/1.0 200 OK\r\n\r\n[]", b"HTTP/1.0 200 OK\r\n\r\n<html>"]
)
def test_what_answers_otherwise_than_discord_is_no_fault(
    look: Look, discord: DiscordServer, answer: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def reply() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        replying = threading.Thread(target=reply)
        replying.start()
        code, told = look(discord.token, f"http://127.0.0.1:{listening.getsockname()[1]}")
        replying.join()
    assert (code, "Discord could not be asked (" in told) == (0, True)
