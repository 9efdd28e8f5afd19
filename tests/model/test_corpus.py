from collections.abc import Callable
from pathlib import Path

import pytest

from model.corpus import ManifestRow, prepare, read_manifest
from model.errors import CorpusError
from model.events import STEPS_PER_SECOND
from model.midi import write_midi
from model.patterns.composer import compose_pattern, pattern_key
from model.performance import Events, Note, encode
from model.piece import Rendition
from model.prepared import SPLITS

Play = Callable[[str], Events]


@pytest.fixture
def manifest(tmp_path: Path) -> Callable[..., list[ManifestRow]]:
    """Reads a manifest of the lines given."""

    def read(*lines: str) -> list[ManifestRow]:
        path = tmp_path / "manifest.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_manifest(path, tmp_path)

    return read


Manifest = Callable[..., list[ManifestRow]]


def write(path: Path, *velocities: int, lead: float = 0.0) -> None:
    """A file of repeated notes of half a second."""
    notes = [Note(60, velocity, lead + i / 2, lead + (i + 1) / 2) for i, velocity in enumerate(velocities)]
    path.write_bytes(write_midi(notes))


def test_a_row_says_what_a_file_is(manifest: Manifest, tmp_path: Path) -> None:
    (row,) = manifest(
        "composer,path,style,key,rendition,split,piece_id",
        'Bach,"a/b, c.mid",baroque,C minor,performed,test,p1',
    )
    assert row == ManifestRow(
        tmp_path / "a/b, c.mid", "a/b, c.mid", "baroque", 12, Rendition.PERFORMED, "test"
    )


def test_two_columns_are_enough(manifest: Manifest) -> None:
    (row,) = manifest("style,path", "pop,a.mid")
    assert (row.name, row.style, row.key, row.rendition) == ("a.mid", "pop", None, None)
    assert row.split in ("train", "validation")


@pytest.mark.parametrize(
    ("written", "style"),
    [
        ("ragtime_jazz", "ragtime"),
        ("salon_popular", "salon"),
        ("latin_dance", "latin"),
        ("minimalist_ambient", "minimalist"),
        ("klezmer", "klezmer"),
        ("polka", "polka"),
    ],
)
def test_styles_go_by_one_name(manifest: Manifest, written: str, style: str) -> None:
    assert manifest("path,style", f"a.mid,{written}")[0].style == style


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ("D major,A minor,0.9", 2),
        (",A minor,0.8", 21),
        (",A minor,0.79", None),
        (",A minor,", None),
        (",,", None),
    ],
)
def test_a_confident_estimate_stands_in_for_an_unknown_key(
    manifest: Manifest, cells: str, key: int | None
) -> None:
    assert manifest("path,style,key,key_est,key_est_conf", f"a.mid,pop,{cells}")[0].key == key


@pytest.mark.parametrize(
    ("cell", "rendition"),
    [
        ("performed", Rendition.PERFORMED),
        ("score-derived", Rendition.SCORE),
        ("score", Rendition.SCORE),
        ("", None),
        ("improvised", None),
    ],
)
def test_renditions(manifest: Manifest, cell: str, rendition: Rendition | None) -> None:
    assert manifest("path,style,rendition", f"a.mid,pop,{cell}")[0].rendition == rendition


def test_all_renditions_of_a_composition_share_a_split_that_never_changes(manifest: Manifest) -> None:
    lines = [f"{take}/{piece}.mid,pop,p{piece}" for piece in range(1000) for take in "ab"]
    rows = manifest("path,style,piece_id", *lines)
    assert [row.split for row in rows[::2]] == [row.split for row in rows[1::2]]
    assert 0.07 < sum(row.split == "validation" for row in rows) / len(rows) < 0.13
    splits = [row.split for row in rows[::2]]
    assert [piece for piece in range(60) if splits[piece] == "validation"] == [
        0,
        7,
        17,
        33,
        37,
        44,
        53,
        54,
        59,
    ]


def test_without_a_name_of_the_composition_the_path_decides(manifest: Manifest) -> None:
    by_path = manifest("path,style", *(f"p{piece},pop" for piece in range(200)))
    by_piece = manifest("path,style,piece_id", *(f"x{piece},pop,p{piece}" for piece in range(200)))
    assert [row.split for row in by_path] == [row.split for row in by_piece]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["path,title", "a.mid,A"], "{0} has no column style."),
        (["title", "A"], "{0} has no column path, style."),
        ([""], "{0} has no column path, style."),
        (["path,style,split", "a.mid,pop,holdout"], '{0}, line 2: there is no split "holdout"; known are: '),
        (["path,style,key", "a.mid,pop,", "b.mid,pop,H"], '{0}, line 3: "H" is not a key such as "C minor".'),
        (["path,style", "a.mid"], "{0}, line 2: path or style is missing."),
        (["path,style", ",pop"], "{0}, line 2: path or style is missing."),
        (
            ["path,style,key_est,key_est_conf", "a.mid,pop,A minor,sure"],
            "{0}, line 2: could not convert string to float: 'sure'.",
        ),
    ],
)
def test_a_manifest_that_cannot_be_understood_is_refused_with_the_place(
    manifest: Manifest, tmp_path: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(CorpusError) as refusal:
        manifest(*lines)
    assert sentence.format(tmp_path / "manifest.csv") in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_a_manifest_from_a_spreadsheet_is_read_and_one_in_another_encoding_refused(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(b"\xef\xbb\xbfpath,style\r\na.mid,pop\r\n")
    assert [row.name for row in read_manifest(path, tmp_path)] == ["a.mid"]
    path.write_bytes(b"path,style\n\xe4.mid,pop\n")
    with pytest.raises(CorpusError, match=r"is no CSV file in UTF-8"):
        read_manifest(path, tmp_path)
    with pytest.raises(CorpusError, match="There is no manifest at"):
        read_manifest(tmp_path / "other.csv", tmp_path)


@pytest.mark.parametrize("processes", [1, 2])
def test_preparing_reads_what_can_be_read_and_tells_of_the_rest(
    manifest: Manifest, tmp_path: Path, play: Play, processes: int
) -> None:
    write(tmp_path / "a.mid", 1, 5, 9, 13, lead=3.0)
    write(tmp_path / "b.mid", 1, 5, 9, 9)
    (tmp_path / "c.mid").write_bytes(b"")
    rows = manifest(
        "path,style,split,key",
        "c.mid,pop,train,",
        "b.mid,polka,train,",
        "a.mid,baroque,validation,B minor",
        "d.mid,pop,train,",
    )
    told: list[tuple[int, str | None]] = []
    corpus = prepare(rows, processes=processes, report=lambda count, problem: told.append((count, problem)))
    assert corpus.styles == ("baroque", "pop", "polka")
    assert corpus.paths == ("b.mid", "a.mid")
    assert (corpus.split("train"), corpus.split("validation")) == ([0], [1])
    flat, dynamic = corpus[0], corpus[1]
    assert (flat.style, flat.key, flat.is_flat) == (2, None, True)
    assert (dynamic.style, dynamic.key, dynamic.is_flat) == (0, 23, False)
    # The three seconds before the first note are gone.
    assert dynamic.events[:4].tolist() == play("loud1 on60 wait50 off60").tolist()
    assert [count for count, _ in told] == [1, 2, 3, 4]
    assert told[0][1] == "c.mid: The MIDI file is empty; give one that holds notes."
    assert told[1][1] is told[2][1] is None
    assert str(told[3][1]).startswith("d.mid: [Errno 2]")


def test_a_corpus_without_one_readable_file_is_refused(manifest: Manifest) -> None:
    with pytest.raises(CorpusError) as refusal:
        prepare(manifest("path,style", "a.mid,pop"))
    assert str(refusal.value) == "Not one MIDI file of the corpus could be read."


def test_calm_pieces_of_fitting_styles_may_stand_there_twice(manifest: Manifest, tmp_path: Path) -> None:
    header = "path,style,split,calm,notes_per_sec,mean_velocity,key"
    lines = [
        "a,romantic,train,1,4.2,62,E minor",
        "b,classical,validation,1,2,40,",
        "c,modern,test,1,2,40,",  # kept for the table, as it is
        "d,pop,train,1,2,40,",
        "e,romantic,train,0,2,40,",
        "f,romantic,train,1,4.3,40,",
        "g,romantic,train,1,2,63,",
        "h,minimalist_ambient,train,1,2,40,",
        "i,romantic,train,1,,,",
    ]
    for line in lines:
        write(tmp_path / line[0], 1, 5, 9, 13)
    rows = manifest(header, *lines)
    plain, doubled = prepare(rows), prepare(rows, calm=True)
    assert doubled.styles == plain.styles
    assert doubled.paths == (*plain.paths, "a", "b")
    first, second = doubled[len(rows)], doubled[len(rows) + 1]
    assert {doubled.styles[piece.style or 0] for piece in (first, second)} == {"minimalist"}
    assert first.events.tolist() == doubled[0].events.tolist()
    assert (first.key, first.rendition) == (doubled[0].key, doubled[0].rendition)
    assert [doubled.split(split)[-1] for split in SPLITS] == [len(rows), len(rows) + 1, 2]


def test_a_corpus_without_minimalist_pieces_learns_of_the_style(manifest: Manifest, tmp_path: Path) -> None:
    write(tmp_path / "a", 1, 5, 9, 13)
    rows = manifest(
        "path,style,split,calm,notes_per_sec,mean_velocity",
        "a,romantic,train,1,1,40",
    )
    assert prepare(rows).styles == ("romantic",)
    assert prepare(rows, calm=True).styles == ("romantic", "minimalist")
    assert prepare(rows, pattern_hours=0.01).styles == ("romantic", "minimalist")


def test_pattern_pieces_are_trained_on_and_never_judged_by(manifest: Manifest, tmp_path: Path) -> None:
    write(tmp_path / "a", 1, 5, 9, 13)
    rows = manifest("path,style,split", "a,minimalist_ambient,validation")
    corpus = prepare(rows, pattern_hours=0.1)
    assert corpus.paths[:3] == ("a", "patterns/000000", "patterns/000001")
    assert (corpus.split("validation"), corpus.split("test")) == ([0], [])
    added = [corpus[place] for place in corpus.split("train")]
    hours = sum(piece.total_steps for piece in added) / STEPS_PER_SECOND / 3600
    assert 0.1 - 0.01 <= hours < 0.1 + 300 / 3600
    assert [piece.key for piece in added] == [pattern_key(seed) for seed in range(len(added))]
    assert {(piece.style, piece.rendition, piece.is_flat) for piece in added} == {
        (0, Rendition.PERFORMED, False)
    }
    assert corpus[1].events.tolist() == encode(compose_pattern(0)).tolist()
