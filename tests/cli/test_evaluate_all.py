"""One report, end to end: a tiny checkpoint that was never trained, beside a tiny corpus."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.checkpoint import Checkpoint
from model.midi import write_midi
from model.performance import Note

Etude = Callable[..., Any]

FEW = ("--pieces", 2, "--short", 1, "--long", 1, "--moods", 1, "--styles", "pop,latin")


@pytest.fixture
def corpus() -> tuple[object, ...]:
    """Of each of two styles six pieces of 70 s, one of them in the test split; prepared."""
    rows = ["path,style,key,split,piece_id,rendition"]
    for place in range(12):
        style, step = ("pop", 2) if place % 2 else ("latin_dance", 5)
        notes = [
            Note(50 + (beat * step + place) % 24, 50 + beat % 30, beat / 3, beat / 3 + 0.3)
            for beat in range(210)
        ]
        Path(f"{place}.mid").write_bytes(write_midi(notes))
        split = "test" if place > 9 else "validation" if place > 7 else "train"
        rows.append(f"{place}.mid,{style},C major,{split},p{place},performed")
    Path("manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return ("--manifest", "manifest.csv")


def test_one_report(etude: Etude, corpus: tuple[object, ...], checkpoint: Checkpoint) -> None:
    options = (*corpus, *FEW, "--out", "out", "--limit-pieces", 1)
    outcome = etude("evaluate", "all", *options)
    assert outcome.code == 0, outcome.err
    report = json.loads(Path("out/evaluation.json").read_text(encoding="utf-8"))
    assert (report["checkpoint"], report["real_pieces"]) == (checkpoint.digest, 10)
    tables = report["tables"]
    assert tables["keys"]["all"]["pieces"] == 4
    assert tables["keys"]["pop, real"]["pieces"] == 5
    assert tables["density"]["all"]["pieces"] == 2
    assert tables["lengths"].keys() >= {"all, 10 s", "pop, 60 s", "latin, 180 s"}
    assert tables["moods"].keys() == {
        f"{style}, {mood}" for style in ("all", "pop") for mood in ("calm", "neutral", "lively")
    }
    assert tables["styles"]["pop"]["real_recall"] == 1.0
    assert tables["overlap"]["pop"]["judged"] is False
    assert tables["likelihood"]["all"]["pieces"] == 1
    nats = tables["bounds"]["likelihood, no control told"]
    assert (float(nats["measured"]), nats["holds"]) == (
        pytest.approx(tables["likelihood"]["all"]["unspecified"], abs=1e-3), False,
    )  # fmt: skip
    assert tables["bounds"]["overlapping area, mean"]["holds"] is None

    markdown = Path("out/evaluation.md").read_text(encoding="utf-8")
    for told in ("Bounds", "Key asked for", "Overlapping area (mgeval)", checkpoint.name, "| pop, real |"):
        assert told in markdown
    for told in ("Bounds", "Key asked for", "out/evaluation.md"):
        assert told in outcome.out

    kept = {path: path.stat().st_mtime_ns for path in Path("out/samples").iterdir()}
    assert len(kept) == 11
    assert etude("evaluate", "all", *options).out == outcome.out
    assert {path: path.stat().st_mtime_ns for path in Path("out/samples").iterdir()} == kept

    next(iter(kept)).unlink()  # as if it had been interrupted
    Path("prepared").mkdir()
    assert etude("prepare", "prepared/corpus", *corpus).code == 0
    assert etude("evaluate", "all", *options, "--prepared", "prepared/corpus").out == outcome.out
    assert Path("out/evaluation.md").read_text(encoding="utf-8") == markdown


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--temperature", "0"), "Temperature"),
        (("--top-p", "nan"), "Top-p"),
        (("--guidance", "x"), "Guidance"),
        (("--pieces", "0"), "pieces"),
        (("--styles", "pop,polka"), 'Style "polka" is not known'),
        (("--styles", ","), "is not known"),
        (("--manifest", "nowhere.csv"), "There is no manifest at nowhere.csv"),
        (("--prepared", "nowhere"), "There is no prepared corpus"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(
    etude: Etude, corpus: tuple[object, ...], options: tuple[str, ...], told: str
) -> None:
    outcome = etude("evaluate", "all", *corpus, *FEW, "--limit-pieces", 0, "--out", "out", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "is not what"),
        ("[]", "is not what"),
        ('{"checkpoint": "0"}', "another checkpoint"),
        ('{"checkpoint": "DIGEST", "split": "test"}', "not those of the validation split"),
        ('{"checkpoint": "DIGEST", "split": "validation", "styles": {}}', "is not what"),
    ],
)
def test_likelihoods_of_something_else_are_refused(
    etude: Etude, corpus: tuple[object, ...], checkpoint: Checkpoint, text: str, told: str
) -> None:
    Path("known.json").write_text(text.replace("DIGEST", checkpoint.digest), encoding="utf-8")
    outcome = etude("evaluate", "all", *corpus, *FEW, "--likelihood", "known.json", "--out", "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err
