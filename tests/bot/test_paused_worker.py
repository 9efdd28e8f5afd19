"""A worker sleeps for too long, and another one takes its piece over: the chat hears no more of it."""

from pathlib import Path

from tests.bot.processes import RATINGS, Chat, ended, paused
from tests.discord_server.api import Request
from tests.discord_server.guild import Channel
from tests.discord_server.interaction import Interaction

SLEEPER = """
import sys
import time
from pathlib import Path
from worker import tasks
from worker.__main__ import main

gate, compose = Path(sys.argv.pop()), tasks.compose

def composed(request, primer, engine, soundfont, report, *others):
    def told(stage, share):
        (gate / "begun").touch()
        while not (gate / "open").exists():
            time.sleep(0.01)
        report(stage, share)

    return compose(request, primer, engine, soundfont, told, *others)

tasks.compose = composed
sys.exit(main())
"""
"""A worker that begins pieces, and goes on with them when it is told to."""


def test_what_it_had_left_to_say_is_not_said_over_the_piece(
    chat: Chat, channel: Channel, tmp_path: Path
) -> None:
    plain = chat.worker
    with paused(plain):
        chat.start_worker("-c", SLEEPER, tmp_path, ETUDE_DRAIN_SECONDS=60)
        sleeper, chat.worker = chat.worker, plain
        interaction = chat.compose(channel)
        chat.server.wait((tmp_path / "begun").exists)
    with paused(sleeper):
        message = chat.assert_one_piece(channel)
        piece, count = dict(message.files), len(edits(chat, interaction))
        (tmp_path / "open").touch()
    assert ended(sleeper, 60) == 0  # once it is through with all that it had begun
    assert edits(chat, interaction)[count:] == []
    assert message.files == piece
    assert set(message.reactions) == set(RATINGS)
    assert chat.store.ratings.of_message(chat.row(message).id) == {chat.bert.id: 4}


def edits(chat: Chat, interaction: Interaction) -> list[Request]:
    """What workers have sent to change the answer to an interaction."""
    return [
        each for each in chat.server.requests if interaction.token in each.path and each.method == "PATCH"
    ]
