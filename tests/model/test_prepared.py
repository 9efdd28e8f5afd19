from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from model.errors import CorpusError
from model.performance import Events
from model.piece import Piece, Rendition
from model.prepared import Labelled, PreparedCorpus, load_prepared

Play = Callable[[str], Events]


@pytest.fixture
def corpus(play: Play) -> PreparedCorpus:
    pieces = [
        Labelled(Piece(play("on60 wait5 off60"), 1, 23, Rendition.SCORE, is_flat=True), "a/ä.mid", "train"),
        Labelled(Piece(play("loud9 on61 wait100 off61")), "b.mid", "test"),
        Labelled(Piece(play("wait1"), 0, 0, Rendition.PERFORMED), "c.mid", "train"),
        Labelled(Piece(play("")), "d.mid", "validation"),
    ]
    return PreparedCorpus.of(["baroque", "ragtime"], pieces)


def test_pieces_come_back_as_they_were_gathered(corpus: PreparedCorpus, play: Play) -> None:
    assert len(corpus) == 4
    assert corpus.paths == ("a/ä.mid", "b.mid", "c.mid", "d.mid")
    first, second, third, fourth = (corpus[index] for index in range(4))
    assert first.events.tolist() == play("on60 wait5 off60").tolist()
    assert (first.style, first.key, first.rendition, first.is_flat) == (1, 23, Rendition.SCORE, True)
    assert second.events.tolist() == play("loud9 on61 wait100 off61").tolist()
    assert (second.style, second.key, second.rendition, second.is_flat) == (None, None, None, False)
    assert (third.style, third.key, third.rendition) == (0, 0, Rendition.PERFORMED)
    assert fourth.events.size == 0


def test_splits(corpus: PreparedCorpus) -> None:
    assert corpus.split("train") == [0, 2]
    assert corpus.split("validation") == [3]
    assert corpus.split("test") == [1]


def test_a_file_holds_the_whole_corpus(corpus: PreparedCorpus, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "corpus.safetensors"
    corpus.save(path)
    loaded = load_prepared(path)
    assert (loaded.styles, loaded.paths) == (corpus.styles, corpus.paths)
    for name in ("events", "offsets", "labels"):
        was, now = getattr(corpus, name), getattr(loaded, name)
        assert now.dtype == was.dtype
        assert now.tolist() == was.tolist()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_corpus_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as refusal:
        load_prepared(tmp_path / "corpus")
    assert str(refusal.value) == (
        f"There is no prepared corpus at {tmp_path / 'corpus'}; make one with `etude prepare`."
    )


@pytest.mark.parametrize("damage", ["empty", "cut", "header", "text", "longer"])
def test_a_damaged_file_is_refused_with_a_sentence(
    corpus: PreparedCorpus, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "corpus"
    corpus.save(path)
    data = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "cut": data[:-3],
            "header": data[:20] + b"\xff" + data[21:],
            "text": b"This is no corpus." * 9,
            "longer": data + b"\x00",
        }[damage]
    )
    with pytest.raises(CorpusError) as refusal:
        load_prepared(path)
    assert str(refusal.value) == f"The prepared corpus {path} is damaged; prepare it anew."


@pytest.mark.parametrize(
    ("metadata", "end"),
    [
        (None, "is no prepared corpus of version 1; prepare it anew."),
        ({"version": "2"}, "is no prepared corpus of version 1; prepare it anew."),
        ({"version": "1"}, "is damaged; prepare it anew."),
        ({"version": "1", "styles": "[", "paths": "[]"}, "is damaged; prepare it anew."),
        ({"version": "1", "styles": "[]", "paths": "[]"}, "is damaged; prepare it anew."),
    ],
)
def test_other_safetensors_files_are_refused(
    tmp_path: Path, metadata: dict[str, str] | None, end: str
) -> None:
    path = tmp_path / "corpus"
    save_file({"weights": np.zeros(3)}, path, metadata=metadata)
    with pytest.raises(CorpusError) as refusal:
        load_prepared(path)
    assert str(refusal.value).endswith(f"{path} {end}")
