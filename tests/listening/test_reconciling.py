from datetime import UTC, datetime

from listening.store.message import State, StoredMessage
from listening.store.store import Store

ANN, BOB, CEM = 11, 22, 2**63 - 1


def now(store: Store, message: StoredMessage) -> StoredMessage:
    current = store.messages.get(message.id)
    assert current is not None
    return current


def reconcile(store: Store, message: StoredMessage, standing: dict[int, set[int]]) -> None:
    assert store.ratings.reconcile(now(store, message), standing)


def test_a_message_that_is_posted_anew_starts_without_reactions(
    store: Store, piece: StoredMessage, number: int
) -> None:
    store.ratings.add(number, ANN, 5)
    assert store.messages.answered(piece.id, number) is not None
    assert store.ratings.of_message(piece.id) == {ANN: 5}
    before = now(store, piece)
    store.messages.answered(piece.id, 77)
    assert store.ratings.of_message(piece.id) == {}
    assert not store.ratings.reconcile(before, {5: {ANN}})  # that is what stood under the other one
    assert not store.ratings.add(number, ANN, 5)
    assert store.ratings.add(77, ANN, 4)


def test_reconciling_makes_the_store_equal_to_discord(
    store: Store, piece: StoredMessage, number: int
) -> None:
    started = datetime.now(UTC)
    for listener, value in ((ANN, 1), (BOB, 5), (CEM, 2), (CEM, 3)):
        store.ratings.add(number, listener, value)
    standing = {1: {ANN}, 2: {CEM}, 3: {CEM}, 4: {44}, 5: set[int]()}
    for _ in range(2):
        reconcile(store, piece, standing)
        assert store.ratings.of_message(piece.id) == {ANN: 1, CEM: 3, 44: 4}
    reconciled_at = now(store, piece).reconciled_at
    assert reconciled_at is not None
    assert reconciled_at > started
    reconcile(store, piece, {})
    assert store.ratings.of_message(piece.id) == {}


def test_where_events_were_missed_and_two_stand_none_counts_until_the_listener_acts(
    store: Store, piece: StoredMessage, number: int
) -> None:
    store.ratings.add(number, ANN, 5)
    reconcile(store, piece, {3: {ANN, BOB}, 4: {BOB}, 5: {ANN}})
    assert store.ratings.of_message(piece.id) == {}
    store.ratings.add(number, ANN, 1)
    store.ratings.remove(number, BOB, 3)
    assert store.ratings.of_message(piece.id) == {ANN: 1, BOB: 4}
    store.ratings.remove(number, ANN, 1)
    assert store.ratings.of_message(piece.id) == {BOB: 4}
    store.ratings.remove(number, ANN, 3)
    assert store.ratings.of_message(piece.id) == {ANN: 5, BOB: 4}


def test_a_removal_that_was_missed_leaves_the_order_of_two_unknown(
    store: Store, piece: StoredMessage, number: int
) -> None:
    for value in (1, 2, 3):
        store.ratings.add(number, ANN, value)
    reconcile(store, piece, {1: {ANN}, 2: {ANN}})
    assert store.ratings.of_message(piece.id) == {}
    reconcile(store, piece, {2: {ANN}})
    assert store.ratings.of_message(piece.id) == {ANN: 2}


def test_an_event_that_is_heard_after_it_was_found_counts(
    store: Store, piece: StoredMessage, number: int
) -> None:
    store.ratings.add(number, ANN, 2)
    reconcile(store, piece, {2: {ANN}, 4: {ANN}})
    store.ratings.add(number, ANN, 4)
    assert store.ratings.of_message(piece.id) == {ANN: 4}


def test_what_was_read_before_an_event_is_not_believed(
    store: Store, piece: StoredMessage, number: int
) -> None:
    before = now(store, piece)
    store.ratings.add(number, ANN, 4)
    assert not store.ratings.reconcile(before, {})
    before = now(store, piece)
    store.ratings.remove(number, ANN, 4)
    assert not store.ratings.reconcile(before, {4: {ANN}})
    before = now(store, piece)
    assert store.ratings.reconcile(before, {5: {BOB}})
    assert not store.ratings.reconcile(before, {})  # another process has read later
    assert store.ratings.of_message(piece.id) == {BOB: 5}
    store.messages.close(piece.id, State.DELETED)
    assert not store.ratings.reconcile(now(store, piece), {5: {BOB}})


def test_what_cannot_be_read_is_postponed_even_if_it_is_gone(store: Store, piece: StoredMessage) -> None:
    store.ratings.postpone(piece.id)
    assert now(store, piece).reconciled_at is not None
    store.ratings.postpone("abcdefghjkmn")
