"""`etude up` against a Discord on loopback: bot, worker and Valkey come up, come back, and go."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.discord_server.guild import Channel, User
from tests.discord_server.message import Message
from tests.discord_server.server import DiscordServer
from tests.faults.processes import Surroundings, ended
from tests.street import valkey

FILES = 3  # MIDI, audio, picture


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """A suite started in the background ignores Ctrl-C, and so would every process that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def discord() -> Iterator[DiscordServer]:
    with DiscordServer() as server:
        yield server
        assert server.complaints == []


@pytest.fixture
def place(discord: DiscordServer) -> tuple[User, Channel]:
    """Somebody in a channel."""
    guild = discord.add_guild()
    return discord.add_user("Anna", guild), discord.add_channel(guild)


@pytest.fixture
def here(
    discord: DiscordServer, checkpoint_folder: Path, soundfont: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Surroundings]:
    """Where `etude up` runs; when it has ended, nobody may be left there."""
    settings: dict[str, object] = {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_BASE": discord.api_base,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "ETUDE_CHECKPOINT": checkpoint_folder,
        "SOUNDFONT": soundfont,
        "ETUDE_COOLDOWN_SECONDS": 0,
        "ETUDE_DRAIN_SECONDS": 0,
        "ETUDE_WORKERS": 2,
    }
    here = Surroundings(tmp_path_factory.mktemp("up"), settings)
    yield here
    here.close()


def composed(discord: DiscordServer, place: tuple[User, Channel]) -> Message:
    """A piece that was asked for and came."""
    discord.wait(lambda: discord.is_connected and "compose" in discord.commands, 60)
    message = discord.slash(*place, "compose", {"length": "10", "candidates": 1}).wait_original()
    discord.wait(lambda: len(message.files) == FILES, 60)
    return message


def child(process: subprocess.Popen[str], package: str) -> list[int]:
    """The processes of a package that `etude up` has started."""
    return [
        other.pid
        for other in psutil.Process(process.pid).children()
        if arguments(other)[-2:] == ["-m", package]
    ]


def arguments(process: psutil.Process) -> list[str]:
    """What a process was started with; nothing if it has ended, which it may at any moment."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # a zombie, too
        return []


def told_to_end(process: subprocess.Popen[str], number: signal.Signals) -> int:
    """The exit code of a process that is told to end, as a terminal or a service manager does it."""
    os.killpg(process.pid, number) if number is signal.SIGINT else process.send_signal(number)
    return ended(process, 20).code


def test_one_command_brings_a_piece_and_a_killed_bot_comes_back(
    here: Surroundings, discord: DiscordServer, place: tuple[User, Channel]
) -> None:
    up = here.etude("up")
    composed(discord, place)
    (bot,) = child(up, "bot")
    assert len(child(up, "worker")) == 1  # beside that of the keeper
    os.kill(bot, signal.SIGKILL)
    discord.wait(lambda: not discord.is_connected)
    composed(discord, place)
    assert told_to_end(up, signal.SIGINT) == 0


def test_with_redis_set_bot_and_worker_run_against_it_and_kill_9_leaves_neither(
    here: Surroundings, discord: DiscordServer, place: tuple[User, Channel], tmp_path: Path
) -> None:
    with valkey(tmp_path) as socket:
        up = here.etude("up", REDIS_URL=f"unix://{socket}")
        discord.wait_connected(60)
        worker, other = child(up, "worker")
        os.kill(worker, signal.SIGKILL)
        discord.wait(lambda: len(set(child(up, "worker")) - {worker}) == 2, 30)
        assert other in child(up, "worker")
        composed(discord, place)
        up.kill()
        up.communicate()
        here.close()


def test_a_wrong_token_is_said_and_ends_it(here: Surroundings, discord: DiscordServer) -> None:
    outcome = ended(here.etude("up", DISCORD_TOKEN="not.the.token"))
    assert outcome.code == 2
    told = "Discord does not take DISCORD_TOKEN: copy it anew from the developer portal."
    assert outcome.err.splitlines().count(told) == 1
    assert "not.the.token" not in outcome.err
    discord.pardon("Unauthorized")


def test_a_redis_that_is_away_is_said_once(here: Surroundings) -> None:
    outcome = ended(here.etude("up", REDIS_URL="redis://127.0.0.1:1/0"))
    assert outcome.code == 2
    assert outcome.err.count("Redis at 127.0.0.1:1 cannot be used") == 1
