from collections.abc import Callable

import numpy as np
import pytest

from model.form.similarity import FRAME_SECONDS, SMOOTHING, chroma, self_similarity
from model.performance import Note

FRAMES = round(20 / FRAME_SECONDS)
"""Of a section."""


def test_a_frame_tells_which_pitch_classes_sound() -> None:
    held = chroma([Note(60, 64, 0.0, 8.0), Note(67, 64, 0.0, 8.0)], 8.0)
    assert held.shape == (round(8 / FRAME_SECONDS), 12)
    fifth = np.zeros(12)
    fifth[[0, 7]] = np.sqrt(0.5)
    assert held == pytest.approx(np.tile(fifth, (held.shape[0], 1)))


def test_octaves_and_the_order_of_notes_do_not_count() -> None:
    notes = [Note(60 + 7 * place % 12, 64, place, place + 1.5) for place in range(10)]
    higher = [note._replace(pitch=note.pitch + 12) for note in notes]
    assert np.array_equal(chroma(notes, 12.0), chroma(higher[::-1], 12.0))


def test_a_silent_frame_is_like_none_in_particular() -> None:
    rows = chroma([Note(60, 64, 0.0, 1.0)], 10.0)
    assert rows[-1] == pytest.approx(np.full(12, 12**-0.5))
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(rows)))


def test_without_notes_everything_is_alike() -> None:
    assert self_similarity([], 5.0) == pytest.approx(np.ones((round(5 / FRAME_SECONDS),) * 2))
    assert self_similarity([], 0.0).shape == (1, 1)


def test_what_returns_is_alike_and_what_does_not_is_less(music: Callable[..., list[Note]]) -> None:
    similarity = self_similarity(music("ABA"), 60.0)
    assert similarity.shape == (3 * FRAMES, 3 * FRAMES)
    assert np.array_equal(similarity, similarity.T)
    assert np.all((similarity >= 0) & (similarity <= 1 + 1e-9))
    assert np.diagonal(similarity) == pytest.approx(np.ones(3 * FRAMES))
    inner = slice(1, FRAMES - SMOOTHING - 1)  # the frames at a section's edges hear what stands beside
    returning = np.diagonal(similarity, 2 * FRAMES)[inner]
    contrasting = np.diagonal(similarity, FRAMES)[inner]
    assert returning == pytest.approx(np.ones(returning.size))
    assert contrasting.mean() < returning.mean() - 0.2
