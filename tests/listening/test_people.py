import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, inspect, text

from jobs.result import GenerationResult
from listening.store.message import State, StoredMessage
from listening.store.people import Erased
from listening.store.question import Ballot
from listening.store.store import Store
from listening.study.question import Answer, Kind
from tests.listening.prepared import prepared

Ask = Callable[..., StoredMessage]
ANN, BOB = 2**63 - 2, 22
SHOWN = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def everything(database_url: str) -> str:
    """All rows of all tables."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        rows = [connection.execute(text(f'SELECT * FROM "{table}"')).all() for table in tables]
    engine.dispose()
    return str(rows)


def test_a_stranger_has_no_data(store: Store, ask: Ask) -> None:
    ask(State.DELIVERED, user_id=BOB)
    assert store.people.data_of(ANN) == {"user_id": str(ANN), "requests": [], "reactions": [], "votes": []}
    assert store.people.erase(ANN) == Erased(requests=0, reactions=0)


def test_all_that_is_stored_about_a_person_is_given_out(
    store: Store, ask: Ask, compose: Callable[..., GenerationResult]
) -> None:
    composed = ask(State.DELIVERED, user_id=ANN)
    assert composed.payload is not None
    shown = ask(user_id=ANN, again=compose(b"notes", **composed.payload["request"]))
    theirs = ask(State.DELIVERED, user_id=BOB)
    assert theirs.message_id is not None
    store.ratings.add(theirs.message_id, ANN, 4)
    store.ratings.add(theirs.message_id, BOB, 1)
    data = json.loads(json.dumps(store.people.data_of(ANN)))
    assert data["user_id"] == str(ANN)
    assert data["requests"] == [
        {
            "id": message.id,
            "piece_id": composed.id,
            "guild_id": str(message.guild_id),
            "channel_id": str(message.channel_id),
            "message_id": message.message_id and str(message.message_id),
            "kind": message.kind,
            "state": message.state,
            "asked_at": message.created_at.isoformat(),
            "changed_at": message.changed_at.isoformat(),
            "request": request,
        }
        for message, request in ((composed, composed.payload["request"]), (shown, None))
    ]
    (reaction,) = data["reactions"]
    assert (reaction["id"], reaction["message_id"]) == (theirs.id, str(theirs.message_id))
    assert (reaction["value"], reaction["is_heard"]) == (4, True)
    assert theirs.created_at < datetime.fromisoformat(reaction["learned_at"]) <= datetime.now(UTC)


def test_votes_are_given_out_and_stay_without_whose_they_are(store: Store, database_url: str) -> None:
    study = prepared(store, {"romantic": 3, "human": 3})
    asked = [store.questions.ask(Kind.LISTEN, user_id=user, guild_id=5) for user in (ANN, BOB)]
    for question, user in zip(asked, (ANN, BOB), strict=True):
        assert question is not None
        store.questions.shown(question.id, SHOWN)
        store.questions.answer(question.id, user, Answer.FOUR, at=SHOWN + timedelta(seconds=5))
    pending = store.questions.ask(Kind.GUESS, user_id=ANN, guild_id=5)
    assert pending is not None
    answered, waiting = json.loads(json.dumps(store.people.data_of(ANN)))["votes"]
    assert (answered["answer"], answered["role"], answered["left_out"]) == ("4", "ordinary", "too_early")
    assert (answered["listener"], answered["turn"], waiting["turn"]) == (1, 1, 2)
    assert (waiting["id"], waiting["role"], waiting["answer"]) == (pending.id, None, None)

    votes = store.studies.votes(study.name)
    assert str(ANN) in everything(database_url)
    assert store.people.erase(ANN) == Erased(requests=0, reactions=0, votes=1)
    assert str(ANN) not in everything(database_url)
    assert store.people.data_of(ANN)["votes"] == []
    assert store.studies.votes(study.name) == votes
    assert store.questions.answer(pending.id, ANN, Answer.HUMAN).ballot is Ballot.UNKNOWN
    assert store.questions.ask(Kind.LISTEN, user_id=ANN, guild_id=5) is not None  # as another listener
    assert store.studies.listeners(study.name) == 3
    assert [vote.listener for vote in store.studies.votes(study.name)] == [vote.listener for vote in votes]


def test_after_erasing_nothing_in_the_database_has_the_person(
    store: Store, ask: Ask, database_url: str
) -> None:
    mine, theirs = ask(State.DELIVERED, user_id=ANN), ask(State.DELIVERED, user_id=BOB)
    for message in (mine, theirs):
        assert message.message_id is not None
        for value in (1, 5):
            store.ratings.add(message.message_id, ANN, value)
        store.ratings.add(message.message_id, BOB, 3)
    assert store.people.erase(ANN) == Erased(requests=1, reactions=4)
    assert store.people.erase(ANN) == Erased(requests=0, reactions=0)
    assert store.people.data_of(ANN) == {"user_id": str(ANN), "requests": [], "reactions": [], "votes": []}
    assert str(ANN) not in everything(database_url)
    left = store.messages.get(mine.id)
    assert left is not None
    assert (left.state, left.payload, left.message_id) == (State.DELIVERED, mine.payload, mine.message_id)
    assert store.messages.requester(mine.id) is None
    assert store.messages.requester(theirs.id) == BOB
    assert store.ratings.of_message(mine.id) == store.ratings.of_message(theirs.id) == {BOB: 3}


def test_a_waiting_request_of_an_erased_person_is_still_delivered(store: Store, ask: Ask) -> None:
    waiting = ask(State.WAITING, user_id=ANN)
    store.people.erase(ANN)
    (unfinished,) = store.messages.unfinished()
    assert (unfinished.id, unfinished.task()) == (waiting.id, waiting.task())
    assert store.messages.waiting_of_user(ANN) == []
    assert store.messages.close(waiting.id, State.DELIVERED)


def test_what_was_erased_is_not_learned_again_from_what_stands_in_the_chat(store: Store, ask: Ask) -> None:
    message, other = ask(State.DELIVERED), ask(State.DELIVERED)
    assert message.message_id is not None
    for listener in (ANN, BOB):
        store.ratings.add(message.message_id, listener, 5)
    before = store.messages.get(message.id)
    store.people.erase(ANN)
    assert before is not None
    assert not store.ratings.reconcile(before, {5: {ANN, BOB}})
    after = store.messages.get(message.id)
    assert after is not None
    assert store.ratings.reconcile(after, {4: {BOB}, 5: {ANN}})
    assert store.ratings.of_message(message.id) == {BOB: 4}
    assert store.ratings.reconcile(other, {5: {ANN}})  # nothing was erased there
    store.ratings.add(message.message_id, ANN, 2)  # a new event is a new deed
    assert store.ratings.of_message(message.id) == {ANN: 2, BOB: 4}
