"""What a server's moderators have set."""

from typing import Annotated, TypedDict, Unpack

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from jobs.options import DEFAULT_LENGTH_SECONDS
from jobs.request import LENGTH_SECONDS
from listening.store.counters import take_turn
from listening.store.database import Transaction
from listening.store.errors import GuildError, RevisionError
from listening.store.tables import Guild


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("characters that do not print")
    return text


class GuildSettings(BaseModel):
    """A server's settings, with what holds where nothing was set.

    Attributes:
        default_style: of a piece for which no style is asked for; None leaves it open.
        default_length_seconds: of a piece for which no length is asked for.
        channel_ids: of the channels in which pieces may be asked for; none for all.
        user_limit: how many unfinished requests a person may have.
        is_voting_on: whether messages get the reactions by which listeners rate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    default_style: Annotated[str, Field(max_length=100), AfterValidator(_printable)] | None = None
    default_length_seconds: float = Field(
        default=DEFAULT_LENGTH_SECONDS, ge=LENGTH_SECONDS.low, le=LENGTH_SECONDS.high
    )
    channel_ids: tuple[int, ...] = ()
    user_limit: int = Field(default=3, ge=1, le=100)
    is_voting_on: bool = True


class GuildChanges(TypedDict, total=False):
    """Settings that are to be changed; None takes one back to what holds where nothing was set."""

    default_style: str | None
    default_length_seconds: float | None
    channel_ids: tuple[int, ...] | None
    user_limit: int | None
    is_voting_on: bool | None


class Guilds:
    """The settings of servers; every method is a transaction, with errors as those of `Store`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def settings(self, guild_id: int) -> GuildSettings:
        """Returns a server's settings.

        Raises:
            RevisionError: they were written by a version that allowed other values.
        """
        with self._transaction() as session:
            return settings_of(session, guild_id)

    def change(self, guild_id: int, **changes: Unpack[GuildChanges]) -> GuildSettings:
        """Changes some settings of a server, and returns all as they are now.

        Raises:
            GuildError: a value is not allowed; nothing is changed.
        """
        with self._transaction() as session:
            take_turn(session)
            guild = session.get(Guild, guild_id)
            if guild is None:
                guild = Guild(guild_id=guild_id)
                session.add(guild)
            for name, value in changes.items():
                setattr(guild, name, value)
            try:
                return _settings(guild)
            except ValidationError as error:
                trouble = error.errors()[0]
                reason = f"{trouble['msg'][:1].lower()}{trouble['msg'][1:]}"
                raise GuildError(
                    f"The setting {trouble['loc'][0]} was refused ({reason}): give another value."
                ) from error


def settings_of(session: Session, guild_id: int) -> GuildSettings:
    """Returns a server's settings as a transaction sees them, with errors as `Guilds.settings`."""
    guild = session.get(Guild, guild_id)
    try:
        return GuildSettings() if guild is None else _settings(guild)
    except ValidationError as error:
        raise RevisionError(
            "This server's settings were written by a version of Etude that this one cannot read: "
            "update Etude, or set them anew."
        ) from error


def _settings(guild: Guild) -> GuildSettings:
    values = {name: getattr(guild, name) for name in GuildSettings.model_fields}
    return GuildSettings.model_validate({name: value for name, value in values.items() if value is not None})
