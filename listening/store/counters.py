"""Numbers that are given out once, and the turns that writers take by them."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from listening.store.tables import Counter

PIECES = "pieces"
_TURNS = "turns"


def next_number(session: Session, counter: str) -> int:
    """Returns 1, 2, 3 and so on, never the same twice, whoever asks at the same time.

    Until the transaction ends, every other one that asks for a number of this counter waits.
    """
    count = update(Counter).where(Counter.name == counter).values(last=Counter.last + 1)
    return session.scalars(count.returning(Counter.last)).one()


def take_turn(session: Session) -> int:
    """Waits until it is this transaction's turn to write about messages, and returns the turn's number.

    Whoever changes messages, reactions or settings takes a turn before anything else is read or locked. So
    such transactions run one after another, on both databases and whatever process they are of: what one has
    read stays true while it writes, none waits for two things at once, and later turns have higher numbers.
    """
    return next_number(session, _TURNS)
