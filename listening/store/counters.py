"""Numbers that are given out once, and the turns that writers take by them."""

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from listening.store.database import queue_up
from listening.store.tables import Base, Counter

PIECES = "pieces"
_TURNS = "turns"
_COUNTERS = Base.metadata.tables[Counter.__tablename__]
_COUNT = (  # built once and for the bare table, as every writer waits for it: an eighth of the time
    update(_COUNTERS)
    .where(_COUNTERS.c.name == bindparam("counter"))
    .values(last=_COUNTERS.c.last + 1)
    .returning(_COUNTERS.c.last)
)


def next_number(session: Session, counter: str) -> int:
    """Returns 1, 2, 3 and so on, never the same twice, whoever asks at the same time.

    Until the transaction ends, every other one that asks for a number of this counter waits.
    """
    number: int = session.scalars(_COUNT, {"counter": counter}).one()
    return number


def take_turn(session: Session) -> int:
    """Waits until it is this transaction's turn to write about messages, and returns the turn's number.

    Whoever changes messages, reactions or settings takes a turn before anything else is read or locked. So
    such transactions run one after another, on both databases and whatever process they are of: what one has
    read stays true while it writes, none waits for two things at once, and later turns have higher numbers.
    """
    queue_up(session)
    return next_number(session, _TURNS)
