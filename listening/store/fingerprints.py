"""The fingerprints of pieces, with which new ones are compared."""

from sqlalchemy import ForeignKey, LargeBinary, func, select
from sqlalchemy.orm import Mapped, mapped_column

from jobs.fingerprints import PieceFingerprints
from listening.store.database import Transaction
from listening.store.tables import Base, Piece


class FingerprintsRow(Base):
    """The fingerprints of a piece; they go with it."""

    __tablename__ = "fingerprints"

    piece_id: Mapped[str] = mapped_column(ForeignKey(Piece.id, ondelete="CASCADE"), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Fingerprints:
    """The fingerprints of pieces; every method is a transaction, with errors as those of `Store`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def count(self) -> int:
        """Returns how many pieces have fingerprints; those that older versions of Etude stored have none."""
        with self._transaction() as session:
            return session.scalars(select(func.count()).select_from(FingerprintsRow)).one()

    def latest(self, limit: int) -> list[PieceFingerprints]:
        """Returns those of up to `limit` pieces, the highest number first."""
        newest = (
            select(Piece.id, Piece.created_at, FingerprintsRow.data)
            .join(FingerprintsRow, FingerprintsRow.piece_id == Piece.id)
            .order_by(Piece.number.desc())
            .limit(limit)
        )
        with self._transaction() as session:
            return [PieceFingerprints(*row) for row in session.execute(newest)]
