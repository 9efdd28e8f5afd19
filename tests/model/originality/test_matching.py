import numpy as np
import pytest

from model.originality.fingerprints import GUARANTEED_NOTES, fingerprints_of
from model.originality.matching import Index, Match, index_of
from model.performance import Note
from tests.model.originality.pieces import after, disguised, tune


@pytest.fixture(scope="module")
def index() -> Index:
    """Five pieces, the last two of them the same work."""
    pieces = [tune(0), tune(1), tune(2), tune(3), after(tune(3, 60), tune(4, 60))]
    return index_of([fingerprints_of(notes).hashes for notes in pieces], [0, 1, 2, 3, 3])


def match(index: Index, notes: list[Note]) -> Match:
    return index.match(fingerprints_of(notes))


def test_a_copy_matches_all_over(index: Index) -> None:
    found = match(index, disguised(tune(1)))
    assert found.piece == 1
    assert 120 - GUARANTEED_NOTES <= found.longest_notes <= 120
    assert 0.8 < found.share <= 1


def test_what_is_new_does_not_match(index: Index) -> None:
    assert match(index, tune(17)) == Match(0, 0.0, None)
    assert match(index, []) == Match(0, 0.0, None)


def test_the_longest_match_and_the_share_of_all_are_told(index: Index) -> None:
    found = match(index, after(after(tune(0)[:40], tune(18, 200)), tune(2)[:60]))
    assert found.piece == 2
    assert 60 - GUARANTEED_NOTES <= found.longest_notes <= 60
    assert (100 - 2 * GUARANTEED_NOTES) / 300 <= found.share <= 100 / 300


def test_one_wrong_note_does_not_end_a_match(index: Index) -> None:
    notes = [note._replace(start=float(place), end=place + 0.9) for place, note in enumerate(tune(2))]
    alone = index_of([fingerprints_of(notes).hashes], [0])
    notes[60] = notes[60]._replace(pitch=notes[60].pitch + 1)
    assert match(alone, notes).longest_notes >= 120 - GUARANTEED_NOTES


def test_matches_with_several_works_are_several(index: Index) -> None:
    half = after(tune(0)[:30], tune(1)[90:])
    assert match(index, half).longest_notes <= 30
    assert match(index, half).share > 0.3


def test_performances_of_one_work_are_one(index: Index) -> None:
    entries = {
        (int(entry), int(index.works[piece])) for entry, piece in zip(index.hashes, index.pieces, strict=True)
    }
    assert len(entries) == index.hashes.size
    assert np.all(index.hashes[1:] >= index.hashes[:-1])


def test_nothing_is_met_where_there_is_nothing() -> None:
    assert match(index_of([], []), tune(1)) == Match()
