"""Workers are told of stored pieces for as long as these are stored: all parts are real."""

from jobs.street import fingerprints
from tests.bot.processes import Chat
from tests.discord_server.guild import Channel


def test_workers_know_the_pieces_that_are_stored(chat: Chat, channel: Channel) -> None:
    memory = chat.store.name()
    message = chat.compose(channel, style="ragtime", length="20").wait_original()
    piece_id = chat.delivered(message).id
    data = {each.piece_id: each.data for each in chat.store.fingerprints.latest(100)}
    assert len(data[piece_id]) > 9
    assert fingerprints.all_of(chat.redis, memory)[piece_id] == data[piece_id]

    fingerprints.forget(chat.redis, memory, piece_id)
    chat.restart_bot()
    chat.server.wait(lambda: fingerprints.all_of(chat.redis, memory) == data)

    chat.server.click(chat.anna, message, "Delete").wait_response()
    chat.server.wait(lambda: piece_id not in fingerprints.all_of(chat.redis, memory))
    assert piece_id not in {each.piece_id for each in chat.store.fingerprints.latest(100)}
