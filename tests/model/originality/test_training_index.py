from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import CheckpointError, CorpusError
from model.originality.bounds import EXCERPT_SECONDS
from model.originality.building import Baseline, Work, build, read_works
from model.originality.fingerprints import fingerprints_of
from model.originality.training_index import (
    INDEX_FILE,
    TrainingIndex,
    load_training_index,
    save_training_index,
)
from model.prepared import Labelled, PreparedCorpus
from tests.model.originality.pieces import after, disguised, piece_of, tune

SCALE = tune(99, 40)
"""What stands in many works."""


@pytest.fixture(scope="module")
def built() -> tuple[TrainingIndex, Baseline]:
    """Seven works, one of them twice, with a figure in common, and three pieces to judge by."""
    notes = {f"{number}.mid": after(SCALE, tune(number)) for number in range(6)}
    notes |= {"5 again.mid": disguised(notes["5.mid"]), "6.mid": tune(6)}
    labelled = [Labelled(piece_of(each), path, "train") for path, each in notes.items()]
    heard = {"v.mid": after(SCALE, tune(50, 350)), "w.mid": tune(51, 350), "5 once more.mid": tune(5)}
    labelled += [Labelled(piece_of(each), path, "validation") for path, each in heard.items()]
    works = {path: Work(path.split(" ")[0].removesuffix(".mid"), f"Work {path}") for path in notes | heard}
    works["5 once more.mid"] = Work("misnamed", "Work 5, misnamed")
    return build(PreparedCorpus.of(["pop"], labelled), works)


@pytest.fixture(scope="module")
def training(built: tuple[TrainingIndex, Baseline]) -> TrainingIndex:
    return built[0]


def test_a_planted_copy_is_caught_transposed_and_with_other_velocities(training: TrainingIndex) -> None:
    match = training.match(fingerprints_of(disguised(tune(3))))
    assert match.piece is not None
    assert training.names[match.piece] == "Work 3.mid"
    assert training.bound(24).likeness(match) > 1
    assert training.bound(24).likeness(training.match(fingerprints_of(tune(60)))) == 0


def test_what_stands_in_many_works_does_not_count(training: TrainingIndex) -> None:
    assert training.common.size
    assert training.match(fingerprints_of(SCALE)).share < 0.3


def test_the_baseline_is_of_excerpts_of_works_that_were_not_learnt(
    built: tuple[TrainingIndex, Baseline],
) -> None:
    training, baseline = built
    assert baseline.left_out == ("5 once more.mid",)
    assert [bound.seconds for bound in training.bounds] == [10, 30]
    assert list(baseline.matches) == list(EXCERPT_SECONDS)
    assert [len(matches) for matches in baseline.matches.values()] == [6, 2, 0, 0, 0, 0]


def test_it_comes_back_as_it_was_stored(training: TrainingIndex, tmp_path: Path) -> None:
    assert load_training_index(tmp_path) is None
    path = save_training_index(training, tmp_path)
    loaded = load_training_index(tmp_path)
    assert loaded is not None
    assert path == tmp_path / INDEX_FILE
    assert len(loaded.name) == 12
    assert (loaded.names, loaded.bounds) == (training.names, training.bounds)
    copy = fingerprints_of(tune(4))
    assert loaded.match(copy) == training.match(copy)
    save_training_index(replace(training, names=(*training.names[:-1], "Chaconne")), tmp_path)
    again = load_training_index(tmp_path)
    assert again is not None
    assert again.name != loaded.name


@pytest.mark.parametrize("damage", [b"", b"short", b"\xff" * 100, b"\x02\x00\x00\x00\x00\x00\x00\x00{}"])
def test_a_damaged_one_is_refused(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / INDEX_FILE).write_bytes(damage)
    with pytest.raises(CheckpointError, match="damaged"):
        load_training_index(tmp_path)


def test_a_truncated_one_and_one_of_a_later_version_are_refused(
    training: TrainingIndex, tmp_path: Path
) -> None:
    path = save_training_index(training, tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[:-9])
    with pytest.raises(CheckpointError, match="damaged"):
        load_training_index(tmp_path)
    path.write_bytes(data.replace(b'"version":"1"', b'"version":"2"'))
    with pytest.raises(CheckpointError, match="version 2"):
        load_training_index(tmp_path)
    save_training_index(replace(training, names=training.names[:-1]), tmp_path)
    with pytest.raises(CheckpointError, match="damaged"):
        load_training_index(tmp_path)


def test_music_that_was_learnt_later_is_added(training: TrainingIndex) -> None:
    own = [fingerprints_of(tune(70)), fingerprints_of(tune(71))]
    more = training.with_music(own, "my own")
    assert more.names == (*training.names, "my own", "my own")
    assert more.bounds == training.bounds
    for notes, name in ((tune(71), "my own"), (tune(2), "Work 2.mid")):
        match = more.match(fingerprints_of(notes))
        assert match.piece is not None
        assert more.names[match.piece] == name
        assert match.longest_notes > 80
    assert more.match(fingerprints_of(tune(5))) == training.match(fingerprints_of(tune(5)))


def test_works_are_read_from_a_manifest(tmp_path: Path) -> None:
    manifest = tmp_path / "MANIFEST.csv"
    manifest.write_text(
        "path,style,piece_id,composer,title\na.mid,baroque,p1,Bach,Fugue_in_C\nb.mid,baroque,p1,,\n",
    )
    assert read_works(manifest) == {"a.mid": Work("p1", "Bach: Fugue in C"), "b.mid": Work("p1", "b.mid")}
    manifest.write_text("path,style\na.mid,baroque\n")
    with pytest.raises(CorpusError, match="piece_id"):
        read_works(manifest)


def test_a_corpus_of_other_music_is_refused() -> None:
    corpus = PreparedCorpus.of(["pop"], [Labelled(piece_of(tune(1)), "a.mid", "train")])
    with pytest.raises(CorpusError, match=r"a\.mid"):
        build(corpus, {})
    with pytest.raises(CorpusError, match="validation"):
        build(corpus, {"a.mid": Work("1", "A")})
