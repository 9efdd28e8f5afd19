"""A folder of MIDI files as the music of one new style: what to learn from, and what to judge by."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from model.corpus import ESTIMATED_KEY_CONFIDENCE, ManifestRow, evenly, prepare
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

HELD_SHARE = 0.2
"""So many of the files are held back to judge by, at least one and at most `MOST_HELD`."""

MOST_HELD = 12
LEAST_FILES = 5
"""With fewer files none is held back whole, but the last `HELD_SHARE` of each."""


@dataclass(frozen=True)
class OwnMusic:
    """The music of a new style.

    Attributes:
        learnt: pieces to learn from.
        held: pieces to judge by, never learnt from.
        files: how many files they come from.
    """

    learnt: tuple[Piece, ...]
    held: tuple[Piece, ...]
    files: int

    @property
    def seconds(self) -> float:
        """How long all of it lasts."""
        return sum(piece.total_steps for piece in (*self.learnt, *self.held)) / STEPS_PER_SECOND


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
    return set_aside(pieces)


def set_aside(pieces: Sequence[Piece]) -> OwnMusic:
    """Divide pieces into those to learn from and those to judge by."""
    if len(pieces) < LEAST_FILES:
        halves = [_divided(piece) for piece in pieces]
        parts = [tuple(part for part in each if part.events.size) for each in zip(*halves, strict=True)]
        return OwnMusic(parts[0], parts[1], len(pieces))
    held = evenly(range(len(pieces)), min(max(round(HELD_SHARE * len(pieces)), 1), MOST_HELD))
    return OwnMusic(
        tuple(piece for place, piece in enumerate(pieces) if place not in held),
        tuple(pieces[place] for place in held),
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


def _divided(piece: Piece) -> tuple[Piece, Piece]:
    """A piece up to the last `HELD_SHARE` of its onsets, and the rest."""
    notes = decode(piece.events)
    border = round((1 - HELD_SHARE) * len(notes))
    first, last = (encode(from_first_onset(part)) for part in (notes[:border], notes[border:]))
    return replace(piece, events=first), replace(piece, events=last)
