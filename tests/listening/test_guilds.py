from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from listening.store.errors import GuildError, RevisionError
from listening.store.guilds import GuildChanges, GuildSettings
from listening.store.store import Store, open_store

GUILD = 2**63 - 1


def test_a_server_that_set_nothing_has_the_defaults(store: Store) -> None:
    assert store.guilds.settings(GUILD) == GuildSettings()
    assert store.guilds.change(GUILD) == GuildSettings()


def test_what_was_set_comes_back_and_the_rest_stays(store: Store) -> None:
    store.guilds.change(GUILD, default_style="baroque", channel_ids=(2**62, 7))
    changed = store.guilds.change(GUILD, default_length_seconds=90.5, is_voting_on=False, user_limit=1)
    assert changed == GuildSettings(
        default_style="baroque",
        default_length_seconds=90.5,
        channel_ids=(2**62, 7),
        user_limit=1,
        is_voting_on=False,
    )
    assert store.guilds.settings(GUILD) == changed
    assert store.guilds.settings(1) == GuildSettings()


def test_none_takes_a_setting_back(store: Store) -> None:
    store.guilds.change(GUILD, default_style="baroque", user_limit=1, channel_ids=(1,), is_voting_on=False)
    back = store.guilds.change(
        GUILD, default_style=None, user_limit=None, channel_ids=None, is_voting_on=None
    )
    assert back == store.guilds.settings(GUILD) == GuildSettings()


def test_a_value_that_is_not_allowed_is_a_sentence_and_changes_nothing(store: Store) -> None:
    store.guilds.change(GUILD, is_voting_on=False)
    refused: list[GuildChanges] = [
        {"default_length_seconds": 9.9},
        {"default_length_seconds": float("nan")},
        {"user_limit": 0},
        {"default_style": "a\0b"},
        {"default_style": "a" * 101},
    ]
    for changes in refused:
        both: GuildChanges = {"is_voting_on": True, **changes}
        sentence = rf"^The setting {next(iter(changes))} was refused \(.+\): .+\.$"
        with pytest.raises(GuildError, match=sentence):
            store.guilds.change(GUILD, **both)
    assert store.guilds.settings(GUILD) == GuildSettings(is_voting_on=False)


def test_settings_of_another_version_are_told_from_damage_and_can_be_set_anew(
    store: Store, database_url: str
) -> None:
    store.guilds.change(GUILD, user_limit=1)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE guild_settings SET user_limit = 1000"))
    engine.dispose()
    with pytest.raises(RevisionError, match="set them anew"):
        store.guilds.settings(GUILD)
    assert store.guilds.change(GUILD, user_limit=2).user_limit == 2


def test_moderators_at_once_lose_nothing(store: Store, database_url: str, tmp_path: Path) -> None:
    with open_store(database_url, tmp_path) as other, ThreadPoolExecutor(2) as threads:
        for guild_id in range(5):
            changes = [
                threads.submit(store.guilds.change, guild_id, default_style="baroque"),
                threads.submit(other.guilds.change, guild_id, user_limit=9),
            ]
            assert all(change.result() for change in changes)
            assert store.guilds.settings(guild_id) == GuildSettings(default_style="baroque", user_limit=9)
