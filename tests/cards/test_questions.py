import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.buttons import CUSTOM_ID
from cards.catalogue import LANGUAGES, text
from cards.questions import (
    ANOTHER_ID,
    ANSWERS,
    VOTE_ID,
    Heard,
    another_id,
    ballot_note,
    question,
    revealed,
    summary,
    vote_id,
)
from listening.store.question import Ballot
from listening.study.design import Origin
from listening.study.question import ANSWERS as ASKED
from tests.cards.discord_rules import assert_sendable
from tests.cards.hostile import FEW, locales, texts

ID = "23456789abcd"
BACH = Heard("Fugue, BWV *862*", "human", "human", "J. S. Bach, typeset by <@1>", "CC BY 4.0")
ETUDE = Heard("Waltz, No. 3", "romantic", "machine", piece_id="abcdefghjkmn")


def test_answers_and_origins_are_those_of_the_store() -> None:
    assert {kind.value: tuple(one.value for one in own) for kind, own in ASKED.items()} == ANSWERS
    for locale in LANGUAGES:
        assert all(text(f"listening.origin.{origin}", locale) for origin in Origin)
        notes = {ballot: ballot_note(ballot.value, 9.5, locale) for ballot in Ballot}
        assert [ballot for ballot, note in notes.items() if not note] == [Ballot.COUNTED]
        assert "10 s" in notes[Ballot.TOO_EARLY]


def test_buttons_are_known_by_what_stands_in_them() -> None:
    for answers in ANSWERS.values():
        for answer in answers:
            match = VOTE_ID.fullmatch(vote_id(answer, ID))
            assert match is not None
            assert (match["answer"], match["id"]) == (answer, ID)
            assert CUSTOM_ID.fullmatch(match[0]) is None
    assert ANOTHER_ID.fullmatch(another_id("duel"))
    assert not VOTE_ID.fullmatch(vote_id("6", ID))
    assert not VOTE_ID.fullmatch(vote_id("tie", f"{ID}:x"))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("kind", ANSWERS)
def test_a_question_can_be_sent_and_tells_nothing_of_what_it_plays(kind: str, locale: str) -> None:
    lengths = [19.5, 20.0][: 2 if kind == "duel" else 1]
    message = question(kind, ID, lengths, ".ogg", locale, step=3, steps=20, note="So much for that.")
    assert_sendable(message.to_payload())
    names = [each.filename for each in message.attachments]
    assert names == (["A.ogg", "B.ogg"] if kind == "duel" else ["excerpt.ogg"])
    assert message.content.startswith("So much for that.\n**3 ")
    assert ("20 s" if kind == "duel" else "10 s") in message.content


def test_what_was_heard_is_told_with_its_credit() -> None:
    message = revealed("duel", "both_bad", [ETUDE, BACH], "en", note="Too late.")
    assert message.content.splitlines() == [
        "Too late.",
        "Your answer: **Both bad**.",
        "**A**: Waltz, No. 3: composed by the network, “romantic” · `abcdefghjkmn`",
        r"**B**: Fugue, BWV \*862\*: composed by a human, “human” "
        r"(J. S. Bach, typeset by \<\@1\>, CC BY 4.0)",
    ]
    guess = revealed("guess", "machine", [BACH], "en", is_correct=False, score=(3, 5))
    assert "That is wrong.\nFugue" in guess.content
    assert guess.content.endswith("3 of 5 right.")


def test_a_set_ends_with_all_that_was_rated() -> None:
    message = summary([("4", BACH), ("1", ETUDE), ("2", ETUDE)], 2, "de")
    assert message.embed is not None
    lines = message.embed.description.splitlines()
    assert lines[0] == "Bewertet: 3 · dein Mittel: 2,3 · Bewertungen, die zählen: 2."
    assert [line[:7] for line in lines[1:]] == ["**4** ·", "**1** ·", "**2** ·"]


@FEW
@given(st.lists(st.builds(Heard, texts, texts, st.just("human"), texts, texts, texts), min_size=20), locales)
def test_whatever_pieces_are_called_it_can_be_told(heard: list[Heard], locale: str) -> None:
    assert_sendable(revealed("duel", "tie", heard[:2], locale).to_payload())
    assert_sendable(summary([("5", one) for one in heard[:20]], 20, locale).to_payload())
