import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.originality.fingerprints import (
    GRAM_NOTES,
    GUARANTEED_NOTES,
    Fingerprints,
    fingerprints_of,
    fingerprints_of_events,
    grams_of,
)
from model.performance import Note, decode
from tests.model.originality.pieces import after, piece_of, tune


@st.composite
def chords(draw: st.DrawFn) -> list[list[int]]:
    """What is struck at once, one chord after another."""
    chord = st.lists(st.integers(30, 90), min_size=1, max_size=4, unique=True)
    return draw(st.lists(chord, min_size=1, max_size=60))


def played(
    chords: list[list[int]], *, seconds: float = 0.25, higher: int = 0, loud: int = 64, jitter: float = 0.0
) -> list[Note]:
    """Chords as notes; the keys of each are struck one after another within `jitter` seconds."""
    return [
        Note(pitch + higher, loud, seconds * place + jitter * nth / 4, seconds * place + 0.1)
        for place, chord in enumerate(chords)
        for nth, pitch in enumerate(chord)
    ]


def hashes(found: Fingerprints) -> list[int]:
    return found.hashes.tolist()


@given(
    chords(), st.integers(-20, 30), st.integers(1, 127), st.floats(0.1, 3), st.floats(0, 0.03), st.randoms()
)
def test_neither_key_nor_loudness_nor_tempo_nor_spread_chords_change_them(
    struck: list[list[int]], higher: int, loud: int, seconds: float, jitter: float, random: object
) -> None:
    plain = fingerprints_of(played(struck))
    shuffled = [sorted(chord, key=lambda _: random.random()) for chord in struck]  # type: ignore[attr-defined]
    changed = played(shuffled, seconds=seconds, higher=higher, loud=loud, jitter=jitter)
    random.shuffle(changed)  # type: ignore[attr-defined]
    assert hashes(fingerprints_of(changed)) == hashes(plain)
    assert fingerprints_of(changed).places.tolist() == plain.places.tolist()


@given(st.integers(0, 10**6), st.integers(0, 40), st.integers(0, 40))
def test_a_run_that_two_pieces_share_is_never_missed(seed: int, before: int, behind: int) -> None:
    shared = tune(seed, GUARANTEED_NOTES)
    shared = [note._replace(start=place / 4, end=place / 4 + 0.2) for place, note in enumerate(shared)]
    one = after(after(tune(seed + 1, before), shared), tune(seed + 2, behind))
    two = after(after(tune(seed + 3, behind), shared), tune(seed + 4, before))
    assert set(hashes(fingerprints_of(one))) & set(hashes(fingerprints_of(two)))


@given(st.integers(0, 10**6), st.integers(1, GRAM_NOTES - 1))
def test_what_is_shorter_than_a_gram_is_none(seed: int, count: int) -> None:
    found = fingerprints_of(tune(seed, count))
    assert (found.hashes.size, found.places.size, found.notes) == (0, 0, count)


@given(st.integers(0, 10**6), st.integers(0, 300))
def test_a_piece_of_a_corpus_has_those_of_its_notes(seed: int, count: int) -> None:
    piece = piece_of(tune(seed, count))
    notes, events = fingerprints_of(decode(piece.events)), fingerprints_of_events(piece)
    assert hashes(events) == hashes(notes)
    assert (events.places.tolist(), events.notes) == (notes.places.tolist(), notes.notes)


def test_a_figure_that_comes_again_and_again_counts_once() -> None:
    figure = [60, 67, 64, 67]
    found = fingerprints_of(
        [Note(pitch, 64, place / 4, place / 4 + 0.2) for place, pitch in enumerate(figure * 50)]
    )
    assert found.notes == 200
    assert found.hashes.size == len(set(hashes(found))) <= len(figure)


def test_some_can_be_left_out() -> None:
    notes = tune(1)
    found = fingerprints_of(notes)
    assert found.without(grams_of(notes)).hashes.size == 0
    rest = found.without(found.hashes[:3])
    assert hashes(rest) == hashes(found)[3:]
    assert (rest.places.tolist(), rest.notes) == (found.places.tolist()[3:], found.notes)


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_they_are_the_same_in_every_process(hash_seed: str) -> None:
    program = (
        "from tests.model.originality.pieces import tune\n"
        "from model.originality.fingerprints import fingerprints_of\n"
        "print(fingerprints_of(tune(5, 40)).hashes.tolist())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.strip() == str(hashes(fingerprints_of(tune(5, 40))))


def test_stored_ones_stay_comparable() -> None:
    scale = [Note(60 + 2 * place, 64, place / 4, place / 4 + 0.2) for place in range(GRAM_NOTES)]
    assert grams_of(scale).dtype == np.uint32
    assert grams_of(scale).tolist() == [2290051951]
