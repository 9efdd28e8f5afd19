"""Fingerprints come and go with their pieces."""

from collections.abc import Callable

from jobs.fingerprints import PieceFingerprints
from jobs.result import GenerationResult
from listening.store.store import Store

Compose = Callable[..., GenerationResult]


def test_they_are_stored_with_a_piece_the_latest_first(store: Store, compose: Compose) -> None:
    assert (store.fingerprints.count(), store.fingerprints.latest(5)) == (0, [])
    results = [compose(bytes([number])) for number in range(4)]
    for number, result in enumerate(results):
        store.add_piece(result, bytes([number]), None, None if number == 2 else b"f%d" % number)
    assert store.fingerprints.count() == 3
    created_at = [store.piece(result.id).created_at for result in results]  # type: ignore[union-attr]
    assert store.fingerprints.latest(2) == [
        PieceFingerprints(results[number].id, created_at[number], b"f%d" % number) for number in (3, 1)
    ]


def test_the_same_piece_again_changes_nothing(store: Store, compose: Compose) -> None:
    result = compose(b"notes")
    assert store.add_piece(result, b"notes", None, b"first")
    assert store.add_piece(result, b"notes", None, b"second")
    assert [each.data for each in store.fingerprints.latest(5)] == [b"first"]


def test_they_go_with_their_piece(store: Store, compose: Compose) -> None:
    results = [compose(notes) for notes in (b"one", b"two")]
    for result, notes in zip(results, (b"one", b"two"), strict=True):
        store.add_piece(result, notes, None, notes)
    assert store.delete_piece(results[0].id)
    assert [each.piece_id for each in store.fingerprints.latest(5)] == [results[1].id]
    assert store.fingerprints.count() == 1
