"""The books of a soak notice what is wrong, and find nothing wrong with what is right."""

import time

from tests.bot.processes import RATINGS, Chat
from tests.discord_server.guild import Channel
from tests.soak.books import left_in_redis, lost_ratings, unexcused, wrong_messages
from tests.soak.faults import Fault
from tests.soak.people import Deed


def test_what_is_wrong_is_noticed(chat: Chat, channel: Channel) -> None:
    asked = chat.compose(channel)
    message = asked.wait_original()
    stored = chat.delivered(message)
    chat.rate(chat.bert, message, 4)
    assert [*wrong_messages(chat, channel), *lost_ratings(chat, channel)] == []
    chat.server.wait(lambda: not [*left_in_redis(chat, 100)])  # other tests' too; the worker tidies up last

    message.reactions[RATINGS[0]].append(chat.clara)  # of which the bot never heard
    (lost,) = lost_ratings(chat, channel)
    assert lost.startswith(stored.id)
    message.reactions[RATINGS[0]].remove(chat.clara)

    kept = message.attachments
    message.attachments = kept[:2]
    (lacking,) = wrong_messages(chat, channel)
    assert lacking.startswith(f"{stored.id}, delivered: files")
    message.attachments = kept

    with chat.server.hold("PATCH", r"/messages/@original$") as hold:
        waiting = chat.compose(channel).wait_original()
        chat.server.wait(lambda: hold.waiting, 20)
        assert any("requests without an end" in text for text in wrong_messages(chat, channel))
        chat.server.wait(lambda: any("be withdrawn" in text for text in wrong_messages(chat, channel)))
    chat.delivered(waiting)
    del channel.messages[message.id]
    assert [*wrong_messages(chat, channel)] == [f"{stored.id} is answered by a message that is not there"]
    channel.messages[message.id] = message


def test_only_a_fault_excuses_silence(chat: Chat, channel: Channel) -> None:
    asked = chat.compose(channel)
    chat.delivered(asked.wait_original())
    answer, asked.answer = asked.answer, None
    now = time.monotonic()
    deed = Deed(now, asked)
    assert unexcused([deed], [], []) == [deed]
    assert unexcused([deed], [Fault("worker killed", now - 1, now)], []) == [deed]
    assert unexcused([deed], [Fault("bot killed", now + 3, now + 3)], []) == []
    assert unexcused([deed], [Fault("bot killed", now - 60, now - 60)], []) == [deed]
    assert unexcused([deed], [], [now - 0.5]) == []
    asked.answer = answer
    assert unexcused([deed], [], []) == []
