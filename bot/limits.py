"""How much may be asked for: by a person, in a server, of all workers together."""

import time

from redis import Redis

from bot.errors import RefusedError
from bot.place import Place
from cards.figures import duration
from cards.replies import Refusal, reply, wrong_channel
from jobs.settings import Settings
from jobs.street.connection import translated
from jobs.street.queue import open_queue
from listening.store.asking import Asking


class Limits:
    """Says whether somebody may ask for something now and here."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._settings = settings
        self._redis = redis
        self._last: dict[int, float] = {}  # when somebody last asked, for as long as that matters

    def note(self, user_id: int) -> None:
        """Somebody has asked for something just now."""
        now, cooldown = time.monotonic(), self._settings.etude_cooldown_seconds
        recent = {each: then for each, then in self._last.items() if now - then < cooldown}
        self._last = recent | {user_id: now}

    def check(self, place: Place) -> int:
        """What costs little to know, and keeps most of a flood away from the database.

        Returns:
            How many tasks are queued already.

        Raises:
            RefusedError: nothing may be asked for now, or not here.
            StreetError: Redis cannot be asked.
        """
        locale, settings = place.locale, self._settings
        if place.missing:
            raise RefusedError(reply(Refusal.BOT_PERMISSION, locale, permission=", ".join(place.missing)))
        since = time.monotonic() - self._last.get(place.user_id, float("-inf"))
        wait = settings.etude_cooldown_seconds - since
        if wait > 0:
            raise RefusedError(reply(Refusal.COOLDOWN, locale, duration=duration(wait, locale)))
        with translated(self._redis):
            tasks_before = self._redis.llen(open_queue(self._redis).key)
        if tasks_before >= settings.etude_queue_limit:
            raise RefusedError(reply(Refusal.QUEUE_FULL, locale))
        return tasks_before

    def check_books(self, place: Place, asking: Asking) -> None:
        """What the server has set, and how much waits, at the moment of asking.

        Raises:
            RefusedError: as `check`.
        """
        locale, server = place.locale, asking.settings
        if server.channel_ids and not {place.channel_id, place.parent_id} & set(server.channel_ids):
            raise RefusedError(wrong_channel(tuple(server.channel_ids), locale))
        if asking.user_waiting >= server.user_limit:
            raise RefusedError(reply(Refusal.USER_LIMIT, locale, count=server.user_limit))
        if asking.guild_waiting >= self._settings.etude_guild_limit:
            raise RefusedError(reply(Refusal.GUILD_LIMIT, locale, count=self._settings.etude_guild_limit))
