from datetime import UTC, datetime, timedelta

from listening.store.question import Ballot
from listening.store.store import Store
from listening.study.question import Answer, Kind
from tests.listening.prepared import prepared

SHOWN = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
ANN, BOB = 2**62 + 1, 2**62 + 2
COUNTS = {"romantic": 6, "human": 6}


def rate(store: Store, step: int, steps: int, value: str, user_id: int = ANN, seconds: float = 30) -> None:
    asked = store.questions.ask(Kind.LISTEN, user_id=user_id, guild_id=1, step=step, steps=steps)
    assert asked is not None
    store.questions.shown(asked.id, SHOWN)
    store.questions.answer(asked.id, user_id, Answer(value), at=SHOWN + timedelta(seconds=seconds))


def test_a_set_that_was_begun_is_found_again(store: Store) -> None:
    assert store.listening_sets.begun(ANN) is None
    prepared(store, COUNTS)
    rate(store, 1, 5, "4")
    assert store.listening_sets.begun(ANN) is None
    store.questions.ask(Kind.LISTEN, user_id=ANN, guild_id=1, step=2, steps=5)
    store.questions.ask(Kind.GUESS, user_id=ANN, guild_id=1)
    assert store.listening_sets.begun(ANN) == (2, 5)
    assert store.listening_sets.begun(BOB) is None
    store.people.erase(ANN)
    assert store.listening_sets.begun(ANN) is None


def test_the_last_ratings_are_told_in_their_order(store: Store) -> None:
    assert store.listening_sets.rated(ANN, 3) == []
    study = prepared(store, COUNTS)
    for step, value in enumerate("1234", 1):
        rate(store, step, 4, value, seconds=1 if value == "3" else 30)
    rate(store, 1, 1, "5", BOB)
    rated = store.listening_sets.rated(ANN, 3)
    assert [one.answer for one in rated] == ["2", "3", "4"]
    assert [one.ballot for one in rated] == [Ballot.COUNTED, Ballot.TOO_EARLY, Ballot.COUNTED]
    assert all(one.first is not None and one.kind is Kind.LISTEN for one in rated)
    store.studies.close(study.name)
    assert store.listening_sets.rated(ANN, 3) == []
    assert store.listening_sets.begun(ANN) is None
