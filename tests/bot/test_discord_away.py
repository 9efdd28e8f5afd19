"""Discord's API is away for longer than a worker tries: the bot delivers what was made once it is back."""

from tests.bot.processes import Chat, ended, paused
from tests.discord_server.guild import Channel

IMPATIENT = """
import sys
import worker.webhook
from worker.__main__ import main

worker.webhook._FIRST_WAIT_SECONDS = 0.01
sys.exit(main())
"""
"""A worker that gives Discord up within a second."""

EDIT = r"^/(webhooks|channels)/"


def test_a_piece_is_delivered_once_discord_is_back(chat: Chat, channel: Channel) -> None:
    plain = chat.worker
    with paused(plain):
        chat.start_worker("-c", IMPATIENT)
        impatient, chat.worker = chat.worker, plain
        with chat.server.hold("PATCH", EDIT) as hold:
            message = chat.compose(channel).wait_original()
            chat.server.wait(lambda: hold.waiting)
            away = chat.server.fail_next("PATCH", EDIT, None, times=1000)
        answer = f"etude:answer:{chat.row(message).id}"
        chat.server.wait(lambda: chat.redis.exists(answer), 20)
        chat.server.react(chat.clara, message, "5️⃣")
        hits = away.hits
        chat.server.wait(lambda: away.hits > hits)  # the bot tries now
        assert message.files == {}
        chat.server.do(lambda: setattr(away, "times", 0))
        stored = chat.delivered(message)
        assert ended(impatient) == 0
    assert list(channel.messages.values()) == [message]
    chat.server.wait(lambda: chat.store.ratings.of_message(stored.id) == {chat.clara.id: 5})
