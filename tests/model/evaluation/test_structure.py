from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from model.evaluation.structure import RETURN_SECONDS, fitness, structureness
from model.note_table import Numbers
from model.performance import Note

STEPS = ((1, 1), (2, 1), (1, 2))


def noise(seconds: int, seed: int = 0) -> list[Note]:
    random = np.random.default_rng(seed)
    return [
        Note(int(pitch), 64, step / 4, step / 4 + 0.3)
        for step, pitch in enumerate(random.integers(36, 84, 4 * seconds))
    ]


def repeated(seconds: int, times: int) -> list[Note]:
    return [
        note._replace(start=note.start + time * seconds, end=note.end + time * seconds)
        for time in range(times)
        for note in noise(seconds)
    ]


def brute_fitness(scores: Numbers, begin: int, length: int) -> float:
    """The fitness of a segment as Müller defines it, by trying every family of paths over it.

    A path is a list of cells (frame, place in the segment) from the first place to the last; its frames are
    all from its first to its last.
    """
    frames = scores.shape[0]

    def paths(cells: tuple[tuple[int, int], ...]) -> Iterator[tuple[tuple[int, int], ...]]:
        frame, place = cells[-1]
        if place == length - 1:
            yield cells
        for more_frames, more_places in STEPS:
            if frame + more_frames < frames and place + more_places < length:
                yield from paths((*cells, (frame + more_frames, place + more_places)))

    @cache
    def best_from(frame: int) -> tuple[float, int, int]:
        """Score, cells and frames covered of the best family that begins at a frame or later."""
        if frame >= frames:
            return 0.0, 0, 0
        ways = [best_from(frame + 1)]
        for cells in paths(((frame, 0),)):
            last = cells[-1][0]
            score, count, covered = best_from(last + 1)
            own = sum(scores[one, begin + place] for one, place in cells)
            ways.append((score + own, count + len(cells), covered + last - frame + 1))
        return max(ways)

    score, count, covered = best_from(0)
    exactness = max((score - length) / max(count, 1), 0.0)
    coverage = max((covered - length) / frames, 0.0)
    return 2 * exactness * coverage / (exactness + coverage) if exactness + coverage else 0.0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5])
def test_fitness_is_that_of_the_best_family_of_paths(seed: int, length: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.uniform(-1, 1, (10, 10))
    scores += scores.T
    np.fill_diagonal(scores, 1.0)
    expected = [brute_fitness(scores, begin, length) for begin in range(10 - length + 1)]
    assert fitness(scores, length) == pytest.approx(expected)


def test_fitness_is_found_where_it_was_computed_by_hand() -> None:
    # Two frames that come again, exactly, after two others: two paths of 2 cells cover 4 of 6 frames.
    scores = np.full((6, 6), -2.0)
    np.fill_diagonal(scores, 1.0)
    scores[[0, 1, 4, 5], [4, 5, 0, 1]] = 1.0
    exactness, coverage = (4 - 2) / 4, (4 - 2) / 6
    both = 2 * exactness * coverage / (exactness + coverage)
    assert fitness(scores, 2) == pytest.approx([both, 0, 0, 0, both])
    # Played at half the tempo it still is one path: of 2 cells, but of 3 frames.
    slower = np.full((6, 6), -2.0)
    np.fill_diagonal(slower, 1.0)
    slower[3, 0] = slower[5, 1] = 1.0
    coverage = (5 - 2) / 6
    assert fitness(slower, 2)[0] == pytest.approx(2 * exactness * coverage / (exactness + coverage))


@pytest.mark.parametrize("times", [2, 3, 4])
def test_a_piece_that_repeats_itself_exactly_is_as_fit_as_can_be(times: int) -> None:
    # Beyond itself a segment explains all but one of so many equal parts.
    assert structureness(repeated(20, times)) == pytest.approx((times - 1) / times, abs=0.05)


def test_noise_has_little_structure() -> None:
    assert max(structureness(noise(80, seed)) for seed in range(3)) < 0.2


def test_transposed_or_louder_notes_do_not_change_what_repeats() -> None:
    notes = [*noise(30), *(note._replace(start=note.start + 30, end=note.end + 30) for note in noise(30))]
    other = [note._replace(pitch=note.pitch + 3, velocity=100) for note in notes]
    assert structureness(other) == pytest.approx(structureness(notes))


@pytest.mark.parametrize("notes", [[], [Note(60, 64, 0.0, 1.0)], noise(2 * RETURN_SECONDS[0] - 2)])
def test_a_short_piece_has_none(notes: list[Note]) -> None:
    assert structureness(notes) == 0.0
