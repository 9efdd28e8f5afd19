"""Reactions under pieces are ratings, as they come and as they are found."""

import asyncio

import pytest

import bot.ratings
from tests.bot.commands.chat import Chat
from tests.discord_server.message import Message


def ratings(chat: Chat, message: Message) -> dict[int, int]:
    return chat.store.ratings.of_message(chat.row(message).id)


def becomes(chat: Chat, message: Message, wanted: dict[int, int]) -> None:
    chat.server.wait(lambda: ratings(chat, message) == wanted)


def heard(chat: Chat, message: Message) -> None:
    """All that was sent before is heard: events come in their order."""
    witness = chat.server.add_user("Witness", chat.guild)
    before = ratings(chat, message)
    chat.server.react(witness, message, "1️⃣")
    becomes(chat, message, before | {witness.id: 1})
    chat.server.unreact(witness, message, "1️⃣")
    becomes(chat, message, before)


def test_reactions_are_set_changed_and_withdrawn(chat: Chat) -> None:
    message, _ = chat.piece()
    chat.server.react(chat.bert, message, "2️⃣")
    becomes(chat, message, {chat.bert.id: 2})
    chat.server.react(chat.bert, message, "5️⃣")
    becomes(chat, message, {chat.bert.id: 5})
    chat.server.react(chat.anna, message, "1️⃣")
    becomes(chat, message, {chat.bert.id: 5, chat.anna.id: 1})
    chat.server.unreact(chat.bert, message, "5️⃣")
    becomes(chat, message, {chat.bert.id: 2, chat.anna.id: 1})
    chat.server.clear_reactions(message, "2️⃣")
    becomes(chat, message, {chat.anna.id: 1})
    chat.server.react(chat.bert, message, "4️⃣")
    becomes(chat, message, {chat.bert.id: 4, chat.anna.id: 1})
    chat.server.clear_reactions(message)
    becomes(chat, message, {})


def test_other_reactions_and_those_of_bots_are_none(chat: Chat) -> None:
    message, _ = chat.piece()
    foreign = chat.server.say(chat.anna, chat.channel, "listen!")
    other_bot = chat.server.add_user("Beep", chat.guild)
    other_bot.is_bot = True
    for emoji in ("❤️", "6️⃣", "🔟", "1️⃣"):
        chat.server.react(other_bot, message, emoji)
    for emoji in ("❤️", "6️⃣", "🔟"):
        chat.server.react(chat.bert, message, emoji)
        chat.server.unreact(chat.bert, message, emoji)
    chat.server.clear_reactions(message, "❤️")
    chat.server.react(chat.bert, foreign, "5️⃣")
    chat.server.clear_reactions(foreign)
    heard(chat, message)
    assert ratings(chat, message) == {}
    assert chat.store.people.data_of(other_bot.id)["reactions"] == []


def test_a_message_shown_again_has_ratings_of_its_own(chat: Chat) -> None:
    message, stored = chat.piece()
    again = chat.slash("show", id=stored.id)
    chat.finish(chat.sent(again))
    chat.server.react(chat.bert, message, "2️⃣")
    chat.server.react(chat.clara, again, "4️⃣")
    becomes(chat, message, {chat.bert.id: 2})
    becomes(chat, again, {chat.clara.id: 4})
    assert {each.user_id: each.value for each in chat.store.ratings.of_piece(stored.id)} == {
        chat.bert.id: 2,
        chat.clara.id: 4,
    }


def test_what_was_missed_is_found(chat: Chat) -> None:
    gone, _ = chat.piece()
    closed, _ = chat.piece()
    message, _ = chat.piece()
    chat.server.react(chat.anna, message, "3️⃣")
    becomes(chat, message, {chat.anna.id: 3})
    many = [chat.server.add_user(f"Listener {number}", chat.guild) for number in range(101)]

    def miss() -> None:
        reactions = message.reactions
        message.reactions = reactions | {
            "3️⃣": [chat.server.bot],
            "5️⃣": [chat.server.bot, chat.bert, *many],
        }
        gone.channel.messages = {k: v for k, v in gone.channel.messages.items() if v is not gone}

    chat.server.do(miss)
    chat.server.fail_next("GET", f"/messages/{closed.id}$", 403)
    cog = chat.running.bot.get_cog("RatingsCog")
    assert cog is not None
    chat.running.call(cog.reconcile.restart)  # type: ignore[attr-defined]
    becomes(chat, message, {user.id: 5 for user in (chat.bert, *many)})
    chat.server.wait(lambda: chat.row(gone).reconciled_at and chat.row(closed).reconciled_at)
    chat.server.pardon("10008")


def test_a_fault_does_not_end_the_comparing_for_good(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.piece()
    failed = []

    async def compare(*_: object) -> None:
        failed.append(True)
        raise RuntimeError("a fault")

    cog = chat.running.bot.get_cog("RatingsCog")
    assert isinstance(cog, bot.ratings.RatingsCog)
    with monkeypatch.context() as patch:
        patch.setattr(bot.ratings, "compare", compare)
        chat.running.call(cog.reconcile.restart)
        chat.server.wait(lambda: failed)
        chat.running.do(asyncio.sleep(0.1))
    assert cog.reconcile.is_running()
    assert not cog.reconcile.failed()
