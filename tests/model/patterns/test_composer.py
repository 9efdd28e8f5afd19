from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from model.keys import find_key
from model.measures import measure, pitch_class_histogram
from model.patterns.composer import compose_pattern, pattern_form, pattern_key
from model.patterns.form import Process
from model.performance import Note, decode, encode, one_note_a_key

SEEDS = range(24)
TOGETHER_SECONDS = 0.015
"""Onsets so close are struck at once; a rolled chord takes longer from note to note."""

piece = cache(compose_pattern)


def struck_at_once(notes: list[Note]) -> list[list[int]]:
    """Pitches of notes whose onsets follow each other closely, lowest first."""
    groups = [[notes[0]]]
    for before, note in pairwise(notes):
        if note.start - before.start > TOGETHER_SECONDS:
            groups.append([])
        groups[-1].append(note)
    return [sorted(note.pitch for note in group) for group in groups]


def for_two_hands(pitches: list[int]) -> bool:
    """Whether pitches, lowest first, can be split between two hands that span 14 semitones each."""
    return any(
        all(
            not hand or (len(hand) <= 5 and hand[-1] - hand[0] <= 14)
            for hand in (pitches[:cut], pitches[cut:])
        )
        for cut in range(len(pitches) + 1)
    )


def test_a_seed_gives_one_piece_and_another_seed_another() -> None:
    assert compose_pattern(7) == piece(7)
    assert len({tuple(piece(seed)) for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_piece_keeps_within_bounds(seed: int) -> None:
    notes = piece(seed)
    figures = measure(notes)
    assert notes[0].start == 0
    assert 90 <= figures.seconds <= 300
    assert 1 <= figures.notes_per_second <= 12
    assert 25 <= figures.mean_velocity <= 75
    assert figures.largest_polyphony < 16
    assert figures.long_note_share <= 0.07
    assert min(note.pitch for note in notes) >= 21
    assert max(note.pitch for note in notes) <= 108
    assert one_note_a_key(notes) == notes
    assert all(for_two_hands(pitches) for pitches in struck_at_once(notes))
    assert len(decode(encode(notes))) == len(notes)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_piece_is_in_its_key_and_ends_on_the_tonic(seed: int) -> None:
    notes = piece(seed)
    key = pattern_key(seed)
    assert find_key(pitch_class_histogram(notes)) == key
    end = max(note.end for note in notes)
    last = [note.pitch for note in notes if note.end > end - 0.5]
    assert min(last) % 12 == key % 12
    # Nothing new is struck while the last sonority is held, and it is held for some seconds.
    assert end - notes[-1].start > 3


def test_the_keys_are_used_alike() -> None:
    for block in range(3):
        assert {pattern_key(seed) for seed in range(24 * block, 24 * block + 24)} == set(range(24))


def test_the_texture_is_thinner_at_the_end() -> None:
    def density(notes: list[Note], first: float, last: float) -> float:
        return sum(first <= note.start < last for note in notes) / (last - first)

    thinner = 0
    for seed in SEEDS:
        notes = piece(seed)
        last = notes[-1].start
        thinner += density(notes, last - 8, last) < density(notes, 0, last)
    assert thinner >= 0.9 * len(SEEDS)


def test_loudness_and_time_are_those_of_a_player() -> None:
    spreads = [float(np.std([note.velocity for note in piece(seed)])) for seed in SEEDS]
    assert min(spreads) > 5
    assert 9 < np.median(spreads) < 16
    for seed in SEEDS:
        onsets = np.array([note.start for note in piece(seed)])
        # On no grid: what the onsets leave over of whole hundredths is spread evenly.
        assert 0.25 < np.std(onsets * 100 % 1) < 0.33


@pytest.mark.parametrize("seed", SEEDS)
def test_cells_grow_and_shrink_and_layers_come_one_at_a_time(seed: int) -> None:
    form = pattern_form(seed)
    for section in form.sections:
        changes = np.diff(section.cells)
        assert np.abs(changes).max(initial=0) <= 1  # by a note at a time
        assert changes.any() == (section.process is not Process.STEADY)
    assert any(np.diff(section.cells).any() for section in form.sections) == form.texture.additive
    layers = [len(section.layers) for section in form.sections]
    assert layers[0] == 1
    assert max(after - before for before, after in pairwise(layers)) <= len(form.texture.layers) - 1
    first_summit = layers.index(max(layers))
    assert all(
        after - before in (0, 1) or before == 1 or after == 1
        for before, after in pairwise(layers[: first_summit + 1])
    )


def test_most_textures_are_additive() -> None:
    forms = [pattern_form(seed) for seed in SEEDS]
    assert np.mean([form.texture.additive for form in forms]) > 0.7
    assert len({form.texture.name for form in forms}) >= 8
