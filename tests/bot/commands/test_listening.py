"""`/duel`, `/guess` and `/listen` on the wire: asked in private, answered once, told afterwards."""

import io

import av
import pytest

from listening.store.question import Score
from tests.bot.commands.chat import Chat, answered
from tests.bot.commands.evening import asked, cli, conditions_of, labels, opened, voted
from tests.discord_server.message import Message

EDIT = r"/messages/@original$"
COUNTS = {"romantic": 8, "human": 8}
VALUES = ["1", "2", "3", "4", "5"]


def summary(message: Message) -> str:
    (embed,) = message.embeds
    return str(embed["description"])


def test_where_no_study_is_open_people_are_told_so(alone: Chat) -> None:
    for command in ("duel", "guess", "listen"):
        assert alone.private(command).startswith("No listening study is open")
    assert alone.private("duel", locale="de").startswith("Zurzeit")


def test_a_duel_is_blind_until_its_vote(alone: Chat) -> None:
    study = opened(alone.store, COUNTS)
    message = asked(alone, alone.anna, "duel")
    assert list(message.files) == ["A.mp3", "B.mp3"]
    told_before = message.content + str([each.description for each in message.attachments])
    assert not [name for name in ("human", "romantic", "no. ", "Ann") if name in told_before]
    assert labels(message) == ["A", "B", "Tie", "Both bad"]
    first, second = conditions_of(message, study)
    assert {first, second} == {"human", "romantic"}
    voted(alone, alone.anna, message, "B")
    assert "Your answer: **B**" in message.content
    assert f"“{first}”" in message.content.split("**B**: ")[0]
    assert f"“{second}”" in message.content.split("**B**: ")[1]
    assert r"(Ann \*Example\* \<\@1\>, CC BY 4.0)" in message.content
    assert list(message.files) == ["A.mp3", "B.mp3"]
    assert labels(message) == ["Another pair"]
    (vote,) = alone.store.studies.votes(study.name, alone.guild.id)
    assert (vote.answer, vote.left_out) == ("second", None)
    another = answered(alone.server.click(alone.anna, message, "Another pair"))
    assert another.is_ephemeral
    assert not {*another.files.values()} & {*message.files.values()}


def test_a_study_that_was_prepared_is_played(alone: Chat) -> None:
    few = ("--pieces", "1", "--human", "1", "--baseline", "0", "--shuffled", "0", "--seconds", "5")
    cli(alone, "listening", "prepare", "spring", *few)
    assert alone.private("duel").startswith("No listening study is open")
    cli(alone, "listening", "open", "spring")
    message = asked(alone, alone.anna, "duel")
    lengths = [excerpt.seconds for excerpt in alone.store.studies.get("spring").design.excerpts]
    played = []
    for content in message.files.values():
        with av.open(io.BytesIO(content)) as container:
            played.append(sum(frame.samples for frame in container.decode(audio=0)) / 44_100)
            assert container.metadata == {}
    assert sorted(played) == pytest.approx(sorted(lengths), abs=0.1)  # MP3 has frames of 26 ms
    voted(alone, alone.anna, message, "Tie")
    told = sorted(message.content.splitlines()[-2:], key=lambda line: "by a human" in line)
    assert ["composed by the network" in line for line in told] == [True, False]
    assert told[1].endswith((", CC BY 4.0)", ", Public Domain)"))


def test_of_two_votes_on_a_question_the_first_stands(alone: Chat) -> None:
    study = opened(alone.store, COUNTS)
    message, again = (asked(alone, alone.anna, "duel") for _ in range(2))
    assert again.files == message.files
    clicks = [alone.server.click(alone.anna, message, label) for label in ("Tie", "A", "A")]
    for click in clicks:
        click.wait_response()
    assert "**Tie**" in message.content
    voted(alone, alone.anna, again, "Both bad")
    assert "answered this before" in again.content
    assert "**Tie**" in again.content
    assert [vote.answer for vote in alone.store.studies.votes(study.name)] == ["tie"]


def test_a_vote_that_comes_too_early_says_how_long_to_listen(alone: Chat) -> None:
    study = opened(alone.store, COUNTS, seconds=20)
    message = asked(alone, alone.anna, "duel")
    assert "20 s of listening" in message.content
    voted(alone, alone.anna, message, "A")
    assert "listen for at least 20 s before you vote" in message.content
    rating = asked(alone, alone.anna, "listen", count=2)
    voted(alone, alone.anna, rating, "5")
    assert "listen for at least 10 s before you vote" in rating.content
    assert "2 of 2" in rating.content
    assert {vote.left_out for vote in alone.store.studies.votes(study.name)} == {"too_early"}


def test_guesses_are_told_and_counted(alone: Chat) -> None:
    study = opened(alone.store, COUNTS)
    right = 0
    for guesses in range(1, 5):
        message = asked(alone, alone.anna, "guess")
        (condition,) = conditions_of(message, study)
        assert list(message.files) == ["excerpt.mp3"]
        voted(alone, alone.anna, message, "Human")
        right += condition == "human"
        assert ("That is right" in message.content) is (condition == "human")
        assert f"{right} of {guesses} right" in message.content
    assert alone.store.questions.score(alone.anna.id) == Score(4, right)


def test_a_set_goes_on_in_one_message_and_can_be_resumed(alone: Chat) -> None:
    study = opened(alone.store, COUNTS)
    message = asked(alone, alone.anna, "listen", count=3)
    assert labels(message) == VALUES
    heard = conditions_of(message, study)
    assert "1 of 3" in message.content
    voted(alone, alone.anna, message, "4")
    assert "2 of 3" in message.content
    assert not [name for name in ("human", "romantic", "no. ") if name in message.content]
    heard += conditions_of(message, study)
    resumed = asked(alone, alone.anna, "listen")
    assert resumed.files == message.files
    assert "2 of 3" in resumed.content
    voted(alone, alone.anna, resumed, "2")
    heard += conditions_of(resumed, study)
    # The message that was left behind is not forgotten: a click on it leads to where the set is.
    voted(alone, alone.anna, message, "1")
    assert message.files == resumed.files
    voted(alone, alone.anna, message, "3")
    lines = summary(message).splitlines()
    assert lines[0] == "Rated: 3 · your mean: 3 · ratings that count: 3."
    assert [line[2] for line in lines[1:]] == ["4", "2", "3"]
    assert all(f"“{condition}”" in line for condition, line in zip(heard, lines[1:], strict=True))
    assert (message.files, labels(message)) == ({}, [])
    voted(alone, alone.anna, resumed, "1")  # and once it is done, to its end
    assert summary(resumed) == summary(message)
    assert "1 of 20" in asked(alone, alone.anna, "listen", count=20).content


def test_whoever_has_heard_everything_is_told_so(alone: Chat) -> None:
    opened(alone.store, {"romantic": 1, "human": 1})
    message = asked(alone, alone.anna, "listen", count=5)
    voted(alone, alone.anna, message, "4")
    voted(alone, alone.anna, message, "5")
    assert summary(message).startswith("You have heard all")
    assert "Rated: 2" in summary(message)
    assert alone.private("duel").startswith("You have heard all")


def test_a_study_may_be_closed_meanwhile(alone: Chat) -> None:
    study = opened(alone.store, COUNTS)
    message = asked(alone, alone.anna, "guess")
    rating = asked(alone, alone.bert, "listen")
    alone.store.studies.close(study.name)
    voted(alone, alone.anna, message, "Machine")
    voted(alone, alone.bert, rating, "1")
    for each in (message, rating):
        assert each.content.startswith("The study was closed before")
        assert (each.files, each.buttons) == ({}, [])
    assert alone.store.studies.votes(study.name) == []


def test_what_discord_did_not_show_is_asked_again(alone: Chat) -> None:
    study = opened(alone.store, COUNTS, seconds=3600)
    fault = alone.server.fail_next("PATCH", EDIT, None, times=20)
    failed = answered(alone.server.slash(alone.anna, alone.channel, "guess"))
    assert failed.content.startswith("Something went wrong")
    assert fault.hits >= 1
    fault.times = 0
    message = asked(alone, alone.anna, "guess")
    (own,) = alone.store.people.data_of(alone.anna.id)["votes"]
    alone.server.wait(
        lambda: alone.store.people.data_of(alone.anna.id)["votes"][0]["shown_at"] is not None, 10
    )  # noted once Discord has it
    assert own["excerpts"] == [content.decode() for content in message.files.values()]

    rating = asked(alone, alone.bert, "listen", count=4)
    fault = alone.server.fail_next("PATCH", EDIT, None, times=20)
    click = alone.server.click(alone.bert, rating, "3")
    click.wait_response()
    alone.server.wait(lambda: click.followups, 60)
    fault.times = 0
    assert "1 of 4" in rating.content  # the next one did not arrive, so that the buttons are still there
    voted(alone, alone.bert, rating, "3")
    assert "2 of 4" in rating.content
    assert [vote.answer for vote in alone.store.studies.votes(study.name)] == ["3"]


def test_excerpts_larger_than_the_server_takes(alone: Chat) -> None:
    opened(alone.store, COUNTS, audio_bytes=2000)
    alone.guild.attachment_bytes = 1999
    assert "larger than the" in alone.private("duel")
    alone.guild.attachment_bytes = 2000
    assert asked(alone, alone.anna, "duel")


def test_own_and_deleted_pieces_and_whoever_was_erased(chat: Chat) -> None:
    _, first = chat.piece()
    study = opened(chat.store, {"romantic": 1, "human": 8}, piece_ids=(first.piece_id,))
    own, other, erased = (asked(chat, user, "duel") for user in (chat.anna, chat.bert, chat.clara))
    voted(chat, chat.anna, own, "A")
    assert own.content.startswith("You asked for this piece yourself")
    chat.store.delete_piece(first.piece_id)
    voted(chat, chat.bert, other, "A")
    assert other.content.startswith("This piece was deleted")
    assert "erased: 0" in chat.private("mydata delete", chat.clara)
    voted(chat, chat.clara, erased, "A")
    assert erased.content.startswith("This question is not open to you any more")
    assert (erased.files, erased.buttons) == ({}, [])
    assert [vote.left_out for vote in chat.store.studies.votes(study.name)] == ["deleted", "deleted"]
    data = chat.slash("mydata get", chat.bert)
    assert "questions in studies: 1" in data.content
    assert "votes in studies that no longer have it: 1" in chat.private("mydata delete", chat.bert)
    assert len(chat.store.studies.votes(study.name)) == 2
