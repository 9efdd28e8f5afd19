"""What can go wrong in `bot`.

BotError
├── RefusedError      what somebody asked for is not done; they are told so in private
├── AwayError         Discord does not answer just now; what was to be done is tried again
├── ReportError       how listeners judged cannot be counted just now
└── LoginError        Discord does not let the bot in
"""

from cards.message import Message
from cards.replies import Refusal, reply
from jobs.errors import JobsError, StreetError
from listening.store.errors import DatabaseError, StoreError


class BotError(Exception):
    """Base of every error that `bot` raises on purpose."""


class RefusedError(BotError):
    """What somebody asked for is not done.

    Attributes:
        message: what they are told in private.
    """

    def __init__(self, message: Message) -> None:
        super().__init__(message.content)
        self.message = message


class AwayError(BotError):
    """Discord does not answer just now, or not as it should."""


class ReportError(BotError):
    """How listeners judged cannot be counted just now; `str(error)` says why, for the log."""


class LoginError(BotError):
    """Discord does not let the bot in; `str(error)` says how to mend it."""


def sentence_of(error: JobsError | StoreError, locale: str) -> str:
    """What people are told of an error; addresses and paths stand in the log only."""
    if type(error) is StreetError:  # those below it are about the piece
        return reply(Refusal.REDIS_AWAY, locale).content
    if isinstance(error, DatabaseError):
        return reply(Refusal.DATABASE_AWAY, locale).content
    return str(error)
