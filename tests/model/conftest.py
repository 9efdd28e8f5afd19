"""Short ways to write down performances, shared by the tests of `model`."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from model.events import EventType, PerformanceEvent, index_of
from model.note_table import NoteTable
from model.performance import Events, Note

KINDS = {
    "on": EventType.NOTE_ON,
    "off": EventType.NOTE_OFF,
    "wait": EventType.TIME_SHIFT,
    "loud": EventType.VELOCITY,
    "start": EventType.START,
    "end": EventType.END,
}


@pytest.fixture(scope="session")
def play() -> Callable[[str], Events]:
    """Events from words: `on60 wait100 off60`, with `loud17` for a velocity bin."""

    def events(words: str) -> Events:
        indices = []
        for word in words.split():
            letters = word.rstrip("0123456789")
            value = int(word.removeprefix(letters) or 0)
            indices.append(index_of(PerformanceEvent(KINDS[letters], value)))
        return np.array(indices, dtype=np.uint16)

    return events


@pytest.fixture(scope="session")
def table() -> Callable[..., NoteTable]:
    """A table from (pitch, start, end) or (pitch, start, end, velocity)."""

    def make(*notes: tuple[float, ...]) -> NoteTable:
        return NoteTable.of(
            [Note(int(pitch), int(rest[0]) if rest else 64, start, end) for pitch, start, end, *rest in notes]
        )

    return make


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Torch on one thread: on a busy machine two spend minutes waiting for each other over tiny products."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
