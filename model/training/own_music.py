"""A folder of MIDI files as the music of one new style, in two halves, each of which judges the other."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from model.corpus import ESTIMATED_KEY_CONFIDENCE, ManifestRow, prepare
from model.errors import CorpusError
from model.events import NOTE_ON, STEPS_PER_SECOND
from model.keys import key_correlations
from model.performance import decode, encode, from_first_onset
from model.piece import Piece, Rendition

SUFFIXES = (".mid", ".midi")

MOST_FILES = 1000
"""With more music than this a training from the start is the better way."""

LEAST_NOTES = 1000
"""About two minutes of piano music."""

LEAST_FILES = 4
"""Fewer files are divided themselves, so that either half has something of each."""


@dataclass(frozen=True)
class OwnMusic:
    """The music of a new style.

    Attributes:
        halves: pieces, and others about as long; what is learnt from one half is judged by the other.
        files: how many files they come from.
    """

    halves: tuple[tuple[Piece, ...], tuple[Piece, ...]]
    files: int

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All of it."""
        return self.halves[0] + self.halves[1]

    @property
    def seconds(self) -> float:
        """How long all of it lasts."""
        return sum(piece.total_steps for piece in self.pieces) / STEPS_PER_SECOND


def read_own_music(
    folder: Path, *, processes: int = 1, report: Callable[[int, int, str | None], None] | None = None
) -> OwnMusic:
    """Read all MIDI files in a folder and in those below it.

    Files that cannot be read are left out, and so is one that holds the same notes as another.

    Args:
        folder: where they lie.
        processes: how many processes read at once.
        report: called after each file with the count so far, how many there are and, where one was left
            out, why.

    Raises:
        CorpusError: there is no such folder, or too little or too much in it.
    """
    paths = _midi_files(folder)
    rows = [ManifestRow(path, str(path.relative_to(folder)), "new", None, None, "train") for path in paths]
    corpus = prepare(
        rows,
        processes=processes,
        report=(lambda count, problem: report(count, len(rows), problem)) if report else None,
    )
    found = {
        hashlib.sha256(corpus[place].events.tobytes()).hexdigest(): corpus[place]
        for place in range(len(corpus))
    }
    # By their content's hash: the order is arbitrary, yet the same on every machine.
    pieces = [labelled(found[digest]) for digest in sorted(found)]
    notes = sum(int(piece.is_onset.sum()) for piece in pieces)
    if notes < LEAST_NOTES:
        raise CorpusError(
            f"The MIDI files in {folder} hold {notes:,} notes, too few to learn a style from: give at least "
            f"{LEAST_NOTES:,} (about two minutes); about twenty pieces are best."
        )
    return halved(pieces)


def halved(pieces: Sequence[Piece]) -> OwnMusic:
    """Divide pieces into two halves about as long as each other."""
    if len(pieces) < LEAST_FILES:
        first, last = zip(*(_divided(piece) for piece in pieces), strict=True)
        return OwnMusic((_sounding(first), _sounding(last)), len(pieces))
    longest_first = sorted(pieces, key=lambda piece: -piece.events.size)
    # Of four neighbours in length the outer ones go here, the inner ones there.
    return OwnMusic(
        (
            tuple(piece for place, piece in enumerate(longest_first) if place % 4 in (0, 3)),
            tuple(piece for place, piece in enumerate(longest_first) if place % 4 in (1, 2)),
        ),
        len(pieces),
    )


def _midi_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CorpusError(f"There is no folder {folder}.")
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    paths = sorted(islice(found, MOST_FILES + 1))
    if not paths:
        raise CorpusError(f"There is no MIDI file (.mid or .midi) in {folder}.")
    if len(paths) > MOST_FILES:
        raise CorpusError(
            f"There are more than {MOST_FILES:,} MIDI files in {folder}; give fewer, "
            f"or train on all of them with `etude prepare` and `etude train`."
        )
    return paths


def labelled(piece: Piece) -> Piece:
    """What can be told of a piece from its notes alone: its key if that is plain, and how it was made."""
    pitches = piece.events[piece.is_onset].astype(np.int64) - NOTE_ON
    correlations = key_correlations(np.bincount(pitches % 12, minlength=12).astype(np.float64))
    key = int(correlations.argmax()) if correlations.max() >= ESTIMATED_KEY_CONFIDENCE else None
    rendition = Rendition.SCORE if piece.is_flat else Rendition.PERFORMED
    return replace(piece, key=key, rendition=rendition)


def _sounding(parts: Sequence[Piece]) -> tuple[Piece, ...]:
    return tuple(part for part in parts if part.events.size)


def _divided(piece: Piece) -> tuple[Piece, Piece]:
    """The first half of a piece's notes as a piece, and the second."""
    notes = decode(piece.events)
    border = len(notes) // 2
    first, last = (encode(from_first_onset(part)) for part in (notes[:border], notes[border:]))
    return replace(piece, events=first), replace(piece, events=last)
