"""How much may be asked for, and that a refusal is private, prompt, and leaves nothing behind."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs.street import ledger
from listening.store.message import State
from tests.bot.commands.chat import Chat
from tests.discord_server.interaction import FIRST_ANSWER_SECONDS
from tests.discord_server.permissions import Permission


def limited(chat: Chat, **limits: float) -> None:
    chat.running.renew(chat.running.settings.model_copy(update=limits))


def test_a_person_may_have_so_many_waiting(chat: Chat) -> None:
    chat.store.guilds.change(chat.guild.id, user_limit=2)
    _, first = chat.compose()
    message, _ = chat.piece()  # what is done does not count
    chat.compose()
    assert chat.private("compose").startswith("You already have 2 waiting")
    assert chat.click(message, "Again").startswith("You already have 2 waiting")
    chat.compose(user=chat.bert)
    chat.fail(first, "No.")
    chat.compose()
    assert chat.rows() == 5


def test_a_server_may_have_so_many_waiting(chat: Chat) -> None:
    limited(chat, etude_guild_limit=2)
    chat.compose()
    chat.compose(user=chat.bert)
    assert chat.private("compose", user=chat.clara).startswith("This server already has 2 waiting")
    assert chat.rows() == 2


def test_the_queue_holds_so_many(chat: Chat) -> None:
    limited(chat, etude_queue_limit=1)
    chat.compose()
    assert chat.private("compose", user=chat.bert).startswith("The queue is full")
    assert chat.rows() == 1


def test_one_request_follows_another_after_a_while(chat: Chat) -> None:
    limited(chat, etude_cooldown_seconds=60)
    assert "is not known" in chat.private("compose", style="techno")  # what is refused does not count
    message, _ = chat.piece()
    sentence = chat.private("compose")
    match = re.fullmatch(r"Wait (\d+) s, then ask again\.", sentence)
    assert match is not None, sentence
    assert 50 <= int(match[1]) <= 60
    assert chat.private("compose", locale="de") != sentence
    assert chat.click(message, "Again").startswith("Wait ")
    chat.compose(user=chat.bert)
    limited(chat, etude_cooldown_seconds=0)
    chat.compose()


def test_whoever_asks_many_times_at_once_is_counted_each_time(chat: Chat) -> None:
    chat.store.guilds.change(chat.guild.id, user_limit=2)
    interactions = [chat.server.slash(chat.anna, chat.channel, "compose") for _ in range(8)]
    answers = [each.wait_original() for each in interactions]
    taken = [each for each in answers if not each.is_ephemeral]
    assert len(taken) == 2
    assert all(each.content.startswith("You already have 2") for each in answers if each not in taken)
    for each in taken:
        chat.sent(each)


def test_a_server_keeps_its_limit_though_many_ask_at_once(chat: Chat) -> None:
    limited(chat, etude_guild_limit=2)
    users = [chat.server.add_user(f"Member {number}", chat.guild) for number in range(8)]
    interactions = [chat.server.slash(user, chat.channel, "compose") for user in users]
    answers = [each.wait_original() for each in interactions]
    taken = [each for each in answers if not each.is_ephemeral]
    assert len(taken) == chat.rows() == 2
    for each in taken:
        chat.sent(each)


def test_a_cooldown_holds_for_clicks_at_once(chat: Chat) -> None:
    message, _ = chat.piece()
    limited(chat, etude_cooldown_seconds=60)
    with ThreadPoolExecutor(2) as pool:
        clicks = [pool.submit(chat.server.click, chat.anna, message, "Again") for _ in range(2)]
    answers = [click.result().wait_original() for click in clicks]
    assert sorted(answer.is_ephemeral for answer in answers) == [False, True]
    chat.sent(next(answer for answer in answers if not answer.is_ephemeral))


@pytest.mark.parametrize(
    ("denied", "words"),
    [(Permission.EMBED_LINKS, "“Embed Links”"), (Permission.ATTACH_FILES, "“Attach Files”")],
)
def test_where_the_bot_cannot_show_a_piece_it_takes_no_request(
    chat: Chat, denied: Permission, words: str
) -> None:
    chat.server.set_permissions(chat.channel, chat.server.bot, deny=denied)
    assert words in chat.private("compose")
    assert chat.rows() == 0


def test_an_answer_whose_reply_is_lost_is_found(chat: Chat) -> None:
    fault = chat.server.fail_next("POST", "/callback", None, after_processing=True)
    message, _ = chat.compose()
    assert fault.hits == 1
    assert len(chat.channel.messages) == 1
    assert chat.row(message).state is State.WAITING


def test_a_request_of_which_nobody_can_be_told_is_forgotten(chat: Chat) -> None:
    with chat.server.hold("POST", "/callback"):
        late = chat.server.slash(chat.anna, chat.channel, "compose")
        chat.server.age(late, FIRST_ANSWER_SECONDS)
        chat.server.wait(chat.store.messages.unfinished)
    chat.server.wait(lambda: not chat.store.messages.unfinished())
    chat.server.pardon("10062 Unknown interaction")
    assert ledger.open_tasks(chat.redis) == []
