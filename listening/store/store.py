"""The memory of Etude: every piece with its recipe and its files, and the way to all else that it keeps."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Self

from pydantic import ValidationError
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from jobs.result import GenerationResult
from listening.store.counters import PIECES, next_number, take_turn
from listening.store.database import Transaction, connect, may_be_id, transaction, translated
from listening.store.errors import PieceError, RevisionError
from listening.store.fingerprints import Fingerprints, FingerprintsRow
from listening.store.guilds import Guilds
from listening.store.humans import Humans
from listening.store.listening_sets import ListeningSets
from listening.store.message import State, end
from listening.store.messages import Messages
from listening.store.migration import migrate
from listening.store.people import People
from listening.store.questions import Questions
from listening.store.ratings import Ratings
from listening.store.studies import Studies, withdraw
from listening.store.tables import Counter, Memory, Message, Piece


@dataclass(frozen=True)
class StoredPiece:
    """A piece as it was stored.

    Attributes:
        result: request, measured figures and all that made the piece.
        created_at: when it was stored, in UTC.
        midi: the MIDI file.
        primer: the MIDI file that it continues, without which its recipe cannot be regenerated.
    """

    result: GenerationResult
    created_at: datetime
    midi: bytes
    primer: bytes | None


class Store:
    """An open database. Threads may share one, processes open one each; every method is a transaction.

    Every method raises `DatabaseError` where the database fails.

    Attributes:
        messages: requests made in chat, and the messages that answer them.
        ratings: the reactions under those.
        guilds: the settings of servers.
        people: what is stored about a person.
        fingerprints: of pieces, with which new ones are compared.
        humans: pieces by people, for studies.
        studies: listening studies, made and counted.
        questions: what the open study asks listeners.
        listening_sets: how far listeners are with a set of its ratings.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._transaction: Transaction = partial(transaction, engine, Lock())
        self.messages = Messages(self._transaction)
        self.ratings = Ratings(self._transaction)
        self.guilds = Guilds(self._transaction)
        self.people = People(self._transaction)
        self.fingerprints = Fingerprints(self._transaction)
        self.humans = Humans(self._transaction)
        self.studies = Studies(self._transaction)
        self.questions = Questions(self._transaction)
        self.listening_sets = ListeningSets(self._transaction)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that no thread uses any more."""
        self._engine.dispose()

    def name(self) -> str:
        """Returns the name of this memory, 16 hexadecimal digits that no other one has."""
        with self._transaction() as session:
            return session.scalars(select(Memory.name)).one()

    def next_number(self) -> int:
        """Returns 1, 2, 3 and so on, never the same twice, whoever asks at the same time.

        A number whose piece is not composed in the end stays unused.
        """
        with self._transaction() as session:
            return next_number(session, PIECES)

    def add_piece(
        self, result: GenerationResult, midi: bytes, primer: bytes | None, fingerprints: bytes | None = None
    ) -> bool:
        """Stores a piece; the same one again, as after a repeated final event, changes nothing.

        Args:
            result: all about it.
            midi: the MIDI file.
            primer: the MIDI file that it continues, if it does.
            fingerprints: as its worker made them; None where it made none.

        Returns:
            whether it is stored now; False where its message was deleted: then nobody wants it any more.

        Raises:
            PieceError: the files are not those of the result, or its id or number is taken by another piece.
        """
        if hashlib.sha256(midi).hexdigest() != result.midi_sha256:
            raise PieceError(f"The MIDI file of piece {result.id} arrived damaged: compose the piece again.")
        primer_sha256 = None if primer is None else hashlib.sha256(primer).hexdigest()
        if primer_sha256 != result.request.primer_sha256:
            raise PieceError(
                f"The primer of piece {result.id} is not the one that was asked for: compose the piece again."
            )
        request = result.request
        piece = Piece(
            id=request.id,
            number=request.number,
            created_at=datetime.now(UTC),
            style=request.style,
            checkpoint=result.checkpoint,
            sampler=result.sampler,
            midi_sha256=result.midi_sha256,
            result=result.model_dump(mode="json"),
            midi=midi,
            primer=primer,
        )
        # A number that was given out by a database since lost: later numbers must come after it.
        overtake = update(Counter).where(Counter.name == PIECES, Counter.last < request.number)
        try:
            with self._transaction() as session:
                take_turn(session)
                message = session.get(Message, request.id)
                if message is not None and message.state == State.DELETED:
                    return False
                session.add(piece)
                if fingerprints is not None:
                    session.flush()  # the piece first: the tables know each other, the objects do not
                    session.add(FingerprintsRow(piece_id=piece.id, data=fingerprints))
                session.execute(overtake.values(last=request.number))
        except IntegrityError as error:
            self._require_same(result, error)
        return True

    def piece(self, piece_id: str) -> StoredPiece | None:
        """Returns a piece, or None where there is none of that id.

        Raises:
            RevisionError: it was written by a version whose results this one does not understand.
        """
        if not may_be_id(piece_id):
            return None
        with self._transaction() as session:
            piece = session.get(Piece, piece_id)
            return None if piece is None else _stored(piece)

    def latest(self, limit: int) -> list[StoredPiece]:
        """Returns up to `limit` pieces, the highest number first.

        Raises:
            RevisionError: as `piece`.
        """
        with self._transaction() as session:
            return [
                _stored(piece)
                for piece in session.scalars(select(Piece).order_by(Piece.number.desc()).limit(limit))
            ]

    def count(self) -> int:
        """Returns how many pieces there are."""
        with self._transaction() as session:
            return session.scalars(select(func.count()).select_from(Piece)).one()

    def delete_piece(self, piece_id: str) -> bool:
        """Removes a piece with its files, and returns whether there was one; its number is not used again.

        Its messages are deleted with it (`State.DELETED`), those of renderings that still wait too: their
        reactions, and so the piece's ratings, who asked for them and what for are not kept. Its excerpts in
        studies are withdrawn with their files; votes on them stay, but do not count.
        """
        if not may_be_id(piece_id):
            return False
        removal = delete(Piece).where(Piece.id == piece_id).returning(Piece.id)
        shown = select(Message).where(Message.piece_id == piece_id, Message.state != State.DELETED)
        with self._transaction() as session:
            take_turn(session)
            if session.scalars(removal).first() is None:
                return False
            for message in session.scalars(shown):
                end(session, message, State.DELETED)
            withdraw(session, piece_id)
            return True

    def _require_same(self, result: GenerationResult, error: IntegrityError) -> None:
        with self._transaction() as session:
            stored = session.scalars(select(Piece.midi_sha256).where(Piece.id == result.id)).first()
        if stored is None:
            raise PieceError(
                f"No. {result.request.number} is another piece already: compose piece {result.id} again."
            ) from error
        if stored != result.midi_sha256:
            raise PieceError(
                f"Piece {result.id} is stored with other notes already: compose it again under a new id."
            ) from error


def open_store(url: str | None, data_dir: Path) -> Store:
    """Opens the database, which is made or brought to this version's tables first.

    Args:
        url: as `DATABASE_URL`, its secret revealed; None for the SQLite file `etude.db` in `data_dir`.
        data_dir: folder of everything that is kept on disk; made where it is missing.

    Raises:
        DatabaseError: it cannot be opened, reached or written, or is no database.
        RevisionError: it was written by a newer version.
    """
    engine = connect(url, data_dir)
    try:
        with translated(engine.url):
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def _stored(piece: Piece) -> StoredPiece:
    try:
        result = GenerationResult.model_validate(piece.result)
    except ValidationError as error:
        raise RevisionError(
            f"Piece {piece.id} was written by a version of Etude that this one cannot read: update Etude."
        ) from error
    return StoredPiece(result=result, created_at=piece.created_at, midi=piece.midi, primer=piece.primer)
