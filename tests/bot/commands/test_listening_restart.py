"""A bot that ends between question and vote; the next one takes the vote."""

from redis import Redis

from jobs.settings import Settings
from listening.store.store import Store
from tests.bot.commands.chat import Chat
from tests.bot.commands.evening import asked, opened, voted
from tests.bot.commands.running_bot import RunningBot
from tests.discord_server.server import DiscordServer


def test_votes_outlive_the_bot(
    discord_server: DiscordServer, bot_settings: Settings, store: Store, server: str, redis: Redis
) -> None:
    study = opened(store, {"romantic": 8, "human": 8})
    with RunningBot(bot_settings, store, server, discord_server) as first:
        chat = Chat(discord_server, first, store, redis)
        duel = asked(chat, chat.anna, "duel")
        rating = asked(chat, chat.bert, "listen", count=2)
    discord_server.wait(lambda: not discord_server.is_connected)
    with RunningBot(bot_settings, store, server, discord_server):
        voted(chat, chat.anna, duel, "A")
        voted(chat, chat.bert, rating, "4")
        assert "2 of 2" in rating.content
        voted(chat, chat.bert, rating, "5")
    assert "Your answer: **A**" in duel.content
    assert [vote.answer for vote in store.studies.votes(study.name)] == ["first", "4", "5"]
    assert discord_server.complaints == []
