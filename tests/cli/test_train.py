import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.errors import INSTALL_TRAIN
from model.checkpoint import load_checkpoint
from model.midi import write_midi
from model.performance import Note
from model.prepared import load_prepared

Etude = Callable[..., Any]

SMALL = ("--hidden", 16, "--layers", 1, "--batch", 2, "--steps", 16, "--threads", 1, "--device", "cpu")


@pytest.fixture(scope="module", autouse=True)
def threads_as_before() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def manifest() -> Path:
    """Twelve pieces of two styles: enough that they are read by several processes."""
    rows = ["path,style,key,split"]
    Path("corpus").mkdir()
    for place in range(12):
        pitches = (48 + place, 52 + place, 55 + place)
        notes = [Note(pitches[beat % 3], 50 + beat % 5, beat / 4, beat / 4 + 0.2) for beat in range(40)]
        Path(f"corpus/{place}.mid").write_bytes(write_midi(notes))
        style, split = ("pop", "salon")[place % 2], "validation" if place < 2 else "train"
        rows.append(f"{place}.mid,{style},C major,{split}")
    path = Path("corpus/manifest.csv")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_from_a_corpus_to_a_piece(etude: Etude, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (manifest.parent / "broken.mid").write_bytes(b"MThd")
    with manifest.open("a") as file:
        file.write("broken.mid,pop,,train\n")
    outcome = etude("prepare", "prepared", "--manifest", manifest)
    assert outcome.code == 0
    # 40 notes each: as many NOTE_ON, NOTE_OFF and shifts until it, 39 shifts between, 16 changes of loudness.
    assert outcome.out == "12 pieces, 2,100 events, 2 styles: prepared\n"
    assert "left out: broken.mid: The MIDI file is damaged" in outcome.err
    assert len(load_prepared(Path("prepared"))) == 12

    outcome = etude("train", "run", "--minutes", 0.01, "--prepared", "prepared", *SMALL)
    assert outcome.code == 0
    assert outcome.out == "The checkpoint is in run/checkpoint\n"
    first = load_checkpoint(Path("run/checkpoint"))
    assert (first.styles, first.config.hidden) == (("pop", "salon"), 16)
    assert first.training["sittings"] == 1
    assert any(Path("run/tensorboard").iterdir())

    # The same folder is gone on with: its time is the whole run's, and its size stays.
    assert etude("train", "run", "--minutes", 0.02, "--prepared", "prepared").code == 0
    second = load_checkpoint(Path("run/checkpoint"))
    assert second.training["sittings"] == 2
    assert second.training["windows"] > first.training["windows"]
    assert second.config == first.config

    monkeypatch.setenv("ETUDE_CHECKPOINT", "run/checkpoint")
    outcome = etude(
        "compose", "--style", "salon", "--candidates", 1, "--length", 10, "--format", "wav", "--json"
    )
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out)["checkpoint"] == second.digest
    assert etude("compose", "--style", "klezmer").err.endswith("choose one of pop, salon.\n")


def test_a_manifest_is_prepared_once(etude: Etude, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETUDE_DATA_DIR", "data")
    assert etude("train", "a", "--minutes", 0.002, "--manifest", manifest, *SMALL).code == 0
    (prepared,) = Path("data/prepared").iterdir()
    (manifest.parent / "0.mid").unlink()
    before = prepared.stat().st_mtime_ns
    outcome = etude(
        "train", "b", "--minutes", 0.002, "--manifest", manifest, "--start", "a/checkpoint", *SMALL
    )
    assert outcome.code == 0
    assert prepared.stat().st_mtime_ns == before
    manifest.write_text(manifest.read_text(encoding="utf-8") + "1.mid,pop,,train\n", encoding="utf-8")
    assert etude("train", "c", "--minutes", 0.002, "--manifest", manifest, *SMALL).code == 0
    assert len(list(Path("data/prepared").iterdir())) == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "Training needs a corpus: give --prepared FILE or --manifest FILE."),
        (["--prepared", "nowhere"], "There is no prepared corpus at nowhere; make one with `etude prepare`."),
        (["--prepared", "corpus/manifest.csv"], "The prepared corpus corpus/manifest.csv is damaged"),
        (["--manifest", "nowhere.csv"], "There is no manifest at nowhere.csv."),
        (["--manifest", "corpus/0.mid"], "The manifest corpus/0.mid is no CSV file in UTF-8"),
        (["--manifest", "corpus/manifest.csv", "--start", "nowhere"], "There is no checkpoint in nowhere"),
        (["--minutes", "nan"], "Minutes nan is not allowed: give a number above 0."),
        (["--minutes", "0"], "Minutes 0 is not allowed"),
        (["--minutes", "-3"], "Minutes -3 is not allowed"),
        (["--minutes", "soon"], "'--minutes'"),
        (["--batch", "0"], "'--batch'"),
        (["--device", "foo"], 'Device "foo" is not allowed'),
        (["--dropout", "1.5"], "'--dropout'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_trained_on_is_refused(
    etude: Etude, manifest: Path, options: list[str], told: str
) -> None:
    outcome = etude("train", "run", "--minutes", 0.002, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err.splitlines()[-1]
    assert "Traceback" not in outcome.err
    assert not list(Path().glob("run/checkpoint*"))


def test_a_run_that_cannot_be_written_is_refused(etude: Etude, manifest: Path) -> None:
    Path("file").write_bytes(b"mine")
    assert etude("prepare", "file/prepared", "--manifest", manifest).code == 2
    etude("prepare", "prepared", "--manifest", manifest)
    outcome = etude("train", "file", "--minutes", 0.002, "--prepared", "prepared", *SMALL)
    assert outcome.code == 2
    assert outcome.err.startswith("file/")
    assert Path("file").read_bytes() == b"mine"


def test_without_torch_the_remedy_is_told(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # how Python itself marks what cannot be imported
    outcome = etude("train", "run", "--minutes", 1, "--prepared", "nowhere")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"Training needs the package torch; run: {INSTALL_TRAIN}.\n"
    outcome = etude("evaluate", "likelihood", "--manifest", "nowhere")
    assert outcome.err == f"Evaluating needs torch; run: {INSTALL_TRAIN}.\n"
