from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jobs.result import GenerationResult
from jobs.task import ComposeTask
from listening.store.message import Closed, State, StoredMessage
from listening.store.ratings import Rating
from listening.store.store import Store, open_store

Ask = Callable[..., StoredMessage]
ANN, BOB, CEM = 11, 22, 2**63 - 1


def test_the_last_reaction_counts_and_falls_back_to_one_that_stands(
    store: Store, piece: StoredMessage, number: int
) -> None:
    for value in (5, 1, 3):
        assert store.ratings.add(number, ANN, value)
    assert store.ratings.add(number, CEM, 2)
    assert store.ratings.of_message(piece.id) == {ANN: 3, CEM: 2}
    assert store.ratings.remove(number, ANN, 5)
    assert store.ratings.of_message(piece.id) == {ANN: 3, CEM: 2}
    assert store.ratings.remove(number, ANN, 3)
    assert store.ratings.of_message(piece.id) == {ANN: 1, CEM: 2}
    assert store.ratings.remove(number, ANN, 1)
    assert store.ratings.of_message(piece.id) == {CEM: 2}


def test_an_event_that_comes_twice_is_as_one(store: Store, piece: StoredMessage, number: int) -> None:
    for value in (5, 4, 4):
        assert store.ratings.add(number, ANN, value)
    for _ in range(2):
        assert store.ratings.remove(number, ANN, 4)
        assert store.ratings.of_message(piece.id) == {ANN: 5}
    for _ in range(2):
        assert store.ratings.clear(number)
        assert store.ratings.of_message(piece.id) == {}


def test_all_reactions_or_those_of_a_value_are_cleared_at_once(
    store: Store, ask: Ask, piece: StoredMessage, number: int
) -> None:
    elsewhere = ask(State.DELIVERED)
    assert elsewhere.message_id is not None
    for listener, value in ((ANN, 1), (ANN, 5), (BOB, 5), (CEM, 2)):
        store.ratings.add(number, listener, value)
        store.ratings.add(elsewhere.message_id, listener, value)
    assert store.ratings.clear_value(number, 5)
    assert store.ratings.of_message(piece.id) == {ANN: 1, CEM: 2}
    assert store.ratings.clear(number)
    assert store.ratings.of_message(piece.id) == {}
    assert store.ratings.of_message(elsewhere.id) == {ANN: 5, BOB: 5, CEM: 2}


def test_events_under_other_messages_are_ignored(store: Store, ask: Ask) -> None:
    ended = [ask(state).message_id for state in (State.FAILED, State.CANCELED, State.DELETED)]
    for message_id in (12345, *ended):
        assert message_id is not None
        assert not store.ratings.add(message_id, ANN, 5)
        assert not store.ratings.remove(message_id, ANN, 5)
        assert not store.ratings.clear(message_id)
        assert not store.ratings.clear_value(message_id, 5)
    assert store.people.data_of(ANN)["reactions"] == []


def test_a_reaction_before_the_bot_has_noted_the_delivery_is_kept(store: Store, ask: Ask) -> None:
    waiting = ask(State.WAITING)
    assert waiting.message_id is not None
    assert store.ratings.add(waiting.message_id, ANN, 5)
    assert store.ratings.of_message(waiting.id) == {}
    assert store.messages.close(waiting.id, State.DELIVERED)
    assert store.ratings.of_message(waiting.id) == {ANN: 5}


def test_what_does_not_show_a_piece_any_more_keeps_no_reactions(store: Store, ask: Ask) -> None:
    ends: tuple[Closed, ...] = (State.FAILED, State.CANCELED, State.DELETED)
    for state in ends:
        waiting = ask(State.WAITING)
        assert waiting.message_id is not None
        store.ratings.add(waiting.message_id, ANN, 5)
        assert store.messages.close(waiting.id, state)
    assert store.people.data_of(ANN)["reactions"] == []


def test_of_a_piece_shown_twice_a_listener_has_one_rating_the_later(
    store: Store, ask: Ask, compose: Callable[..., GenerationResult], piece: StoredMessage, number: int
) -> None:
    assert piece.payload is not None
    assert piece.user_id is not None
    shown = ask(State.DELIVERED, again=compose(b"notes", **piece.payload["request"]))
    assert shown.message_id is not None
    store.ratings.add(shown.message_id, ANN, 5)
    store.ratings.add(number, ANN, 1)
    store.ratings.add(number, BOB, 4)
    store.ratings.add(shown.message_id, BOB, 3)
    store.ratings.add(shown.message_id, piece.user_id, 2)
    store.ratings.add(number, CEM, 3)
    missed = store.messages.get(shown.id)
    assert missed is not None
    standing = {2: {piece.user_id}, 3: {BOB}, 5: {ANN, CEM}}
    assert store.ratings.reconcile(missed, standing)  # 3 and 5 of CEM: which was later?
    ratings = store.ratings.of_piece(piece.id)
    started = piece.created_at
    assert all(started < rating.learned_at <= datetime.now(UTC) for rating in ratings)
    assert ratings == [
        Rating(ANN, 1, is_requester=False, learned_at=ratings[0].learned_at),
        Rating(BOB, 3, is_requester=False, learned_at=ratings[1].learned_at),
        Rating(piece.user_id, 2, is_requester=True, learned_at=ratings[2].learned_at),
    ]
    store.messages.close(shown.id, State.DELETED)
    left = {rating.user_id: rating.value for rating in store.ratings.of_piece(piece.id)}
    assert left == {ANN: 1, BOB: 4, CEM: 3}


def test_what_people_type_has_no_ratings(store: Store) -> None:
    for typed in ("", "a\0b", "\udcff", "abcdefghjkmn"):
        assert store.ratings.of_piece(typed) == []
        assert store.ratings.of_message(typed) == {}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(toggles=[(ANN, 1), (ANN, 1), (ANN, 1), (ANN, 2)], is_first=[True] * 4 + [False] * 16)
@given(
    toggles=st.lists(st.tuples(st.sampled_from([ANN, BOB]), st.integers(1, 3)), min_size=4, max_size=10),
    is_first=st.lists(st.booleans(), min_size=20, max_size=20),
)
def test_two_processes_that_hear_every_event_store_what_one_would(
    store: Store, ask: Ask, toggles: list[tuple[int, int]], is_first: list[bool]
) -> None:
    message = ask(State.DELIVERED)
    standing: dict[int, list[int]] = {ANN: [], BOB: []}
    events: list[Callable[[], bool]] = []
    for listener, value in toggles:
        change = store.ratings.remove if value in standing[listener] else store.ratings.add
        (standing[listener].remove if value in standing[listener] else standing[listener].append)(value)
        events.append(partial(change, message.message_id, listener, value))
    first, second = iter(events), iter(events)
    for of_first in is_first:
        event = next(first if of_first else second, None)
        assert event is None or event()
    assert all(event() for rest in (first, second) for event in rest)
    assert store.ratings.of_message(message.id) == {
        listener: values[-1] for listener, values in standing.items() if values
    }


def test_processes_write_at_once_without_losing_or_locking_out_each_other(
    store: Store, ask: Ask, database_url: str, tmp_path: Path
) -> None:
    messages = [ask(State.DELIVERED) for _ in range(2)]

    def storm(at: Store, listener: int) -> None:
        for message in messages:
            assert message.message_id is not None
            for value in (1, 2, 3):
                assert at.ratings.add(message.message_id, listener, value)
            assert at.ratings.remove(message.message_id, listener, 3)
            at.ratings.reconcile(message, {})
            at.people.erase(listener + 1000)
            at.guilds.change(1, user_limit=listener)

    with open_store(database_url, tmp_path) as other, ThreadPoolExecutor(6) as threads:
        list(threads.map(storm, [store, other] * 3, range(1, 7)))
    expected = dict.fromkeys(range(1, 7), 2)
    assert [store.ratings.of_message(message.id) for message in messages] == [expected] * 2


def test_all_ratings_are_told_with_their_pieces_and_requesters_are_marked(
    store: Store, compose: Callable[..., GenerationResult], ask: Callable[..., StoredMessage]
) -> None:
    first = compose(b"notes", style="romantic")
    other = compose(b"notes", style=None)
    for result, guild_id, requester in ((first, 1, ANN), (other, 2, BOB)):
        task = ComposeTask(request=result.request, reply_to="0123456789abcdef:bot")
        with store.messages.asking(guild_id=guild_id, channel_id=3, user_id=requester) as asking:
            asking.store(task)
        store.messages.answered(result.id, result.request.number)
        assert store.messages.close(result.id, State.DELIVERED)
        store.add_piece(result, b"notes", None)
    for number, user_id, value in (
        (first.request.number, ANN, 5),
        (first.request.number, BOB, 3),
        (other.request.number, ANN, 1),
    ):
        assert store.ratings.add(number, user_id, value)
    told = store.ratings.all()
    assert sorted((one.number, one.style, one.value, one.is_requester) for one in told if one.style) == [
        (first.request.number, "romantic", 3, False),
        (first.request.number, "romantic", 5, True),
    ]
    (alone,) = store.ratings.all(2)
    assert (alone.piece_id, alone.style, alone.value, alone.is_requester) == (other.id, None, 1, False)
    ann = {one.listener for one in told if one.value in (1, 5)}
    assert len(ann) == 1
    assert not ann & {one.listener for one in told if one.value == 3}
    store.delete_piece(first.id)
    assert [one.piece_id for one in store.ratings.all()] == [other.id]
