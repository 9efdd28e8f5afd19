"""The disk of bot and worker is full, their logs included: nothing is said twice, and no rating is lost."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.bot.processes import EDIT, RATINGS, Chat
from tests.discord_server.guild import Channel

if sys.platform != "linux":
    pytest.skip("only Linux lets one process fill the disk of another", allow_module_level=True)


@contextmanager
def disk_full(*processes: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever these write into a file is refused by the system, from the first byte on."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for process in processes:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        for process in processes:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


def test_a_piece_or_a_sentence_for_everyone(chat: Chat, channel: Channel) -> None:
    rated = chat.compose(channel).wait_original()
    stored = chat.delivered(rated)
    chat.rate(chat.bert, rated, 2)
    begun_in = chat.server.add_channel(chat.guild)
    with chat.server.hold("PATCH", EDIT) as hold:
        begun = chat.compose(begun_in).wait_original()
        chat.server.wait(lambda: hold.waiting)
        with disk_full(chat.bot, chat.worker):
            chat.server.do(hold.released.set)
            chat.server.wait(lambda: len(begun.files) == 3)
            chat.server.react(chat.clara, begun, "3️⃣")
            chat.server.react(chat.bert, rated, "5️⃣")
            refusal = chat.compose(begun_in, chat.clara).wait_original()
            assert refusal.is_ephemeral
            time.sleep(0.5)  # until it has tried to store the ratings too, which is nowhere to be seen
            assert "The pieces cannot be reached at the moment: try again" in refusal.content
    answered = chat.delivered(begun)
    assert [message for message in begun_in.messages.values() if not message.is_ephemeral] == [begun]
    assert set(begun.reactions) == set(RATINGS)
    ratings = chat.store.ratings.of_message
    chat.server.wait(lambda: ratings(answered.id) == {chat.clara.id: 3})
    chat.server.wait(lambda: ratings(stored.id) == {chat.bert.id: 5})
