import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.midi import write_midi
from model.performance import Note

Etude = Callable[..., Any]


@pytest.fixture
def manifest() -> Path:
    """A piece of 12 s in C major, and one of 2 s, which is too short to stand beside anything."""
    for name, beats in (("long", 24), ("short", 4)):
        notes = [Note(60 + (0, 4, 7)[beat % 3], 70, beat / 2, beat / 2 + 0.5) for beat in range(beats)]
        Path(f"{name}.mid").write_bytes(write_midi(notes))
    path = Path("manifest.csv")
    path.write_text("path,style,key,split\nlong.mid,pop,C major,test\nshort.mid,pop,C major,test\n")
    return path


def test_sampled_pieces_beside_real_ones(etude: Etude, manifest: Path) -> None:
    options = ("--pieces", 2, "--seconds", 10, "--manifest", manifest, "--split", "test", "--json")
    outcome = etude("evaluate", "samples", *options)
    assert outcome.code == 0
    report = json.loads(outcome.out)
    assert report["sampled"]["all"]["pieces"] == 2
    assert report["sampled"]["baroque"]["pieces"] == 1
    assert abs(report["sampled"]["all"]["means"]["seconds"] - 10) < 2
    assert report["real"].keys() == {"all", "pop"}
    real = report["real"]["all"]
    assert (real["pieces"], real["key_share"]) == (1, 1.0)
    assert real["means"]["notes_per_second"] == pytest.approx(2.0)
    assert real["means"]["mean_polyphony"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--temperature", "0"), "Temperature"),
        (("--top-p", "nan"), "Top-p"),
        (("--pieces", "0"), "pieces"),
        (("--manifest", "nowhere.csv"), "nowhere.csv"),
        (("--manifest", "manifest.csv", "--split", "foo\nbar"), "There is no split"),
        (("--manifest", "manifest.csv", "--split", "train"), "no pieces in the split train"),
        (("--manifest", "manifest.csv", "--split", "test", "--seconds", "30"), "no piece of 30 s"),
    ],
)
def test_what_cannot_be_sampled_is_refused(
    etude: Etude, manifest: Path, options: tuple[str, ...], told: str
) -> None:
    outcome = etude("evaluate", "samples", "--pieces", 1, "--seconds", 10, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err
    assert outcome.err.strip().count("\n") == 0
