import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model.checkpoint import Checkpoint
from model.midi import write_midi
from model.performance import Note, encode

Etude = Callable[..., Any]

TELLINGS = {"unspecified", "style_and_key", "all"}
NOTES = [Note(60 + beat % 3, 50 + beat % 5, beat / 4, beat / 4 + 0.2) for beat in range(20)]


@pytest.fixture(scope="module", autouse=True)
def threads_as_before() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def manifest() -> Path:
    """Of the same notes: three pieces of validation, one of a style that the checkpoint does not know."""
    rows = ["path,style,key,split"]
    Path("midi").mkdir()
    for place, style in enumerate(("pop", "salon", "polka", "pop", "pop")):
        Path(f"midi/{place}.mid").write_bytes(write_midi(NOTES))
        rows.append(f"{place}.mid,{style},C major,{'validation' if place < 3 else 'train'}")
    path = Path("manifest.csv")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_the_figures_of_a_split(etude: Etude, manifest: Path, checkpoint: Checkpoint) -> None:
    options = ("--manifest", manifest, "--root", "midi", "--split", "validation", "--threads", 1)
    outcome = etude("evaluate", "likelihood", *options, "--json")
    assert outcome.code == 0
    (line,) = outcome.out.splitlines()
    report = json.loads(line)
    assert (report["checkpoint"], report["split"]) == (checkpoint.digest, "validation")
    events = encode(NOTES).size + 1  # and the END
    assert (report["pieces"], report["events"], report["notes"]) == (3, 3 * events, 60)
    assert report["seconds"] == pytest.approx(3 * 4.95, abs=0.051)
    for nats in ("nats_per_event", "nats_per_note", "nats_per_second"):
        assert set(report[nats]) == TELLINGS
    for telling, nats in report["nats_per_event"].items():
        # It was never trained: worse than knowing nothing, but not by much.
        assert 0.9 * math.log(390) < nats < 3 * math.log(390)
        whole = nats * report["events"]
        assert report["nats_per_note"][telling] == pytest.approx(whole / 60, rel=1e-3)
        assert report["nats_per_second"][telling] == pytest.approx(whole / 14.85, rel=1e-3)
    assert len(set(report["nats_per_event"].values())) == 3
    styles = report["styles"]
    assert list(styles) == ["pop", "salon", "polka"]
    assert [row["pieces"] for row in styles.values()] == [1, 1, 1]
    assert len({row["nats_per_event"]["unspecified"] for row in styles.values()}) == 1  # the same notes
    assert len({row["nats_per_event"]["style_and_key"] for row in styles.values()}) == 3

    assert etude("evaluate", "likelihood", *options, "--json").out == outcome.out
    people = etude("evaluate", "likelihood", *options).out
    for told in (*styles, "unspecified", f"{report['nats_per_event']['unspecified']:.3f}", checkpoint.name):
        assert told in people


def test_a_limit_takes_some_of_the_pieces(etude: Etude, manifest: Path) -> None:
    options = ("--manifest", manifest, "--root", "midi", "--json", "--limit", 2)
    assert json.loads(etude("evaluate", "likelihood", *options).out)["pieces"] == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ["--manifest", "manifest.csv", "--split", "tests"],
            'There is no split "tests"; known are: train, val',
        ),
        (["--manifest", "manifest.csv", "--split", "test"], "has no pieces in the split test"),
        (["--manifest", "nowhere.csv"], "There is no manifest at nowhere.csv."),
        (
            ["--manifest", "manifest.csv", "--root", "nowhere"],
            "Not one MIDI file of the corpus could be read.",
        ),
        (["--manifest", "manifest.csv", "--limit", "0"], "'--limit'"),
        ([], "--manifest"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(
    etude: Etude, manifest: Path, options: list[str], told: str
) -> None:
    outcome = etude("evaluate", "likelihood", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err.splitlines()[-1]
    assert "Traceback" not in outcome.err


def test_a_damaged_checkpoint_is_refused(
    etude: Etude, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETUDE_CHECKPOINT", "midi")
    outcome = etude("evaluate", "likelihood", "--manifest", manifest)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert outcome.err.startswith("There is no checkpoint in midi")
