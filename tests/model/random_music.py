"""Random music, moved and changed, to find returns in."""

import numpy as np

from model.performance import Note


def music(seconds: int, seed: int) -> list[Note]:
    """Random chords of two notes, three times a second."""
    random = np.random.default_rng(seed)
    return [
        Note(int(pitch), 64, step / 3, step / 3 + 0.3)
        for step in range(3 * seconds)
        for pitch in np.sort(random.choice(np.arange(40, 80), 2, replace=False))
    ]


def moved(notes: list[Note], seconds: float, semitones: int = 0, tempo: float = 1.0) -> list[Note]:
    return [
        Note(note.pitch + semitones, note.velocity, note.start / tempo + seconds, note.end / tempo + seconds)
        for note in notes
    ]


def changed(notes: list[Note], share: float, seed: int = 0) -> list[Note]:
    """The same with so many of the pitches raised beyond all others."""
    random = np.random.default_rng(seed)
    which = set(random.choice(len(notes), round(share * len(notes)), replace=False).tolist())
    return [
        note._replace(pitch=note.pitch + 44 - note.pitch % 3) if place in which else note
        for place, note in enumerate(notes)
    ]
