"""Small studies whose figures are worked out by hand."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from listening.report.chart import MAX_ROWS, WIDTH_PIXELS, draw, panels
from listening.report.export import HEADINGS, votes_csv
from listening.report.markdown import as_markdown
from listening.report.plain import as_json_object
from listening.report.report import Consensus, Report, report
from listening.report.table import as_csv, tables
from listening.statistics.reliability import Kind as Checked
from listening.study.question import Answer, Kind, Question, Role
from listening.study.reaction import ReactionRating
from listening.study.vote import LeftOut, Vote, pseudonym
from tests.listening.study.designs import design

STUDY = design({"romantic": 4, "human": 4, "shuffled": 2})
SHOWN = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def vote(
    listener: str,
    answer: Answer,
    first: str,
    second: str | None = None,
    *,
    kind: Kind = Kind.LISTEN,
    role: Role = Role.ORDINARY,
    left_out: LeftOut | None = None,
) -> Vote:
    question = Question(kind, role, first, second)
    return Vote(
        listener=listener,
        question=question,
        answer=answer,
        shown_at=SHOWN,
        answered_at=SHOWN + timedelta(seconds=31.26),
        left_out=left_out,
    )


def rated(listener: str, **values: int) -> list[Vote]:
    """Ratings by excerpt, `human_0` for `human-0`."""
    return [
        vote(listener, Answer(str(value)), excerpt.replace("_", "-")) for excerpt, value in values.items()
    ]


def duel(listener: str, answer: Answer, first: str = "romantic-0", second: str = "human-0") -> Vote:
    return vote(listener, answer, first, second, kind=Kind.DUEL)


def guess(listener: str, excerpt: str, *, said_human: bool) -> Vote:
    return vote(listener, Answer.HUMAN if said_human else Answer.MACHINE, excerpt, kind=Kind.GUESS)


def report_of(votes: Sequence[Vote]) -> Report:
    told = report(STUDY, votes, [])
    count = told.count
    assert count is not None
    counted = len(count.duels) + len(count.guesses) + len(count.ratings)
    assert count.answered == len(votes) == counted + sum(count.checks.values()) + sum(count.left_out.values())
    return told


RATINGS = [
    *rated("ann", romantic_0=2, romantic_1=4, human_0=5, human_1=5),
    *rated("bob", romantic_0=3, romantic_1=3, human_0=4, human_1=5),
]


def test_means_are_those_of_hand() -> None:
    told = report_of(RATINGS)
    assert list(told.mos) == ["human", "romantic"]
    assert told.mos["human"].estimate == 19 / 4
    assert told.mos["romantic"].estimate == 3
    sample = told.mos["romantic"].sample
    assert (sample.listeners, sample.pieces, sample.votes) == (2, 2, 4)
    (comparison,) = told.comparisons
    assert (comparison.first, comparison.second) == ("human", "romantic")
    assert comparison.estimate == pytest.approx(((5 - 3) + (4.5 - 3)) / 2)
    assert told.equivalences["romantic", "human"].estimate == pytest.approx(-1.75)
    assert told.spreads["romantic-0"] == pytest.approx(0.5**0.5)
    assert told.pieces.pieces[0].piece == "human-1"


def test_excerpts_that_all_prefer_and_those_that_divide_are_told() -> None:
    votes = [
        *rated("ann", romantic_0=1, romantic_1=3, human_0=5, human_1=5),
        *rated("bob", romantic_0=5, romantic_1=3, human_0=4, human_1=5),
        *rated("cyd", romantic_0=3, romantic_1=4, human_0=4),
    ]
    told = report_of(votes)
    assert told.consensus == {"human-0": Consensus.PREFERRED, "romantic-0": Consensus.NONE}
    assert told.spreads["romantic-0"] == 2


def test_duels_are_counted_whichever_side_stood_first() -> None:
    told = report_of(
        [
            duel("ann", Answer.SECOND),
            duel("bob", Answer.FIRST, "human-1", "romantic-1"),
            duel("cyd", Answer.FIRST),
            duel("dan", Answer.TIE),
            duel("eve", Answer.BOTH_BAD),
        ]
    )
    (test,) = told.sign_tests
    assert (test.first, test.second) == ("human", "romantic")
    assert (test.wins, test.losses, test.ties, test.both_bad) == (2, 1, 1, 1)
    assert test.estimate == pytest.approx(2 / 3)
    assert [one.condition for one in told.duels.strengths] == ["human", "romantic"]
    assert told.duels.both_bad == 1


def test_guesses_are_right_or_wrong_and_each_condition_has_its_share() -> None:
    told = report_of(
        [
            guess("ann", "human-0", said_human=True),
            guess("ann", "romantic-0", said_human=True),
            guess("bob", "human-1", said_human=True),
            guess("bob", "romantic-1", said_human=False),
            guess("cyd", "human-2", said_human=False),
        ]
    ).guesses
    assert (told.all.correct, told.all.estimate) == (3, 3 / 5)
    assert told.called_human["human"].estimate == pytest.approx(2 / 3)
    assert told.called_human["romantic"].estimate == 1 / 2
    matrix = (
        told.d_prime.hits,
        told.d_prime.misses,
        told.d_prime.false_alarms,
        told.d_prime.correct_rejections,
    )
    assert matrix == (2, 1, 1, 1)
    assert told.d_primes["romantic"].estimate == told.d_prime.estimate


def test_votes_that_do_not_count_are_left_out_and_told() -> None:
    told = report_of(
        [
            *RATINGS,
            vote("ann", Answer.ONE, "human-2", left_out=LeftOut.TOO_EARLY),
            vote("ann", Answer.ONE, "human-3", left_out=LeftOut.DELETED),
            vote("bob", Answer.FIVE, "romantic-3", left_out=LeftOut.OWN),
        ]
    )
    assert told.count is not None
    assert told.count.left_out == {
        LeftOut.TOO_EARLY: 1,
        LeftOut.DELETED: 1,
        LeftOut.OWN: 1,
        LeftOut.UNRELIABLE: 0,
    }
    assert told.mos["human"].estimate == 19 / 4
    assert told.mos["romantic"].estimate == 3
    assert told.own["romantic"].estimate == 5
    assert told.own["romantic"].sample.votes == 1


def careless(listener: str) -> list[Vote]:
    """Rates all alike, contradicts themselves, and takes noise for a piece by people."""
    return [
        *rated(listener, romantic_0=1, human_0=1, human_1=1),
        vote(listener, Answer.FIVE, "human-0", role=Role.REPEATED),
        vote(listener, Answer.FIVE, "shuffled-0", role=Role.TRAPPING),
        vote(listener, Answer.HUMAN, "shuffled-1", kind=Kind.GUESS, role=Role.TRAPPING),
        duel(listener, Answer.FIRST),
    ]


def test_unreliable_listeners_are_left_out_as_a_whole() -> None:
    told = report_of([*RATINGS, *careless("zoe")])
    assert told.count is not None
    assert told.count.unreliable == ["zoe"]
    assert told.count.left_out[LeftOut.UNRELIABLE] == 4
    assert told.count.checks == {Checked.REPEATED: 1, Checked.TRAPPING: 2}
    assert told.mos["human"].estimate == 19 / 4
    assert told.duels.strengths == ()


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("answer", [Answer.FIRST, Answer.SECOND, Answer.TIE, Answer.BOTH_BAD])
def test_only_who_prefers_the_shuffled_piece_fails_a_trapping_duel(is_first: bool, answer: Answer) -> None:
    pair = ("shuffled-0", "human-3") if is_first else ("human-3", "shuffled-0")
    trap = vote("ann", answer, *pair, kind=Kind.DUEL, role=Role.TRAPPING)
    told = report_of([*RATINGS, trap])
    assert told.count is not None
    fooled = answer is (Answer.FIRST if is_first else Answer.SECOND)
    assert told.count.reliabilities["ann"].failures[Checked.TRAPPING] == fooled
    assert told.duels.strengths == ()  # a check is no duel


REACTIONS = [
    ReactionRating(1, "abc", 7, "romantic", 5, is_requester=False),
    ReactionRating(2, "abc", 7, "romantic", 4, is_requester=False),
    ReactionRating(3, "abc", 7, "romantic", 1, is_requester=True),
    ReactionRating(1, "def", 8, None, 2, is_requester=False),
]


def test_reactions_stand_beside_the_study_and_requesters_apart() -> None:
    with_reactions, without = report(STUDY, RATINGS, REACTIONS), report(STUDY, RATINGS, [])
    assert with_reactions.mos == without.mos
    reactions = with_reactions.reactions
    assert reactions.all.estimate == pytest.approx(11 / 3)
    assert {style: one.estimate for style, one in reactions.by_style.items()} == {"any": 2, "romantic": 4.5}
    assert reactions.own.estimate == 1
    assert [one.piece for one in reactions.pieces.pieces] == ["abc", "def"]
    assert reactions.pieces.pieces[0].mean == 4.5


def test_the_same_votes_give_the_same_report_in_any_order() -> None:
    votes = [*RATINGS, *careless("zoe"), duel("ann", Answer.FIRST), duel("bob", Answer.SECOND)]
    one = as_json_object(report(STUDY, votes, REACTIONS))
    assert one == as_json_object(report(STUDY, votes[::-1], REACTIONS[::-1]))


@pytest.mark.parametrize("votes", [[], RATINGS[:1], [*RATINGS, *careless("zoe"), duel("ann", Answer.FIRST)]])
def test_whatever_there_is_can_be_said_as_json_and_markdown(votes: list[Vote]) -> None:
    told = report(STUDY, votes, [])
    text = json.dumps(as_json_object(told), allow_nan=False)
    assert json.loads(text)["study"]["votes"]["answered"] == len(votes)
    assert as_markdown(told, ["ratings.png"]).startswith("# Listening report\n\nStudy spring: 10 excerpts")
    for table in tables(told):
        rows = list(csv.reader(io.StringIO(as_csv(table))))
        assert {len(row) for row in rows} == {len(table.headings)}


def test_json_has_the_names_that_others_read() -> None:
    data = as_json_object(report(STUDY, [*RATINGS, duel("ann", Answer.FIRST)], REACTIONS))
    assert data["study"]["votes"] == {
        "answered": 9,
        "counted": {"duel": 1, "guess": 0, "listen": 8},
        "checks": {"repeated": 0, "trapping": 0},
        "left_out": {"too_early": 0, "deleted": 0, "own": 0, "unreliable": 0},
    }
    assert [(one["condition"], one["estimate"]) for one in data["study"]["mos"]] == [
        ("human", 4.75),
        ("romantic", 3.0),
    ]
    best = data["study"]["pieces"][0]
    assert (best["excerpt"], best["title"], best["mean"]) == ("human-1", "human no. 1", 5.0)
    assert data["study"]["design_sha256"] == STUDY.digest()
    assert [(one["piece_id"], one["number"]) for one in data["reactions"]["pieces"]] == [
        ("abc", 7),
        ("def", 8),
    ]


def test_without_a_study_reactions_are_told_alone() -> None:
    told = report(None, [], REACTIONS)
    assert as_json_object(told)["study"] is None
    assert [panel.name for panel in panels(told)] == ["reactions"]
    assert "There is no study yet" in as_markdown(told)
    assert [table.name for table in tables(told)] == ["reactions", "top"]
    assert panels(report(None, [], [])) == []
    assert tables(report(None, [], [])) == []


def test_charts_have_units_and_numbers_on_them_and_the_width_of_a_chat() -> None:
    told = report(
        STUDY, [*RATINGS, duel("ann", Answer.FIRST), guess("ann", "human-2", said_human=True)], REACTIONS
    )
    shown = panels(told)
    assert [panel.name for panel in shown] == ["ratings", "duels", "guesses", "reactions"]
    assert [row.sample for row in shown[0].rows] == ["2 listeners, 4 ratings"] * 2
    assert shown[1].rows[0].sample == "1 listener, 1 duel"
    assert shown[1].rows[0].estimate == pytest.approx(told.duels.strengths[0].points)
    assert shown[2].rows[0].sample == "1 listener, 1 guess"
    assert all("1 (bad) to 5" in panel.axis or "points" in panel.axis or "%" in panel.axis for panel in shown)
    assert [panel.middle_name for panel in shown] == ["", "mean of all", "a coin's answer", ""]
    for panel in shown:
        picture = Image.open(io.BytesIO(draw(replace(panel, rows=[panel.rows[0]] * MAX_ROWS))))
        assert picture.width == WIDTH_PIXELS
        assert picture.height <= WIDTH_PIXELS * 3 / 4  # or a chat shows it narrower


def test_exported_votes_have_pseudonyms_and_no_moments() -> None:
    votes = [*RATINGS, *careless("zoe"), duel("ann", Answer.TIE)]
    rows = list(csv.DictReader(io.StringIO(votes_csv(STUDY, votes))))
    assert len(rows) == len(votes)
    assert tuple(rows[0]) == HEADINGS
    assert rows[-1] == {
        "study": "spring",
        "listener": "ann",
        "kind": "duel",
        "role": "ordinary",
        "first_excerpt": "romantic-0",
        "first_condition": "romantic",
        "second_excerpt": "human-0",
        "second_condition": "human",
        "answer": "tie",
        "seconds_to_answer": "31.3",
        "left_out": "",
    }
    assert [row["left_out"] for row in rows if row["listener"] == "zoe"] == [
        "unreliable" if row["role"] == "ordinary" else "" for row in rows if row["listener"] == "zoe"
    ]
    assert "2026" not in votes_csv(STUDY, votes)


def test_pseudonyms_are_made_of_a_secret() -> None:
    assert pseudonym("secret", 1) == pseudonym("secret", 1)
    assert len({pseudonym("secret", 1), pseudonym("secret", 2), pseudonym("other", 1)}) == 3
