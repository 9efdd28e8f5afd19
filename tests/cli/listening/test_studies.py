"""Studies from the command line, with a real FluidSynth and a checkpoint that was never trained."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest
from PIL import Image

from listening.store.store import Store, open_store
from listening.study.design import Origin
from listening.study.question import Answer, Kind
from model.midi import read_midi, write_midi
from model.performance import Note
from tests.cli.conftest import Etude

SHOWN = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SHORT = ("listening", "prepare", "spring", "--seconds", 5)
PREPARE = (*SHORT, "--pieces", 1, "--human", 2, "--shuffled", 1)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty database that the commands of the test use, too."""
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    with open_store(url, tmp_path) as store:
        yield store


def samples(audio: bytes) -> int:
    with av.open(io.BytesIO(audio)) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


def test_a_study_is_prepared_opened_voted_on_and_reported(etude: Etude, store: Store, tmp_path: Path) -> None:
    made = etude(*PREPARE, "--styles", "romantic,baroque", "--seed", 1, "--format", "wav")
    assert (made.code, made.err) == (0, "")
    assert made.out == "spring: 6 excerpts of 5 conditions; `etude listening open spring` opens it.\n"
    study = store.studies.get("spring")
    origins = {one.name: one.origin for one in study.design.conditions}
    assert origins == {
        "romantic": Origin.MACHINE,
        "baroque": Origin.MACHINE,
        "human": Origin.HUMAN,
        "Markov melody": Origin.BASELINE,
        "shuffled": Origin.SHUFFLED,
    }
    for excerpt in study.design.excerpts:
        files = store.studies.files(excerpt.id)
        assert files is not None
        midi, audio, audio_format = files
        assert audio_format.value == "wav"
        assert hashlib.sha256(midi).hexdigest() == excerpt.midi_sha256
        assert hashlib.sha256(audio).hexdigest() == excerpt.audio_sha256
        assert samples(audio) == round(excerpt.seconds * 44_100)
        assert max(note.end for note in read_midi(midi)) <= 5.001
        assert excerpt.seconds + 2.5 >= 5
        is_composed = study.design.condition(excerpt.condition).origin is Origin.MACHINE
        assert (excerpt.piece_id is not None) == is_composed
        if excerpt.piece_id is not None:
            assert store.piece(excerpt.piece_id) is not None
        if excerpt.condition == "human":
            assert excerpt.attribution is not None
            assert excerpt.licence in ("Public Domain", "CC BY 4.0")

    assert etude("listening", "open", "spring").code == 0
    refused = etude(*PREPARE)
    assert refused.code == 2
    assert "frozen" in refused.err

    asked = store.questions.ask(Kind.LISTEN, user_id=1, guild_id=5)
    assert asked is not None
    store.questions.shown(asked.id, SHOWN)
    voted = store.questions.answer(asked.id, 1, Answer.FOUR, at=SHOWN + timedelta(seconds=60))
    assert voted.first is not None
    assert etude("listening", "close", "spring").code == 0

    shown = json.loads(etude("listening", "show", "spring", "--json").out)
    assert (shown["state"], shown["listeners"], shown["votes"]) == ("closed", 1, {"listen": 1})
    assert "closed" in etude("listening", "list").out
    assert "Markov melody" in etude("listening", "show", "spring").out

    report = etude("report", "--json", "--out", tmp_path / "new", "--votes", tmp_path / "v.csv")
    assert (report.code, report.err) == (0, "")
    (mean,) = json.loads(report.out)["study"]["mos"]
    assert json.loads(report.out)["study"]["state"] == "closed"
    assert (mean["condition"], mean["estimate"]) == (voted.first.condition.name, 4.0)
    assert Image.open(io.BytesIO((tmp_path / "new" / "ratings.png").read_bytes())).width == 800
    (row,) = csv.DictReader(io.StringIO((tmp_path / "v.csv").read_text()))
    assert (row["kind"], row["answer"], row["first_condition"]) == ("listen", "4", mean["condition"])

    elsewhere = json.loads(etude("report", "--json", "--guild", 6).out)
    assert elsewhere["study"]["votes"]["answered"] == 0
    assert etude("report", "--out", tmp_path / "report").code == 0
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"report.md", "report.json", "ratings.png", "ratings.csv", "votes.csv"} <= names
    assert f"| {mean['condition']} | 4 | - |" in etude("report").out


def test_an_interrupted_preparation_is_gone_on_with(etude: Etude, store: Store) -> None:
    few = (*SHORT, "--shuffled", 0, "--baseline", 0)
    assert etude(*few, "--pieces", 1, "--human", 0, "--seed", 4).code == 0
    before = store.studies.get("spring").design
    assert etude(*few, "--pieces", 1, "--human", 1).code == 0
    hot = etude(*few, "--pieces", 1, "--human", 1, "--temperature", "1.5", "--label", "hot")
    assert hot.code == 0
    after = store.studies.get("spring").design
    assert after.excerpts[:1] == before.excerpts
    assert [one.condition for one in after.excerpts] == ["romantic", "human", "romantic hot"]
    assert after.condition("romantic hot").temperature == 1.5
    assert store.count() == 2
    other = etude(*few, "--pieces", 1, "--temperature", "1.5")
    assert other.code == 2
    assert 'another condition "romantic"' in other.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("prepare", "x/y"), 'The name "x/y" is not allowed: give up to 64 letters'),
        (("prepare", "x", "--label", "a,b"), 'The label "a,b" is not allowed'),
        (("prepare", "x", "--styles", "polka"), 'Style "polka" is not known; the checkpoint has baroque'),
        (("prepare", "x", "--styles", ","), "is not known; the checkpoint has"),
        (("prepare", "x", "--seconds", "4"), "An excerpt of 4 s is not allowed: give 5 to 60."),
        (("prepare", "x", "--seconds", "nan"), "is not allowed: give 5 to 60."),
        (("prepare", "x", "--human", "99"), "There are 20 pieces by people, fewer than were asked for"),
        (("prepare", "x", "--temperature", "7"), 'Temperature "7" is not allowed'),
        (("open", "x"), "There is no study 'x': `etude listening list` names"),
        (("close", "x"), "There is no study 'x'"),
        (("show", "x"), "There is no study 'x'"),
        (("discard", "x"), "There is no study 'x'"),
        (("add-human", "nowhere", "--licence", "CC0", "--attribution", "Ann"), "There is no folder nowhere"),
        (("add-human", ".", "--licence", " ", "--attribution", "Ann"), "The licence is empty"),
        (("add-human", ".", "--licence", "CC0", "--attribution", ""), "The attribution is empty"),
        (("add-human", ".", "--licence", "CC0", "--attribution", "A\nn"), "The attribution is no text of up"),
        (("add-human", ".", "--licence", "x" * 301, "--attribution", "Ann"), "The licence is no text of up"),
        (("show", "\udcff"), "There is no study"),
    ],
)
def test_bad_input_is_answered_by_a_sentence(
    etude: Etude, store: Store, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = etude("listening", *arguments)
    assert refused.code == 2
    assert sentence in refused.err
    assert refused.err.count("\n") == 1
    assert store.studies.all() == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--study", "x"), "There is no study 'x'"),
        (("--bound", "0"), "A bound of 0 is not allowed"),
        (("--guild", str(2**63)), "--guild"),
        (("--votes", "x.csv"), "There is no study whose votes could be written"),
    ],
)
def test_a_report_that_cannot_be_made_says_why(
    etude: Etude, store: Store, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = etude("report", *arguments)
    assert (refused.code, refused.out) == (2, "")
    assert sentence in refused.err


def test_a_report_of_nothing_is_one(etude: Etude, store: Store) -> None:
    assert json.loads(etude("report", "--json").out)["study"] is None
    assert "no study yet" in etude("report").out


def test_pieces_by_people_are_added_once_and_played_first(etude: Etude, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    notes = [Note(60 + step % 12, 70, step / 4, step / 4 + 0.2) for step in range(400)]
    (folder / "Sonata by Ann.mid").write_bytes(write_midi(notes))
    add = ("listening", "add-human", folder, "--licence", "CC BY 4.0", "--attribution", "Ann")
    assert "1 pieces by people added, 0 were there" in etude(*add).err
    assert "0 pieces by people added, 1 were there" in etude(*add).err
    made = etude(*SHORT, "--pieces", 0, "--human", 1, "--baseline", 0, "--shuffled", 0)
    assert made.code == 0
    (excerpt,) = store.studies.get("spring").design.excerpts
    assert (excerpt.title, excerpt.attribution, excerpt.licence) == ("Sonata by Ann", "Ann", "CC BY 4.0")


@pytest.mark.parametrize("content", [b"", b"MThd damaged", b"\0" * (1 << 21)])
def test_a_file_that_is_no_music_adds_nothing(
    etude: Etude, store: Store, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "good.mid").write_bytes(write_midi([Note(60, 70, 0.0, 1.0)]))
    (tmp_path / "worse.mid").write_bytes(content)
    refused = etude("listening", "add-human", tmp_path, "--licence", "CC0", "--attribution", "Ann")
    assert refused.code == 2
    assert "worse.mid" in refused.err
    assert store.humans.all() == []
