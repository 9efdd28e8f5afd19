"""Redis has no memory left: what was begun ends in a sentence, what waits is made when there is some."""

from collections.abc import Iterator
from contextlib import contextmanager

from listening.store.message import State
from tests.bot.processes import EDIT, Chat
from tests.discord_server.guild import Channel


@contextmanager
def redis_full(chat: Chat) -> Iterator[None]:
    """Redis takes nothing more."""
    chat.redis.config_set("maxmemory", 1)
    try:
        yield
    finally:
        chat.redis.config_set("maxmemory", 0)


def test_a_piece_or_a_sentence_for_everyone(chat: Chat, channel: Channel) -> None:
    rated = chat.compose(channel).wait_original()
    chat.delivered(rated)
    begun_in, asked_in, later_in = (chat.server.add_channel(chat.guild) for _ in range(3))
    with chat.server.hold("PATCH", EDIT) as hold:
        begun = chat.compose(begun_in).wait_original()
        chat.server.wait(lambda: hold.waiting)
        with redis_full(chat):
            asked = chat.compose(asked_in, chat.bert).wait_original()
            assert "Queued" in asked.embeds[0]["description"]
            chat.rate(chat.clara, rated, 5)
            chat.server.do(hold.released.set)
            chat.ended(begun, State.FAILED)
            assert "Redis is full: try again in a while" in begun.embeds[0]["description"]
            assert begun.files == {}
    assert chat.assert_one_piece(asked_in) is asked
    later = chat.compose(later_in).wait_original()  # Anna's first one does not count any more
    assert chat.assert_one_piece(later_in) is later
    assert (begun.files, len(begun_in.messages)) == ({}, 1)
    chat.server.wait(lambda: not chat.redis.zcard("rq:wip:etude"))
