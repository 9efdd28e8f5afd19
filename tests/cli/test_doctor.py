import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.errors import INSTALL_WORKER
from model.checkpoint import WEIGHTS_FILE, Checkpoint

Etude = Callable[..., Any]

SUBJECTS = ("soundfont", "FluidSynth", "checkpoint", "data folder", "database", "GPU")


def rows(outcome: Any) -> dict[str, tuple[str, str]]:
    """By subject: the mark, and what is told."""
    found = {}
    for line in outcome.out.splitlines():
        mark, rest = line.split(maxsplit=1)
        subject = next(subject for subject in SUBJECTS if rest.startswith(subject))
        found[subject] = (mark, rest.removeprefix(subject).strip())
    return found


def test_all_is_well(etude: Etude, checkpoint: Checkpoint, data_folder: Path) -> None:
    outcome = etude("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    found = rows(outcome)
    assert [mark for mark, _ in found.values()][:5] == ["ok"] * 5
    assert found["soundfont"][1].endswith("TimGM6mb.sf2 (from setting)")
    assert found["FluidSynth"][1].startswith("plays a note")
    assert checkpoint.name in found["checkpoint"][1]
    assert "klezmer" in found["checkpoint"][1]
    assert found["data folder"][1] == str(data_folder)
    assert found["database"][1].startswith("pieces: ")
    assert found["GPU"][0] in ("ok", "none")  # a machine without one is well


def test_a_missing_soundfont_is_told_with_its_remedy(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUNDFONT", "/nowhere/[bold]my.sf2")
    outcome = etude("doctor")
    assert outcome.code == 1
    found = rows(outcome)
    mark, told = found["soundfont"]
    assert mark == "mend"
    assert (
        told == "The soundfont /nowhere/[bold]my.sf2 does not exist; give the path of an .sf2 or .sf3 file."
    )
    assert found["FluidSynth"][0] == "mend"  # it had nothing to play with
    assert found["checkpoint"][0] == "ok"


def test_a_damaged_checkpoint_is_told(
    etude: Etude, checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(checkpoint_folder, "damaged")
    (Path("damaged") / WEIGHTS_FILE).write_bytes(b"nothing")
    monkeypatch.setenv("ETUDE_CHECKPOINT", "damaged")
    outcome = etude("doctor")
    assert outcome.code == 1
    found = rows(outcome)
    assert found["checkpoint"] == ("mend", "The checkpoint in damaged is damaged; fetch or train it anew.")
    assert found["FluidSynth"][0] == "ok"


def test_a_data_folder_that_cannot_be_written_is_told(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_bytes(b"")
    monkeypatch.setenv("ETUDE_DATA_DIR", "file/below")
    outcome = etude("doctor")
    assert outcome.code == 1
    assert rows(outcome)["data folder"][0] == "mend"
    assert "file/below" in rows(outcome)["data folder"][1]


def test_a_missing_package_is_named(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("worker.network", "worker.onnx_stepper"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # how Python itself marks what cannot be imported
    outcome = etude("doctor")
    assert outcome.code == 1
    told = f"The Python package onnxruntime is not installed; run: {INSTALL_WORKER}."
    assert rows(outcome)["checkpoint"] == ("mend", told)
