"""A rating by a reaction under a piece's message: public, and never mixed with a study's votes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReactionRating:
    """What a listener thinks of a piece, by the reaction that counts.

    Attributes:
        listener: who, by a number that means nothing outside of this reading.
        piece_id: of the piece.
        number: of the piece, as in "No. 1041".
        style: of the piece; None for any.
        value: 1..5.
        is_requester: whether the listener asked for the piece.
    """

    listener: int
    piece_id: str
    number: int
    style: str | None
    value: int
    is_requester: bool
