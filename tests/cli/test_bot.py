"""`etude bot`: what it needs is said in a sentence; with it, it is in Discord."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.errors import INSTALL_BOT
from tests.discord_server.server import DiscordServer
from tests.faults.processes import Surroundings, ended
from tests.street import valkey

Etude = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("command", ["bot", "up"])
def test_a_missing_token_is_said(command: str, etude: Etude) -> None:
    code, out, err = etude(command)
    assert (code, out) == (2, "")
    assert err.startswith("DISCORD_TOKEN is not set: ")


@pytest.mark.parametrize("command", ["bot", "up"])
def test_where_nothing_talks_to_discord_it_says_what_to_install(
    command: str, etude: Etude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setitem(sys.modules, "discord", None)  # how Python itself marks what cannot be imported
    expected = f"What talks to Discord is not installed; run: {INSTALL_BOT}.\n"
    assert etude(command) == (2, "", expected)


def test_a_missing_redis_is_said(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    code, _, err = etude("bot")
    assert code == 2
    assert err.startswith("REDIS_URL is not set: ")


def test_it_is_in_discord_until_told_to_end(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    here = Surroundings(tmp_path_factory.mktemp("bot"), {})
    with valkey(tmp_path) as socket, DiscordServer() as discord:
        bot = here.etude(
            "bot",
            REDIS_URL=f"unix://{socket}",
            DISCORD_TOKEN=discord.token,
            DISCORD_API_BASE=discord.api_base,
            DISCORD_GATEWAY_URL=discord.gateway_url,
        )
        discord.wait(lambda: discord.is_connected and "compose" in discord.commands, 60)
        bot.send_signal(signal.SIGTERM)
        outcome = ended(bot, 20)
        assert outcome.code == 0
        assert discord.token not in outcome.err
        assert discord.complaints == []
    here.close()
