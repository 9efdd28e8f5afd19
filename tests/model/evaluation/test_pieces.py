from pathlib import Path

import pytest

from model.errors import CorpusError
from model.evaluation.pieces import Listed, of_split, read_listed, real_pieces
from model.performance import Note, encode
from model.piece import Piece, Rendition
from model.prepared import Labelled, PreparedCorpus

MINUTE = encode([Note(60, 64, second, second + 1.0) for second in range(61)])
STYLES = ("pop", "salon")


def corpus(rows: list[tuple[str, int, Rendition, str]]) -> PreparedCorpus:
    return PreparedCorpus.of(
        STYLES,
        [
            Labelled(Piece(MINUTE, style, None, rendition), path, split)
            for path, style, rendition, split in rows
        ],
    )


def test_a_manifest_tells_composition_and_known_key(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(
        "path,style,key,piece_id\na.mid,salon_popular,C minor,p1\nb.mid,pop,,\n", encoding="utf-8"
    )
    assert read_listed(manifest) == {
        "a.mid": Listed("salon", "p1", 12),
        "b.mid": Listed("pop", "b.mid", None),
    }
    manifest.write_text("path,style,key\na.mid,pop,H major\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="H major"):
        read_listed(manifest)
    manifest.write_text("path,genre\na.mid,pop\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="no column style"):
        read_listed(manifest)
    manifest.write_bytes(b"path,style\n\xff.mid,pop\n")
    with pytest.raises(CorpusError, match="no CSV file in UTF-8"):
        read_listed(manifest)


def test_test_pieces_and_what_the_manifest_does_not_list_are_not_real() -> None:
    rows = [
        ("a", 0, Rendition.PERFORMED, "train"),
        ("b", 0, Rendition.PERFORMED, "test"),
        ("c", 0, Rendition.PERFORMED, "validation"),  # not in the manifest
        ("d", 1, Rendition.PERFORMED, "validation"),  # in the manifest as pop
    ]
    listed = {name: Listed("pop", name, 3) for name in ("a", "b", "d")}
    own = corpus(rows)
    assert of_split(own, listed, "train") == [0]
    (piece,) = real_pieces(own, listed, STYLES)
    assert (piece.style, piece.composition, piece.key, piece.is_reference) == ("pop", "a", 3, True)
    assert piece.notes.end == 61.0


@pytest.mark.parametrize(("performed", "compared"), [(10, 10), (9, 12)])
def test_performances_stand_beside_performances_where_there_are_enough(performed: int, compared: int) -> None:
    rows = [
        (str(place), 0, Rendition.PERFORMED if place < performed else Rendition.SCORE, "train")
        for place in range(12)
    ]
    listed = {path: Listed("pop", path, None) for path, *_ in rows}
    pieces = real_pieces(corpus(rows), listed, STYLES)
    assert (len(pieces), sum(one.is_reference for one in pieces)) == (12, compared)
