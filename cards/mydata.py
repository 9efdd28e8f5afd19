"""What `/mydata` answers: everything that is stored about somebody, or that nothing is any more."""

from cards.catalogue import text
from cards.figures import number
from cards.message import Attachment, Message

FILENAME = "etude-data.json"


def my_data(requests: int, reactions: int, votes: int, locale: str) -> Message:
    """Returns the message that goes with the file of everything that is stored about somebody.

    Where nothing is stored there is no file either.
    """
    if not requests and not reactions and not votes:
        return Message(content=text("mydata.empty", locale))
    return Message(
        content=_counted("mydata.text", requests, reactions, votes, locale),
        attachments=(Attachment(FILENAME, text("mydata.file", locale)),),
    )


def my_data_deleted(requests: int, reactions: int, votes: int, locale: str) -> Message:
    """Returns how much was deleted of what was stored about somebody."""
    return Message(content=_counted("mydata.deleted", requests, reactions, votes, locale))


def _counted(key: str, requests: int, reactions: int, votes: int, locale: str) -> str:
    counts = {"requests": requests, "reactions": reactions, "votes": votes}
    return text(key, locale, **{name: number(count, locale) for name, count in counts.items()})
