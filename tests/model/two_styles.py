"""Two styles that anybody tells apart, in the key of a seed."""

from model.note_table import NoteTable
from model.performance import Note


def waltz(seed: int, velocity: int = 64, lag: float = 0.0, bars: int = 40) -> list[Note]:
    """A bass and two chords, a second a bar."""
    notes = []
    for bar in range(bars):
        root = 40 + seed % 5 + (0, 5, 7, 0)[bar % 4]
        notes.append(Note(root, velocity, bar + lag, bar + 0.3))
        notes += [
            Note(root + degree, velocity, bar + beat / 3, bar + beat / 3 + 0.2)
            for beat in (1, 2)
            for degree in (16, 19, 24)
        ]
    return notes


def run(seed: int, seconds: int = 40) -> list[Note]:
    """A scale up and down, quickly."""
    steps = [*range(15), *range(13, 0, -1)]
    return [
        Note(55 + seed % 5 + steps[place % 28] * 2, 64, place / 8, place / 8 + 0.1)
        for place in range(8 * seconds)
    ]


def waltz_table(seed: int) -> NoteTable:
    return NoteTable.of(waltz(seed))


def run_table(seed: int) -> NoteTable:
    return NoteTable.of(run(seed))
