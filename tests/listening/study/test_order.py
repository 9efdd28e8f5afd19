from collections import Counter
from collections.abc import Collection
from itertools import combinations, pairwise

import pytest

from listening.study.design import Design
from listening.study.order import BLOCK, next_question, round_robin, williams_square
from listening.study.question import Kind, Question, Role
from tests.listening.study.designs import design

LARGE = design({"romantic": 12, "baroque": 12, "human": 24, "markov": 12, "shuffled": 6})


def asked(
    study: Design, listener: int, kind: Kind, count: int, withdrawn: Collection[str] = ()
) -> list[Question]:
    questions: list[Question] = []
    for _ in range(count):
        question = next_question(study, listener, kind, questions, withdrawn)
        if question is None:
            break
        questions.append(question)
    return questions


def condition(excerpt: str) -> str:
    return excerpt.partition("-")[0]


@pytest.mark.parametrize("conditions", [1, 2, 3, 4, 5, 8])
def test_every_condition_follows_every_other_equally_often(conditions: int) -> None:
    rows = williams_square(conditions)
    assert all(sorted(row) == list(range(conditions)) for row in rows)
    columns = [Counter(row[place] for row in rows) for place in range(conditions)]
    assert all(set(column.values()) == {len(rows) // conditions} for column in columns)
    followers = Counter(pair for row in rows for pair in pairwise(row))
    assert len(set(followers.values())) <= 1
    assert len(followers) == conditions * (conditions - 1)


@pytest.mark.parametrize("conditions", [0, 1, 2, 3, 4, 5, 8])
def test_a_round_robin_has_each_pair_once(conditions: int) -> None:
    assert sorted(round_robin(conditions)) == list(combinations(range(conditions), 2))


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_listener_is_always_asked_the_same_and_others_something_else(kind: Kind) -> None:
    assert asked(LARGE, 3, kind, 20) == asked(LARGE, 3, kind, 20)
    assert asked(LARGE, 3, kind, 20) != asked(LARGE, 4, kind, 20)


@pytest.mark.parametrize("kind", list(Kind))
def test_ears_are_fresh_but_for_repeats(kind: Kind) -> None:
    for listener in range(1, 12):
        questions = asked(LARGE, listener, kind, 100)
        heard = [
            excerpt
            for question in questions
            if question.role is not Role.REPEATED
            for excerpt in question.excerpts
        ]
        assert len(heard) == len(set(heard))
        assert len(questions) > 20


def test_ears_are_fresh_over_all_kinds_of_questions() -> None:
    before = asked(LARGE, 1, Kind.DUEL, 10)
    heard = {excerpt for question in before for excerpt in question.excerpts}
    for kind in (Kind.GUESS, Kind.LISTEN):
        question = next_question(LARGE, 1, kind, before)
        assert question is not None
        assert question.first not in heard


def test_a_withdrawn_excerpt_is_never_asked() -> None:
    gone = {f"human-{place}" for place in range(1, 24)}
    questions = asked(LARGE, 1, Kind.LISTEN, 100, gone)
    assert not gone & {question.first for question in questions}
    assert "human-0" in {question.first for question in questions}


def test_conditions_and_excerpts_are_rated_alike_often() -> None:
    study = design({"romantic": 4, "baroque": 4, "human": 4})
    first = [asked(study, listener, Kind.LISTEN, 3) for listener in range(1, 25)]
    for questions in first:
        assert {condition(one.first) for one in questions} == {"romantic", "baroque", "human"}
    counts = Counter(one.first for questions in first for one in questions)
    assert len(counts) == 12
    assert max(counts.values()) - min(counts.values()) <= 2
    opening = Counter(condition(questions[0].first) for questions in first)
    assert set(opening.values()) == {8}


def test_all_pairs_of_conditions_duel_alike_often_and_on_either_side() -> None:
    study = design({"romantic": 8, "baroque": 8, "human": 8, "markov": 8})
    duels = [duel for listener in range(1, 25) for duel in asked(study, listener, Kind.DUEL, 3)]
    pairs = Counter(frozenset(condition(excerpt) for excerpt in duel.excerpts) for duel in duels)
    assert set(pairs.values()) == {12}
    assert len(pairs) == 6
    lefts = Counter(condition(duel.first) for duel in duels)
    for name, count in lefts.items():
        assert 10 <= count <= 26, name  # of 36; a coin decides


def test_half_of_all_guesses_are_of_pieces_by_people() -> None:
    for listener in range(1, 10):
        guesses = [one for one in asked(LARGE, listener, Kind.GUESS, 20) if one.role is Role.ORDINARY]
        for count in (4, 8, 12):
            assert sum(condition(one.first) == "human" for one in guesses[:count]) == count / 2


def test_the_order_of_humans_and_machines_cannot_be_foreseen() -> None:
    patterns = {
        tuple(condition(one.first) == "human" for one in asked(LARGE, listener, Kind.GUESS, 4)[:4])
        for listener in range(1, 20)
    }
    assert len(patterns) >= 4


@pytest.mark.parametrize("kind", list(Kind))
def test_each_block_checks_its_listener(kind: Kind) -> None:
    for listener in range(1, 10):
        questions = asked(LARGE, listener, kind, 2 * BLOCK)
        for block in (questions[:BLOCK], questions[BLOCK:]):
            roles = Counter(question.role for question in block)
            assert roles[Role.TRAPPING] == 1
            assert roles[Role.REPEATED] == (kind is Kind.LISTEN)
            assert block[0].role is block[1].role is block[2].role is Role.ORDINARY
    trap = next(one for one in questions if one.role is Role.TRAPPING)
    assert sum(condition(excerpt) == "shuffled" for excerpt in trap.excerpts) == 1


def test_a_repeat_is_of_something_rated_well_before_and_comes_once() -> None:
    for listener in range(1, 10):
        questions = asked(LARGE, listener, Kind.LISTEN, 5 * BLOCK)
        repeats = [place for place, one in enumerate(questions) if one.role is Role.REPEATED]
        assert len({questions[place].first for place in repeats}) == len(repeats)
        for place in repeats:
            before = [one.first for one in questions].index(questions[place].first)
            assert questions[before].role is Role.ORDINARY
            assert place - before > 3


def test_without_trapping_items_questions_are_ordinary() -> None:
    study = design({"romantic": 20, "human": 20})
    assert {one.role for one in asked(study, 1, Kind.DUEL, 20)} == {Role.ORDINARY}


@pytest.mark.parametrize(
    ("counts", "kind"),
    [
        ({}, Kind.LISTEN),
        ({"human": 3}, Kind.DUEL),
        ({"human": 3}, Kind.GUESS),
        ({"shuffled": 3}, Kind.LISTEN),
    ],
)
def test_where_nothing_can_be_asked_nothing_is(counts: dict[str, int], kind: Kind) -> None:
    assert [one for one in asked(design(counts), 1, kind, 5) if kind is not Kind.GUESS] == []
    assert len(asked(design(counts), 1, kind, 5)) <= 2
