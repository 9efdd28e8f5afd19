"""`etude originality`, and where what it writes goes on to."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model.midi import write_midi
from model.originality.fingerprints import fingerprints_of
from model.originality.training_index import INDEX_FILE, load_training_index
from tests.model.originality.pieces import disguised, tune

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
    """Six pieces, two of which are to judge by."""
    rows = ["path,style,key,split,piece_id,composer,title"]
    Path("corpus").mkdir()
    for place in range(6):
        Path(f"corpus/{place}.mid").write_bytes(write_midi(tune(place)))
        split = "validation" if place < 2 else "train"
        rows.append(f"{place}.mid,pop,C major,{split},p{place},Anna,Song_{place}")
    path = Path("corpus/manifest.csv")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_from_a_corpus_to_an_index_that_training_keeps(etude: Etude, manifest: Path) -> None:
    assert etude("prepare", "prepared", "--manifest", manifest).code == 0
    training_on = ("--minutes", 0.01, "--prepared", "prepared", *SMALL)
    assert etude("train", "first", *training_on).code == 0
    folder = Path("first/checkpoint")
    told = ("--prepared", "prepared", "--manifest", manifest)
    outcome = etude("originality", folder, *told)
    assert (outcome.code, outcome.err) == (0, "")
    assert (
        f"fingerprints of 4 pieces, without 0 that stand in many works: {folder / INDEX_FILE}" in outcome.out
    )
    assert outcome.out.splitlines()[-1].split() == ["10", "2", "0", "0.0%"]
    training = load_training_index(folder)
    assert training is not None
    match = training.match(fingerprints_of(disguised(tune(3))))
    assert match.piece is not None
    assert training.names[match.piece] == "Anna: Song 3"

    outcome = etude("train", "second", "--start", folder, *training_on)
    assert outcome.code == 0, outcome.err
    kept = load_training_index(Path("second/checkpoint"))
    assert kept is not None
    assert kept.name == training.name


def test_without_a_checkpoint_or_with_another_manifest_it_ends_with_a_sentence(
    etude: Etude, manifest: Path, checkpoint_folder: Path
) -> None:
    assert etude("prepare", "prepared", "--manifest", manifest).code == 0
    outcome = etude("originality", "nowhere", "--prepared", "prepared", "--manifest", manifest)
    assert (outcome.code, outcome.err.splitlines()) == (
        2,
        ["There is no checkpoint in nowhere: weights.safetensors is missing."],
    )
    manifest.write_text("path,style,piece_id\n", encoding="utf-8")
    folder = Path(shutil.copytree(checkpoint_folder, "checkpoint"))
    outcome = etude("originality", folder, "--prepared", "prepared", "--manifest", manifest)
    assert outcome.code == 2
    assert "does not stand in the manifest" in outcome.err
    assert not (folder / INDEX_FILE).exists()
