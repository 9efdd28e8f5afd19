"""A reaction that stands under a message, and which one of a listener's is the rating."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Standing:
    """A reaction of a listener that stands.

    Attributes:
        value: 1..5.
        turn: number of the turn in which it was stored; no two events have the same.
        is_heard: whether the event of its being set was heard, last in this turn. If not, it was learned by
            asking Discord what stands: it came before this turn, at nobody knows what time.
        learned_at: when it was stored, in UTC.
    """

    value: int
    turn: int
    is_heard: bool
    learned_at: datetime


def rating(standing: Collection[Standing]) -> Standing | None:
    """Returns the reaction that counts among all that a listener has standing about one piece.

    The one that was set last counts. Where events were missed, and any of several values may therefore be
    the last one, none counts until the listener acts: sets one, or removes the others.
    """
    last_heard = max((reaction.turn for reaction in standing if reaction.is_heard), default=0)
    may_be_last = [reaction for reaction in standing if reaction.turn >= last_heard]
    values = {reaction.value for reaction in may_be_last}
    return max(may_be_last, key=lambda reaction: reaction.turn) if len(values) == 1 else None
