from collections.abc import Callable

import pytest

from model.evaluation.notes import NoteTable
from model.performance import Note

Table = Callable[..., NoteTable]


@pytest.fixture(scope="session")
def table() -> Table:
    """A table from (pitch, start, end) or (pitch, start, end, velocity)."""

    def make(*notes: tuple[float, ...]) -> NoteTable:
        return NoteTable.of(
            [Note(int(pitch), int(rest[0]) if rest else 64, start, end) for pitch, start, end, *rest in notes]
        )

    return make
