"""The fingerprints of a stored piece on their way from SQL to workers, who alone know what the bytes mean."""

from datetime import datetime
from typing import NamedTuple

MAX_BYTES = 8 << 10
"""Of one piece; those of a minute of music are about 300 bytes."""


class PieceFingerprints(NamedTuple):
    """The fingerprints of a piece.

    Attributes:
        piece_id: whose.
        created_at: when it was stored.
        data: as its worker made them, `MAX_BYTES` at most.
    """

    piece_id: str
    created_at: datetime
    data: bytes
