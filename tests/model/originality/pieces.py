"""Notes as the tests of originality need them."""

import numpy as np

from model.performance import Note, encode
from model.piece import Piece


def tune(seed: int, count: int = 120) -> list[Note]:
    """Notes that nobody else plays: chords of one to three keys, one every 0.2 s."""
    random = np.random.default_rng(seed)
    notes: list[Note] = []
    while len(notes) < count:
        start = 0.2 * len({note.start for note in notes})
        pitches = random.choice(np.arange(40, 90), size=int(random.integers(1, 4)), replace=False)
        notes += [Note(int(pitch), 64, start, start + 0.15) for pitch in pitches]
    return notes[:count]


def piece_of(notes: list[Note]) -> Piece:
    """A piece of a corpus that has these notes."""
    return Piece(encode(notes))


def after(notes: list[Note], others: list[Note]) -> list[Note]:
    """Some notes, and others after them."""
    end = max((note.end for note in notes), default=0.0) + 0.2
    return notes + [note._replace(start=note.start + end, end=note.end + end) for note in others]


def disguised(notes: list[Note]) -> list[Note]:
    """The same notes a fourth higher, with other velocities, a tenth faster."""
    return [
        Note(note.pitch + 5, 30 + place % 70, 0.9 * note.start, 0.9 * note.end)
        for place, note in enumerate(notes)
    ]
