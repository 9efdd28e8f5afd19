"""`/settings`: what holds for a server, changed by those who may manage it."""

from typing import Any

import pytest

from listening.store.guilds import GuildSettings
from tests.bot.commands.chat import Chat
from tests.discord_server.invocation import NotOfferedError
from tests.discord_server.permissions import Permission


def held(chat: Chat) -> GuildSettings:
    return chat.store.guilds.settings(chat.guild.id)


def test_they_are_shown(chat: Chat) -> None:
    page = chat.page("settings", chat.owner)
    assert "Settings of this server" in page
    assert "Saved" not in page
    assert chat.page("settings", chat.owner, "de") != page


def test_members_are_not_offered_them(chat: Chat) -> None:
    for user in (chat.anna, chat.clara):
        with pytest.raises(NotOfferedError):
            chat.private("settings", user, voting=False)
    manager = chat.server.add_user("Max", chat.guild, Permission.MANAGE_GUILD)
    assert "Saved." in chat.page("settings", manager, voting=False)


def test_the_bot_itself_refuses_whoever_may_not_manage_the_server(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever manages a server may open every command to everybody; this one stays closed."""
    monkeypatch.setitem(chat.server.commands["settings"], "default_member_permissions", None)
    for user in (chat.anna, chat.clara):
        assert chat.private("settings", user, voting=False) == (
            "You need the permission “manage guild” for this: ask a moderator."
        )
    assert held(chat) == GuildSettings()


def test_everything_can_be_changed(chat: Chat) -> None:
    other = chat.server.add_channel(chat.guild, "music")
    changes: dict[str, Any] = {
        "default_style": "Ragtime",
        "default_length": "1:30",
        "add_channel": other,
        "user_limit": 7,
        "voting": False,
    }
    page = chat.page("settings", chat.owner, **changes)
    assert "Saved." in page
    assert "90 s" in page
    assert held(chat) == GuildSettings(
        default_style="ragtime",
        default_length_seconds=90,
        channel_ids=(other.id,),
        user_limit=7,
        is_voting_on=False,
    )
    chat.page("settings", chat.owner, add_channel=chat.channel)
    chat.page("settings", chat.owner, add_channel=chat.channel)
    assert held(chat).channel_ids == (other.id, chat.channel.id)
    chat.page("settings", chat.owner, remove_channel=other, voting=True)
    assert held(chat).channel_ids == (chat.channel.id,)
    assert held(chat).is_voting_on
    chat.page("settings", chat.owner, default_style="any", remove_channel=chat.channel)
    assert (held(chat).default_style, held(chat).channel_ids) == (None, ())


def test_a_channel_that_was_deleted_is_let_go(chat: Chat) -> None:
    chat.store.guilds.change(chat.guild.id, channel_ids=(1, chat.channel.id))
    chat.page("settings", chat.owner, remove_channel=chat.channel)
    assert held(chat).channel_ids == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"default_style": "techno"}, "is not known"),
        ({"default_style": "x" * 1000, "voting": False}, "is not known"),
        ({"default_length": "9"}, "10 to 300"),
        ({"default_length": "**", "user_limit": 9}, "10 to 300"),
    ],
)
def test_nothing_of_what_is_partly_wrong_is_changed(chat: Chat, changes: dict[str, Any], words: str) -> None:
    assert words in chat.private("settings", chat.owner, **changes)
    assert held(chat) == GuildSettings()


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_discord_keeps_the_limit_in_its_bounds(chat: Chat, limit: int) -> None:
    with pytest.raises(NotOfferedError):
        chat.page("settings", chat.owner, user_limit=limit)


def test_no_style_can_be_set_before_any_worker_was_heard(alone: Chat) -> None:
    assert alone.private("settings", alone.owner, default_style="ragtime").startswith("No worker is there")


def test_styles_are_offered(chat: Chat) -> None:
    choices = chat.server.autocomplete(chat.owner, chat.channel, "settings", "default_style", "rag")
    assert [choice["value"] for choice in choices] == ["ragtime"]
    choices = chat.server.autocomplete(chat.owner, chat.channel, "settings", "default_style", "")
    assert choices[0] == {"name": "any", "value": "any"}


def test_without_voting_no_reactions_are_set(chat: Chat) -> None:
    chat.page("settings", chat.owner, voting=False)
    silent, _ = chat.piece()
    chat.page("settings", chat.owner, voting=True)
    message, _ = chat.piece()
    assert (len(message.reactions), silent.reactions) == (5, {})
