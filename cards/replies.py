"""Private sentences, which only whoever clicked or typed sees: refusals and confirmations."""

from enum import StrEnum

from cards.catalogue import text
from cards.foreign import escaped
from cards.message import Message
from cards.settings import channels
from cards.waiting import SENTENCE_CHARACTERS


class Refusal(StrEnum):
    """Why something is not done; each value is the key of its sentence, with its places beside it."""

    USER_LIMIT = "refusal.user_limit"  # count
    GUILD_LIMIT = "refusal.guild_limit"  # count
    COOLDOWN = "refusal.cooldown"  # duration
    QUEUE_FULL = "refusal.queue_full"
    NO_PERMISSION = "refusal.no_permission"  # permission
    BOT_PERMISSION = "refusal.bot_permission"  # permission
    GUILD_ONLY = "refusal.guild_only"
    NOT_REQUESTER = "refusal.not_requester"
    UNKNOWN_PIECE = "refusal.unknown_piece"  # id
    OTHER_SERVER = "refusal.other_server"
    NOT_READY = "refusal.not_ready"
    DELETED_PIECE = "refusal.deleted_piece"
    NOTHING_TO_CANCEL = "refusal.nothing_to_cancel"
    NOT_WAITING = "refusal.not_waiting"
    NO_WORKER = "refusal.no_worker"
    REDIS_AWAY = "refusal.redis_away"
    DATABASE_AWAY = "refusal.database_away"
    PRIMER_TOO_LARGE = "refusal.primer_too_large"  # size
    NOT_MIDI = "refusal.not_midi"
    PRIMER_UNREADABLE = "refusal.primer_unreadable"
    PRIMER_LOST = "refusal.primer_lost"
    DATA_TOO_LARGE = "refusal.data_too_large"  # size
    NO_STUDY = "refusal.no_study"
    ALL_HEARD = "refusal.all_heard"
    EXCERPTS_TOO_LARGE = "refusal.excerpts_too_large"  # size
    NO_REPORT = "refusal.no_report"
    NO_VOTES = "refusal.no_votes"
    EXPIRED = "refusal.expired"
    LATE = "refusal.late"
    UNEXPECTED = "refusal.unexpected"


class Notice(StrEnum):
    """What was done, told to whoever did it; each value is the key of its sentence."""

    CANCELED = "notice.canceled"  # title
    CANCELING = "notice.canceling"  # title
    CANCELED_ALL = "notice.canceled_all"  # count
    DELETED = "notice.deleted"


def reply(sentence: Refusal | Notice, locale: str, **values: str | int) -> Message:
    """Returns a private sentence; what stands in `values` is shown as it is, whoever wrote it.

    Raises:
        KeyError: if `values` lacks one of the sentence's places.
    """
    shown = {name: escaped(value) if isinstance(value, str) else value for name, value in values.items()}
    return Message(content=text(sentence, locale, **shown))


def wrong_channel(channel_ids: tuple[int, ...], locale: str) -> Message:
    """Returns the refusal to compose in a channel, with those where it is allowed."""
    return Message(content=text("refusal.wrong_channel", locale, channels=channels(channel_ids, locale)))


def refused(sentence: str) -> Message:
    """Returns, in private, a refusal that another package has worded, as `str(RequestError)` is."""
    return Message(content=escaped(sentence, SENTENCE_CHARACTERS))
