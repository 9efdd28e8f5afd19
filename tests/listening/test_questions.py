from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from jobs.result import GenerationResult
from listening.store.errors import StudyError
from listening.store.message import State, StoredMessage
from listening.store.people import Erased
from listening.store.question import Asked, Ballot, Score, Voted
from listening.store.store import Store, open_store
from listening.study.design import Origin
from listening.study.question import Answer, Kind
from listening.study.vote import LeftOut
from tests.listening.prepared import prepared

Compose = Callable[..., GenerationResult]
COUNTS = {"romantic": 12, "human": 12}
GUILD = 2**62 + 1
ANN, BOB = 2**63 - 2, 22
SHOWN = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
OTHER_ANSWERS = {Kind.DUEL: Answer.TIE, Kind.GUESS: Answer.MACHINE, Kind.LISTEN: Answer.ONE}
ANSWERS = {Kind.DUEL: Answer.FIRST, Kind.GUESS: Answer.HUMAN, Kind.LISTEN: Answer.FOUR}


def ask(store: Store, kind: Kind, user_id: int = ANN, *, guild_id: int = GUILD) -> Asked:
    asked = store.questions.ask(kind, user_id=user_id, guild_id=guild_id)
    assert asked is not None
    store.questions.shown(asked.id, SHOWN)
    return asked


def vote(
    store: Store, kind: Kind, answer: Answer | None = None, *, user_id: int = ANN, seconds: float = 60.0
) -> Voted:
    asked = ask(store, kind, user_id)
    at = SHOWN + timedelta(seconds=seconds)
    return store.questions.answer(asked.id, user_id, answer or ANSWERS[kind], at=at)


def test_without_an_open_study_nothing_is_asked(store: Store) -> None:
    with pytest.raises(StudyError, match="No listening study is open"):
        store.questions.ask(Kind.DUEL, user_id=ANN, guild_id=GUILD)
    assert store.questions.score(ANN) == Score(0, 0)


def test_a_duel_is_asked_answered_and_told_about(store: Store) -> None:
    design = prepared(store, COUNTS)
    asked = ask(store, Kind.DUEL)
    assert asked.second is not None
    assert {asked.first.seconds, asked.second.seconds} == {20.0}
    assert "romantic" not in repr(asked)
    voted = store.questions.answer(asked.id, ANN, Answer.SECOND, at=SHOWN + timedelta(seconds=20))
    assert (voted.ballot, voted.answer, voted.is_correct) == (Ballot.COUNTED, Answer.SECOND, None)
    assert voted.first is not None
    assert voted.second is not None
    assert f"{voted.first.condition.name}-" in asked.first.audio.decode()
    assert {voted.first.condition.name, voted.second.condition.name} == {"romantic", "human"}
    (stored,) = store.studies.votes("spring")
    assert (stored.answer, stored.left_out) == (Answer.SECOND, None)
    assert (stored.shown_at, stored.answered_at) == (SHOWN, SHOWN + timedelta(seconds=20))
    assert {excerpt.id for excerpt in design.excerpts} >= set(stored.question.excerpts)
    assert str(ANN) not in repr(stored)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_first_answer_stands(store: Store, kind: Kind) -> None:
    prepared(store, COUNTS)
    asked = ask(store, kind)
    first, other = ANSWERS[kind], OTHER_ANSWERS[kind]
    store.questions.answer(asked.id, ANN, first, at=SHOWN + timedelta(seconds=60))
    again = store.questions.answer(asked.id, ANN, other, at=SHOWN + timedelta(seconds=90))
    assert (again.ballot, again.answer) == (Ballot.ALREADY, first)
    assert [one.answer for one in store.studies.votes("spring")] == [first]


def test_many_presses_at_once_are_one_vote(store: Store) -> None:
    prepared(store, COUNTS)
    asked = ask(store, Kind.LISTEN)
    at = SHOWN + timedelta(seconds=60)
    with ThreadPoolExecutor(8) as pool:
        answers = [Answer(str(1 + place % 5)) for place in range(16)]
        voted = list(pool.map(lambda own: store.questions.answer(asked.id, ANN, own, at=at), answers))
    assert sorted(one.ballot for one in voted) == [Ballot.ALREADY] * 15 + [Ballot.COUNTED]
    assert {one.answer for one in voted} == {store.studies.votes("spring")[0].answer}


def test_who_asks_often_at_once_gets_one_question(store: Store) -> None:
    prepared(store, COUNTS)
    with ThreadPoolExecutor(8) as pool:
        questions = list(pool.map(lambda _: ask(store, Kind.DUEL), range(8)))
    assert len({one.id for one in questions}) == 1
    assert store.studies.listeners("spring") == 1


@pytest.mark.parametrize(("kind", "needed"), [(Kind.DUEL, 20.0), (Kind.GUESS, 10.0), (Kind.LISTEN, 10.0)])
def test_a_vote_needs_half_of_what_there_is_to_hear(store: Store, kind: Kind, needed: float) -> None:
    prepared(store, COUNTS)
    early = vote(store, kind, seconds=needed - 0.1)
    assert (early.ballot, early.needed_seconds) == (Ballot.TOO_EARLY, needed)
    assert vote(store, kind, seconds=needed).ballot is Ballot.COUNTED
    assert [one.left_out for one in store.studies.votes("spring")] == [LeftOut.TOO_EARLY, None]


def test_the_first_time_that_a_question_was_shown_counts(store: Store) -> None:
    prepared(store, COUNTS)
    asked = ask(store, Kind.GUESS)
    store.questions.shown(asked.id, SHOWN + timedelta(seconds=55))
    voted = store.questions.answer(asked.id, ANN, Answer.HUMAN, at=SHOWN + timedelta(seconds=60))
    assert voted.ballot is Ballot.COUNTED


@pytest.mark.parametrize("is_known", [True, False])
def test_where_a_crash_lost_when_it_was_shown_the_message_tells(store: Store, is_known: bool) -> None:
    prepared(store, COUNTS)
    asked = store.questions.ask(Kind.GUESS, user_id=ANN, guild_id=GUILD)
    assert asked is not None
    voted = store.questions.answer(
        asked.id,
        ANN,
        Answer.HUMAN,
        at=SHOWN + timedelta(seconds=60),
        appeared=SHOWN if is_known else None,
    )
    assert voted.ballot is (Ballot.COUNTED if is_known else Ballot.TOO_EARLY)


def test_a_question_survives_a_restart_between_being_asked_and_answered(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    prepared(store, COUNTS)
    asked = ask(store, Kind.DUEL)
    store.close()
    with open_store(database_url, tmp_path) as later:
        assert ask(later, Kind.DUEL) == asked  # who asks again gets the question that waits
        voted = later.questions.answer(asked.id, ANN, Answer.TIE, at=SHOWN + timedelta(seconds=60))
        assert voted.ballot is Ballot.COUNTED
        assert ask(later, Kind.DUEL).id != asked.id


def test_a_set_knows_how_far_it_is(store: Store) -> None:
    prepared(store, COUNTS)
    for step in (1, 2):
        asked = store.questions.ask(Kind.LISTEN, user_id=ANN, guild_id=GUILD, step=step, steps=2)
        assert asked is not None
        assert (asked.place, asked.step, asked.steps) == (step, step, 2)
        voted = store.questions.answer(asked.id, ANN, Answer.FIVE)
        assert (voted.step, voted.steps) == (step, 2)


def test_who_has_heard_all_is_asked_no_more(store: Store) -> None:
    prepared(store, {"romantic": 2, "human": 2})
    for _ in range(4):
        assert vote(store, Kind.LISTEN).ballot is Ballot.COUNTED
    for kind in Kind:
        assert store.questions.ask(kind, user_id=ANN, guild_id=GUILD) is None
    assert store.questions.ask(Kind.DUEL, user_id=BOB, guild_id=GUILD) is not None


def test_only_who_was_asked_may_answer_and_only_as_asked(store: Store) -> None:
    prepared(store, COUNTS)
    asked = ask(store, Kind.GUESS)
    for wrong in ("nothing", "\0", asked.id.upper()):
        assert store.questions.answer(wrong, ANN, Answer.HUMAN) == Voted(Ballot.UNKNOWN)
    assert store.questions.answer(asked.id, BOB, Answer.HUMAN) == Voted(Ballot.UNKNOWN)
    with pytest.raises(StudyError, match="press one of its buttons"):
        store.questions.answer(asked.id, ANN, Answer.FIRST)
    assert store.studies.votes("spring") == []


def test_after_the_study_is_closed_nothing_is_stored_and_nothing_told(store: Store) -> None:
    prepared(store, COUNTS)
    asked, answered = ask(store, Kind.DUEL), ask(store, Kind.GUESS)
    store.questions.answer(answered.id, ANN, Answer.HUMAN, at=SHOWN + timedelta(seconds=60))
    store.studies.close("spring")
    late = store.questions.answer(asked.id, ANN, Answer.FIRST, at=SHOWN + timedelta(seconds=60))
    assert (late.ballot, late.first, late.answer) == (Ballot.CLOSED, None, None)
    again = store.questions.answer(answered.id, ANN, Answer.MACHINE)
    assert (again.ballot, again.answer) == (Ballot.ALREADY, Answer.HUMAN)
    assert len(store.studies.votes("spring")) == 1


def test_the_score_counts_guesses_that_count(store: Store) -> None:
    prepared(store, COUNTS)
    right = 0
    for place in range(8):
        asked = ask(store, Kind.GUESS)
        is_human = asked.first.audio.startswith(b"human")
        is_right = place % 4 != 0
        answer = Answer.HUMAN if is_human == is_right else Answer.MACHINE
        voted = store.questions.answer(asked.id, ANN, answer, at=SHOWN + timedelta(seconds=60))
        assert voted.is_correct is is_right
        right += is_right
        assert store.questions.score(ANN) == Score(place + 1, right)
    vote(store, Kind.GUESS, seconds=1.0)
    vote(store, Kind.GUESS, user_id=BOB)
    assert store.questions.score(ANN) == Score(8, right)


def test_a_deleted_piece_is_not_played_again_and_votes_on_it_do_not_count(
    store: Store, compose: Compose
) -> None:
    results = [compose(b"notes") for _ in range(2)]
    for result in results:
        store.add_piece(result, b"notes", None)
    pieces = {f"romantic-{place}": result.id for place, result in enumerate(results)}
    design = prepared(store, {"romantic": 2, "human": 2}, piece_ids=pieces)
    before = vote(store, Kind.DUEL)
    asked = ask(store, Kind.DUEL)
    assert before.ballot is Ballot.COUNTED
    for result in results:
        assert store.delete_piece(result.id)
    voted = store.questions.answer(asked.id, ANN, Answer.FIRST, at=SHOWN + timedelta(seconds=60))
    assert voted.ballot is Ballot.DELETED
    assert [one.left_out for one in store.studies.votes("spring")] == [LeftOut.DELETED] * 2
    for excerpt in design.of("romantic"):
        assert store.studies.files(excerpt.id) is None
    assert store.questions.ask(Kind.DUEL, user_id=BOB, guild_id=GUILD) is None
    study = store.studies.get("spring")
    assert study.design == design  # still what was opened
    assert study.withdrawn == {excerpt.id for excerpt in design.of("romantic")}


def test_a_pending_question_on_a_deleted_piece_gives_way_to_another(store: Store, compose: Compose) -> None:
    results = {f"romantic-{place}": compose(b"notes") for place in range(12)}
    for result in results.values():
        store.add_piece(result, b"notes", None)
    prepared(store, COUNTS, piece_ids={name: result.id for name, result in results.items()})
    asked = ask(store, Kind.DUEL)
    assert asked.second is not None
    machine = next(one.audio.decode() for one in (asked.first, asked.second) if b"human" not in one.audio)
    store.delete_piece(results[machine].id)
    assert ask(store, Kind.DUEL).id != asked.id


def test_the_vote_on_a_piece_of_ones_own_is_marked(
    store: Store, ask: Callable[..., StoredMessage], compose: Compose
) -> None:
    message = ask(State.DELIVERED, user_id=ANN)
    prepared(store, {"romantic": 1, "human": 1}, piece_ids={"romantic-0": message.piece_id})
    own = vote(store, Kind.DUEL)
    assert own.ballot is Ballot.OWN
    assert vote(store, Kind.DUEL, user_id=BOB).ballot is Ballot.COUNTED
    store.people.erase(ANN)
    assert [one.left_out for one in store.studies.votes("spring")] == [LeftOut.OWN, None]


def test_an_erased_listener_is_a_number_and_their_votes_still_add_up(store: Store, database_url: str) -> None:
    prepared(store, COUNTS)
    for user_id in (ANN, BOB):
        for kind in Kind:
            vote(store, kind, user_id=user_id)
    pending = ask(store, Kind.DUEL)
    data = store.people.data_of(ANN)["votes"]
    assert [(one["study"], one["kind"], one["answer"]) for one in data] == [
        ("spring", "duel", "first"),
        ("spring", "guess", "human"),
        ("spring", "listen", "4"),
        ("spring", "duel", None),
    ]
    before = store.studies.votes("spring")
    assert store.people.erase(ANN) == Erased(requests=0, reactions=0, votes=3)
    assert store.people.erase(ANN) == Erased(requests=0, reactions=0, votes=0)
    assert store.people.data_of(ANN)["votes"] == []
    assert store.studies.votes("spring") == before
    late = store.questions.answer(pending.id, ANN, Answer.FIRST, at=SHOWN + timedelta(seconds=60))
    assert late == Voted(Ballot.UNKNOWN)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            assert str(ANN) not in str(connection.execute(text(f"SELECT * FROM {table}")).all())
    engine.dispose()
    ask(store, Kind.DUEL)  # whoever comes again is a new listener
    assert store.studies.listeners("spring") == 3
    assert store.questions.score(ANN) == Score(0, 0)


def test_votes_of_one_server_can_be_told_apart(store: Store) -> None:
    prepared(store, COUNTS)
    for user_id, guild_id in ((ANN, 1), (BOB, 2), (BOB, 2)):
        asked = ask(store, Kind.LISTEN, user_id, guild_id=guild_id)
        store.questions.answer(asked.id, user_id, Answer.TWO, at=SHOWN + timedelta(seconds=60))
    assert [len(store.studies.votes("spring", guild)) for guild in (None, 1, 2, 3)] == [3, 1, 2, 0]
    assert len({one.listener for one in store.studies.votes("spring")}) == 2


def test_pseudonyms_differ_from_study_to_study(store: Store) -> None:
    names = set()
    for name in ("one", "two"):
        prepared(store, COUNTS, name=name)
        vote(store, Kind.LISTEN)
        names.add(store.studies.votes(name)[0].listener)
        store.studies.close(name)
    assert len(names) == 2


def test_origins_are_told_only_after_the_vote(store: Store) -> None:
    prepared(store, COUNTS)
    voted = vote(store, Kind.GUESS)
    assert voted.first is not None
    assert voted.is_correct == (voted.first.condition.origin is Origin.HUMAN)
    assert voted.second is None
