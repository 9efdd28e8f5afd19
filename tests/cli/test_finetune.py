import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.errors import INSTALL_TRAIN
from model.checkpoint import load_checkpoint
from model.midi import read_midi, write_midi
from model.originality.bounds import Bound
from model.originality.fingerprints import fingerprints_of
from model.originality.matching import index_of
from model.originality.training_index import TrainingIndex, load_training_index, save_training_index
from model.performance import Note
from model.training.finetuning_config import FinetuningConfig
from tests.model.originality.pieces import tune

Etude = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def threads_as_before() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command as it is, but for a tiny network: it learns at a rate that suits it, and not for long."""
    from model.training import finetuning

    def small(base: object, name: object, music: object, config: FinetuningConfig, report: object) -> object:
        config = replace(
            config, most_windows=40, batch=4, steps=32, rate=0.02, rounds=1, remembered_seconds=5.0,
            look_windows=10, most_drift=9.9,
        )  # fmt: skip
        return whole(base, name, music, config, report)

    whole: Callable[..., object] = finetuning.finetune
    monkeypatch.setattr(finetuning, "finetune", small)


@pytest.fixture
def music() -> Path:
    """Eight waltzes, a damaged file and a stray one."""
    folder = Path("waltzes")
    folder.mkdir()
    for number in range(8):
        pitches = (48 + number, 64 + number, 67 + number)
        notes = [
            Note(pitches[beat % 3], 60 + 4 * (beat % 5), beat / 4, beat / 4 + 0.2) for beat in range(150)
        ]
        (folder / f"{number}.mid").write_bytes(write_midi(notes))
    (folder / "broken.mid").write_bytes(b"MThd")
    (folder / "notes.txt").write_bytes(b"no music")
    return folder


def test_from_a_folder_to_a_piece_in_its_style(
    etude: Etude, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETUDE_DATA_DIR", "data")
    base = load_checkpoint(Path(os.environ["ETUDE_CHECKPOINT"]))
    outcome = etude("finetune", music, "--style", "Anna's waltzes", "--threads", 1)
    assert outcome.code == 2
    assert outcome.err.startswith("A style's name begins with a letter")

    outcome = etude("finetune", music, "--style", "Our Waltzes", "--threads", 1)
    assert outcome.code == 0, outcome.err
    assert "left out: broken.mid: The MIDI file is damaged" in outcome.err
    out = Path("data/checkpoints/our-waltzes").resolve()
    lines = outcome.out.splitlines()
    assert lines[0].startswith("Learnt Our Waltzes from 8 pieces (5 minutes of music) in ")
    assert lines[-2] == f"Hear it: ETUDE_CHECKPOINT={out} etude compose --style 'Our Waltzes'"
    assert f"set ETUDE_CHECKPOINT={out}" in lines[-1]
    assert sorted(path.name for path in out.iterdir()) == ["checkpoint.json", "weights.safetensors"]
    first = load_checkpoint(out)
    assert first.styles == (*base.styles, "Our Waltzes")

    # What the last lines say works, in a process of its own; requests write names as they like.
    monkeypatch.setenv("ETUDE_CHECKPOINT", str(out))
    outcome = etude(
        "compose", "--style", "our waltzes", "--candidates", 1, "--length", 10, "--format", "wav", "--json"
    )
    assert outcome.code == 0, outcome.err
    made = json.loads(outcome.out)
    assert (made["checkpoint"], made["requested"]["style"]) == (first.digest, "Our Waltzes")

    for number in range(8):
        chords = [
            Note(40 + number + third, 50 + beat % 20, beat / 2, beat / 2 + 0.4)
            for beat in range(60)
            for third in (0, 4, 7)
        ]
        (music / f"{number}.mid").write_bytes(write_midi(chords))
    # A second style beside the first; the same name again is refused, and so is a folder that is taken.
    options = ("--style", "more", "--threads", 1, "--minutes", 60, "--json")
    outcome = etude("finetune", music, *options, "--out", "second")
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    second = load_checkpoint(Path("second"))
    assert told["checkpoint"] == second.digest
    assert told["styles"] == [*base.styles, "Our Waltzes", "more"]
    assert told["after"]["nats_per_event"] < told["before"]["nats_per_event"]
    assert second.training["finetunings"][-1]["base"] == first.digest
    outcome = etude("finetune", music, "--style", "our-waltzes")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == 'There is a style "Our Waltzes" already; choose another name.\n'
    outcome = etude("finetune", music, "--style", "yet more", "--out", "second")
    assert outcome.err == (
        "There is a checkpoint in second already; remove it, or give --out another folder.\n"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["nowhere", "--style", "x"], "There is no folder nowhere."),
        (["empty", "--style", "x"], "There is no MIDI file (.mid or .midi) in empty."),
        (["few", "--style", "x"], "The MIDI files in few hold 3 notes, too few to learn a style from"),
        (["waltzes", "--style", "any"], 'A style cannot be called "any"'),
        (["waltzes", "--style", "Baroque"], 'There is a style "baroque" already; choose another name.'),
        (["waltzes", "--style", "../x"], "A style's name begins with a letter"),
        (["waltzes", "--style", "x", "--base", "nowhere"], "There is no checkpoint in nowhere"),
        (["waltzes", "--style", "x", "--minutes", "nan"], "Minutes nan is not allowed"),
        (["waltzes", "--style", "x", "--out", "file/out"], "The folder file/out cannot be written to"),
        (["waltzes"], "'--style'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_learnt_is_refused(
    etude: Etude, music: Path, tmp_path: Path, options: list[str], told: str
) -> None:
    Path("empty").mkdir()
    Path("few").mkdir()
    Path("few/a.mid").write_bytes(write_midi([Note(60, 60, beat, beat + 1) for beat in range(3)]))
    Path("file").write_bytes(b"mine")
    outcome = etude("finetune", *options, "--threads", 1)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err.splitlines()[-1]
    assert "Traceback" not in outcome.err
    assert not list(tmp_path.rglob("checkpoint.json"))


def test_without_torch_the_remedy_is_told(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # how Python itself marks what cannot be imported
    outcome = etude("finetune", "nowhere", "--style", "x")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"Finetuning needs the package torch; run: {INSTALL_TRAIN}.\n"


def test_what_the_base_learnt_from_stays_known_and_the_own_music_is_added(etude: Etude, music: Path) -> None:
    base = Path(shutil.copytree(os.environ["ETUDE_CHECKPOINT"], "base"))
    index = index_of([fingerprints_of(tune(1)).hashes], [0])
    none = fingerprints_of([]).hashes
    save_training_index(TrainingIndex(index, ("Song",), none, (Bound(60, 15, 0.1),)), base)
    outcome = etude("finetune", music, "--style", "Ours", "--base", base, "--out", "new", "--threads", 1)
    assert outcome.code == 0, outcome.err
    training = load_training_index(Path("new"))
    assert training is not None
    assert training.names == ("Song", *("Ours",) * 8)
    for notes, name in ((tune(1), "Song"), (read_midi((music / "3.mid").read_bytes()), "Ours")):
        match = training.match(fingerprints_of(notes))
        assert match.piece is not None
        assert training.names[match.piece] == name
