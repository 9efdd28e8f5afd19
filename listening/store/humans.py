"""Pieces by people, kept for studies to come."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select

from listening.store.counters import take_turn
from listening.store.database import Transaction
from listening.store.study_tables import HumanExcerpt


@dataclass(frozen=True)
class StoredHuman:
    """A piece by people: what is told of it after a vote, and its MIDI file."""

    title: str
    attribution: str
    licence: str
    midi: bytes = field(repr=False)


class Humans:
    """Pieces by people; every method is a transaction, with errors as those of `Store`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, midi_sha256: str, human: StoredHuman) -> bool:
        """Keeps a piece by people for studies to come; returns whether it was not there yet."""
        with self._transaction() as session:
            take_turn(session)
            if session.get(HumanExcerpt, midi_sha256) is not None:
                return False
            session.add(HumanExcerpt(midi_sha256=midi_sha256, added_at=datetime.now(UTC), **asdict(human)))
            return True

    def all(self) -> list[StoredHuman]:
        """Returns the pieces by people that were added, the first first."""
        query = select(HumanExcerpt).order_by(HumanExcerpt.added_at, HumanExcerpt.midi_sha256)
        with self._transaction() as session:
            return [
                StoredHuman(row.title, row.attribution, row.licence, row.midi)
                for row in session.scalars(query)
            ]
