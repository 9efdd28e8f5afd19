"""Whatever fails, a request ends in exactly one message with its files, and its ratings are right."""

import re
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bot.held import Gates
from tests.bot.processes import EDIT, REACTIONS, Chat, killed, paused
from tests.discord_server.guild import Channel, User
from tests.discord_server.message import Message

CHANNEL_MESSAGE = r"^/channels/\d+/messages/\d+$"
CALLBACK = r"/callback$"
HELD = ("-m", "tests.bot.held")

MOMENTS = (
    "between the answer and its being noted",
    "between the note and the queue",
    "between queue and delivery",
    "between delivery and acknowledgement",
    "between posting anew and its being noted",
)
LeftBehind = dict[str, tuple[Channel, Message]]


@pytest.fixture
def gates(tmp_path: Path) -> Gates:
    """Where processes started with `HELD` and `tmp_path` are held."""
    return Gates(tmp_path)


@pytest.fixture(scope="module")
def left_behind(running: Chat, tmp_path_factory: pytest.TempPathFactory) -> LeftBehind:
    """What a bot left behind that was killed at five moments at once, and another one found.

    For each moment a channel and the message that answered the command; while no bot was there, Clara took
    one rating back and gave another.
    """
    chat, server, folder = running, running.server, tmp_path_factory.mktemp("gates")
    gates = Gates(folder)
    chat.kill_bot()
    chat.start_bot(*HELD, "bot", folder)
    places = [server.add_channel(chat.guild) for _ in range(5)]
    noted, submitted, delivered, acknowledged, posted = places
    messages: dict[Channel, Message] = {}

    def compose(channel: Channel, user: User) -> str:
        interaction = chat.compose(channel, user)
        messages[channel] = interaction.wait_original()
        return re.escape(interaction.token)

    with ExitStack() as held:
        hold = held.enter_context(server.hold("PUT", f"/channels/{acknowledged.id}/"))
        compose(acknowledged, chat.clara)
        server.wait(lambda: hold.waiting, 20)
        chat.rate(chat.clara, messages[acknowledged], 5)
        on_delivery = held.enter_context(server.hold("PATCH", compose(delivered, chat.bert)))
        on_posting = held.enter_context(server.hold("PATCH", compose(posted, chat.anna)))
        server.wait(lambda: on_delivery.waiting and on_posting.waiting, 20)
        gates.shut("submitted")
        compose(submitted, chat.clara)
        server.wait(lambda: gates.is_reached("submitted"))
        gates.shut("noted")
        compose(noted, chat.clara)
        server.wait(lambda: gates.is_reached("noted"))
        server.delete_message(messages[posted])
        server.do(on_posting.released.set)
        server.wait(lambda: len(posted.messages) == 1, 20)
        time.sleep(0.2)  # until it is about to be noted, which is nowhere to be seen
        chat.kill_bot()
        server.unreact(chat.clara, messages[acknowledged], "5️⃣")
    server.wait(lambda: len(messages[delivered].files) == 3, 20)
    server.react(chat.clara, messages[delivered], "2️⃣")
    chat.start_bot()
    ratings = chat.store.ratings
    for channel, expected in ((delivered, {chat.clara.id: 2}), (acknowledged, {})):
        stored = chat.delivered(messages[channel])
        server.wait(lambda stored=stored, expected=expected: ratings.of_message(stored.id) == expected)
    server.unreact(chat.clara, messages[delivered], "2️⃣")
    chat.assert_one_piece(posted)
    server.pardon("10008")
    return {moment: (place, messages[place]) for moment, place in zip(MOMENTS, places, strict=True)}


def edits_with_files(chat: Chat, channel: Channel) -> int:
    """How often files were sent for messages of a channel, by whomever."""
    tokens = [i.token for i in chat.server.world.interactions.values() if i.channel is channel]
    return sum(
        bool(request.files)
        and (any(token in request.path for token in tokens) or f"/{channel.id}/" in request.path)
        for request in chat.server.requests
    )


def test_the_socket_is_cut(chat: Chat, channel: Channel) -> None:
    resumes = chat.server.gateway.resumes
    with chat.server.hold("PATCH", EDIT) as hold:
        message = chat.compose(channel).wait_original()
        chat.server.wait(lambda: hold.waiting)
        chat.server.drop_sockets()
    chat.delivered(message)
    chat.server.wait(lambda: chat.server.gateway.resumes > resumes)
    chat.server.drop_sockets()
    chat.rate(chat.bert, message, 2)
    assert chat.assert_one_piece(channel) is message
    assert edits_with_files(chat, channel) == 1


def test_the_session_is_lost(chat: Chat, channel: Channel) -> None:
    rated = chat.compose(channel).wait_original()
    stored = chat.delivered(rated)
    chat.rate(chat.bert, rated, 5)
    chat.rate(chat.clara, rated, 3)
    other = chat.server.add_channel(chat.guild)
    with chat.server.hold("PATCH", EDIT) as hold:
        message = chat.compose(other).wait_original()
        chat.server.wait(lambda: hold.waiting)
        chat.server.invalidate_sessions()
        chat.server.unreact(chat.clara, rated, "3️⃣")
        chat.server.unreact(chat.bert, rated, "5️⃣")
        chat.server.react(chat.bert, rated, "1️⃣")
    assert len(message.files) in (0, 3)
    chat.server.wait_connected()
    chat.server.wait(lambda: chat.store.ratings.of_message(stored.id) == {chat.bert.id: 1})
    assert chat.assert_one_piece(other) is message
    assert chat.assert_one_piece(channel) is rated


def test_discord_asks_to_wait(chat: Chat, channel: Channel) -> None:
    edits = chat.server.fail_next("PATCH", EDIT, 429, times=3)
    reactions = chat.server.fail_next("PUT", REACTIONS, 429, times=2)
    message = chat.compose(channel).wait_original()
    assert chat.assert_one_piece(channel) is message
    assert (edits.hits, reactions.hits) == (3, 2)
    assert edits_with_files(chat, channel) <= 3


def test_discord_is_away_for_a_moment(chat: Chat, channel: Channel) -> None:
    faults = [
        chat.server.fail_next("PATCH", EDIT, 503, times=2),
        chat.server.fail_next("PUT", REACTIONS, 503, times=2),
    ]
    message = chat.compose(channel).wait_original()
    assert chat.assert_one_piece(channel) is message
    assert [fault.hits for fault in faults] == [2, 2]


def test_replies_are_lost(chat: Chat, channel: Channel) -> None:
    faults = [
        chat.server.fail_next("POST", CALLBACK, None, after_processing=True),
        chat.server.fail_next("PATCH", EDIT, None, times=2, after_processing=True),
        chat.server.fail_next("PUT", REACTIONS, None, times=2, after_processing=True),
    ]
    message = chat.compose(channel).wait_original()
    assert chat.assert_one_piece(channel) is message
    assert [fault.hits for fault in faults] == [1, 2, 2]


def test_the_first_answer_has_to_be_given_twice(chat: Chat, channel: Channel) -> None:
    fault = chat.server.fail_next("POST", CALLBACK, 503, after_processing=True)
    message = chat.compose(channel).wait_original()
    assert chat.assert_one_piece(channel) is message
    assert fault.hits == 1
    chat.server.pardon("already been acknowledged")


def test_the_token_dies_while_the_piece_is_made(chat: Chat, channel: Channel) -> None:
    with chat.server.hold("PATCH", EDIT) as hold:
        interaction = chat.compose(channel)
        message = interaction.wait_original()
        chat.server.wait(lambda: hold.waiting)
        chat.server.expire(interaction)
        faults = [
            chat.server.fail_next("PATCH", CHANNEL_MESSAGE, 503),
            chat.server.fail_next("PATCH", CHANNEL_MESSAGE, None, after_processing=True),
        ]
    assert chat.assert_one_piece(channel) is message
    assert [fault.hits for fault in faults] == [1, 1]
    chat.server.pardon("50027")


def test_the_message_is_deleted_while_it_waits(chat: Chat, channel: Channel) -> None:
    with chat.server.hold("PATCH", EDIT) as hold:
        first = chat.compose(channel).wait_original()
        chat.server.wait(lambda: hold.waiting)
        chat.server.react(chat.bert, first, "1️⃣")
        chat.server.delete_message(first)
    assert chat.assert_one_piece(channel) is not first
    chat.server.pardon("10008")


@pytest.mark.parametrize("moment", [*MOMENTS])
def test_the_bot_dies(chat: Chat, left_behind: LeftBehind, moment: str) -> None:
    channel, first = left_behind[moment]
    message = chat.assert_one_piece(channel)
    is_posted_anew = moment == MOMENTS[-1]
    assert (message is not first) is is_posted_anew
    assert is_posted_anew or edits_with_files(chat, channel) == 1


def test_the_worker_dies_between_delivery_and_final_event(
    chat: Chat, channel: Channel, gates: Gates, tmp_path: Path
) -> None:
    plain = chat.worker
    gates.shut("acknowledged")
    with paused(plain):
        chat.start_worker(*HELD, "worker", tmp_path)
        message = chat.compose(channel).wait_original()
        chat.server.wait(lambda: gates.is_reached("acknowledged"), 20)
        sent = dict(message.files)
        assert len(sent) == 3
        killed(chat.worker)
    chat.worker = plain
    assert chat.assert_one_piece(channel) is message
    assert message.files == sent
    assert edits_with_files(chat, channel) == 2


def test_redis_dies_while_a_piece_is_made(chat: Chat, channel: Channel) -> None:
    with chat.server.hold("PATCH", EDIT) as hold:
        messages = [chat.compose(channel, user).wait_original() for user in (chat.anna, chat.bert)]
        chat.server.wait(lambda: hold.waiting)
        with chat.redis_away():
            chat.server.do(hold.released.set)
            refusal = chat.compose(channel, chat.clara).wait_original()
            assert refusal.is_ephemeral
            assert "try again" in refusal.content
    for message in messages:
        chat.delivered(message, 60)
        chat.rate(chat.bert, message, 4)
    assert [len(each.files) for each in channel.messages.values() if not each.is_ephemeral] == [3, 3]


def test_redis_dies_between_answer_and_queue(chat: Chat, channel: Channel) -> None:
    with chat.server.hold("POST", CALLBACK) as hold:
        interaction = chat.compose(channel)
        chat.server.wait(lambda: hold.waiting)
        with chat.redis_away():
            chat.server.do(hold.released.set)
            message = interaction.wait_original()
            chat.server.wait(lambda: chat.row(message).message_id == message.id)
    assert chat.assert_one_piece(channel, 60) is message


def test_discord_is_away_when_the_bot_starts(chat: Chat, channel: Channel) -> None:
    chat.kill_bot()
    shards = chat.server.fail_next("GET", "/gateway/bot$", 503)
    login = chat.server.fail_next("GET", "/users/@me$", 503)
    with chat.server.gateway_down(forget_sessions=True):
        chat.bot = chat.start("-m", "bot")
        chat.server.wait(lambda: shards.hits and login.hits, 20)
        chat.server.wait(lambda: chat.server.requests[-1].path.endswith("/gateway/bot"), 20)
    chat.server.wait_connected(30)
    message: Message = chat.compose(channel).wait_original()
    assert chat.assert_one_piece(channel) is message
