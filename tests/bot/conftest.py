"""A chat with the real bot, a real worker and Valkey; after a test Discord has nothing to complain about."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.processes import Chat, ended
from tests.discord_server.guild import Channel
from tests.discord_server.server import DiscordServer
from worker.soundfonts import find_soundfont


@pytest.fixture(scope="session")
def process_settings(checkpoint_folder: Path) -> dict[str, object]:
    """The untrained checkpoint, and the soundfont that is the same on every machine."""
    soundfont = find_soundfont(None, own=Path("/nonexistent"), search=()).path
    return {"SOUNDFONT": soundfont, "ETUDE_CHECKPOINT": checkpoint_folder}


@pytest.fixture(scope="session")
def running(process_settings: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    """The chat that the tests share."""
    with DiscordServer() as server, Chat(server, tmp_path_factory.mktemp("chat"), process_settings) as chat:
        chat.start_worker()
        chat.start_bot()
        yield chat
        assert (ended(chat.bot), ended(chat.worker)) == (0, 0)
        assert [log.name for log in chat.logs.iterdir() if "Traceback" in log.read_text()] == []


@pytest.fixture
def chat(running: Chat) -> Iterator[Chat]:
    """The chat, in which every request has come to its end after the test."""
    yield running
    running.assert_balanced()
    assert running.server.complaints == []


@pytest.fixture
def channel(chat: Chat) -> Channel:
    """A channel of the test's own."""
    return chat.server.add_channel(chat.guild)
