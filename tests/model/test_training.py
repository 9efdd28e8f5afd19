import contextlib
import itertools
import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from model.checkpoint import load_checkpoint
from model.errors import CheckpointError, CorpusError
from model.performance import Events
from model.piece import Piece
from model.prepared import Labelled, PreparedCorpus
from model.training.__main__ import main as bare_door
from model.training.config import TrainingConfig
from model.training.loop import Report, learning_rate, train
from model.training.run_state import RUN_FILE, Progress, load_run

Play = Callable[[str], Events]

pytestmark = pytest.mark.usefixtures("one_thread")

ROOT = Path(__file__).parents[2]
SHORT = TrainingConfig(
    1.0,
    batch=3,
    steps=16,
    peak_rate=0.01,
    warmup_windows=10,
    transpose=0,
    tempo=0.0,
    foreign_share=0.0,  # of pieces so tiny most windows would not count
    save_minutes=10 / 60,
)


@pytest.fixture
def corpus(play: Play) -> PreparedCorpus:
    words = [
        "loud9 on60 wait50 off60 on64 wait50 off64 on67 wait50 off67 " * 6,
        "on40 wait100 off40 on52 wait100 off52 " * 8,
        "loud20 on72 on76 wait25 off72 off76 " * 9,
        "loud9 on60 wait50 off60 on64 wait50 off64 ",
    ]
    pieces = [Piece(play(each), style=index % 2) for index, each in enumerate(words)]
    splits = ["train", "train", "train", "validation"]
    labelled = [Labelled(piece, "x", split) for piece, split in zip(pieces, splits, strict=True)]
    return PreparedCorpus.of(["pop", "salon"], labelled)


@pytest.fixture(autouse=True)
def a_second_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop's clock tells a second more whenever it is read: a run of a minute has 60 windows."""
    clock = SimpleNamespace(monotonic=itertools.count().__next__)
    monkeypatch.setattr("model.training.loop.time", clock)


class KilledError(Exception):
    """Ends a run as a kill would: without another word."""


def sit(
    corpus: PreparedCorpus, run: Path, config: TrainingConfig = SHORT, until: int = 10**9
) -> list[Report]:
    """Train a tiny network and give back what was reported."""
    reports: list[Report] = []

    def report(told: Report) -> None:
        reports.append(told)
        if told.progress.windows == until:
            raise KilledError

    with contextlib.suppress(KilledError):
        train(corpus, config, run, hidden=16, layers=1, report=report)
    return reports


def test_a_minute_lowers_the_loss_and_leaves_a_checkpoint(corpus: PreparedCorpus, tmp_path: Path) -> None:
    reports = sit(corpus, tmp_path, replace(SHORT, validate_minutes=0.5))
    assert len(reports) == 60
    assert reports[0].loss == pytest.approx(math.log(390), rel=0.15)
    assert np.mean([told.loss for told in reports[-5:]]) < 0.6 * reports[0].loss
    looks = [told.validation for told in reports if told.validation is not None]
    assert [set(look) for look in looks] == [{"unspecified", "style_and_key", "all"}] * 2
    assert reports[-1].rate == learning_rate(SHORT, reports[-2].progress)
    checkpoint = load_checkpoint(tmp_path / "checkpoint")
    assert checkpoint.styles == ("pop", "salon")
    assert (checkpoint.config.hidden, checkpoint.config.layers) == (16, 1)
    assert checkpoint.training["windows"] == 60
    assert checkpoint.training["events"] == reports[-1].progress.events
    assert checkpoint.training["short_validation_pieces_nats_per_event"]["all"] < math.log(390)


def test_a_killed_run_goes_on_from_its_last_save(corpus: PreparedCorpus, tmp_path: Path) -> None:
    before = sit(corpus, tmp_path, until=25)
    saved = load_run(tmp_path)
    assert saved is not None
    assert saved.progress == before[19].progress
    (tmp_path / f"{RUN_FILE}.partial").write_bytes(b"half a save")

    after = sit(corpus, tmp_path, until=21)
    assert after[0].progress.windows == 21
    assert (after[0].progress.seconds, after[0].progress.sittings) == (21.0, 2)
    assert after[0].progress.events > saved.progress.events
    assert after[0].rate == learning_rate(SHORT, saved.progress)
    assert after[0].loss < 0.95 * before[0].loss

    rest = sit(corpus, tmp_path)
    assert [told.progress.windows for told in rest] == list(range(21, 61))
    ended = load_run(tmp_path)
    assert ended is not None
    assert (ended.progress.windows, ended.progress.sittings) == (60, 2)
    assert {float(moment) for name, moment in ended.moments.items() if name.endswith("/step")} == {60.0}
    assert sit(corpus, tmp_path) == []  # its time is over


def test_the_same_seed_learns_the_same(corpus: PreparedCorpus, tmp_path: Path) -> None:
    first, second = (sit(corpus, tmp_path / name, until=5) for name in "ab")
    assert [told.loss for told in first] == pytest.approx([told.loss for told in second])
    half = sit(corpus, tmp_path / "c", replace(SHORT, half=True), until=5)
    assert [told.loss for told in half] == pytest.approx([told.loss for told in first], rel=0.02)
    other = sit(corpus, tmp_path / "d", replace(SHORT, seed=1), until=5)
    assert [told.loss for told in other] != pytest.approx([told.loss for told in first], rel=1e-4)


def test_weights_alone_begin_a_new_run(corpus: PreparedCorpus, tmp_path: Path) -> None:
    sit(corpus, tmp_path / "first")
    start = load_checkpoint(tmp_path / "first" / "checkpoint")
    reports: list[Report] = []
    moment = replace(SHORT, minutes=1 / 60)
    train(corpus, moment, tmp_path / "second", hidden=99, start=start, report=reports.append)
    assert [(told.progress.windows, told.progress.sittings) for told in reports] == [(1, 1)]
    assert reports[0].loss < 0.6 * math.log(390)
    after = load_checkpoint(tmp_path / "second" / "checkpoint")
    assert after.config == start.config
    for name, tensor in start.weights.items():
        assert np.abs(after.weights[name] - tensor).max() < 0.01


def test_weights_of_other_styles_are_refused(corpus: PreparedCorpus, tmp_path: Path) -> None:
    sit(corpus, tmp_path / "run", until=10)
    start = load_checkpoint(tmp_path / "run" / "checkpoint")
    other = replace(corpus, styles=("salon", "pop"))
    sentence = "The weights know the styles pop, salon; the corpus has salon, pop."
    with pytest.raises(CheckpointError, match=sentence):
        train(other, SHORT, tmp_path / "run", report=lambda _: None)
    with pytest.raises(CheckpointError, match=sentence):
        train(other, SHORT, tmp_path / "new", start=start, report=lambda _: None)


def test_a_corpus_without_a_train_split_is_refused(corpus: PreparedCorpus, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no piece in its train split"):
        sit(replace(corpus, labels=np.ones_like(corpus.labels)), tmp_path)


@pytest.mark.parametrize("data", [b"", b"not a run"])
def test_a_damaged_run_is_refused_with_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / RUN_FILE).write_bytes(data)
    with pytest.raises(CheckpointError) as refusal:
        load_run(tmp_path)
    assert str(refusal.value) == f"The training run in {tmp_path} is damaged; remove it to begin anew."


@pytest.mark.parametrize(
    ("windows", "seconds", "rate"),
    [
        (0, 0.0, 0.1 * 0.8),  # the first tenth of the warm-up
        (4, 0.0, 0.5 * 0.8),
        (9, 0.0, 0.8),
        (500, 0.0, 0.8),
        (500, 60.0, 0.2 + 0.6 * 0.75),  # a third of the time: half of 1 + cos 60 degrees
        (500, 90.0, 0.5),
        (500, 180.0, 0.2),
        (500, 9999.0, 0.2),
        (4, 180.0, 0.5 * 0.2),
    ],
)
def test_the_rate_warms_up_by_windows_and_decays_by_the_clock(
    windows: int, seconds: float, rate: float
) -> None:
    config = TrainingConfig(3.0, peak_rate=0.8, final_rate=0.2, warmup_windows=10)
    assert learning_rate(config, Progress(windows, 0, seconds, 1)) == pytest.approx(rate)


def test_a_bare_machine_can_train(corpus: PreparedCorpus, tmp_path: Path) -> None:
    """`python -m model.training` needs torch, numpy and safetensors, nothing else that is not Python's."""
    corpus.save(tmp_path / "corpus")
    told = ["--minutes", "0.005", "--hidden", "8", "--layers", "1", "--batch", "2", "--steps", "16"]
    program = f"""
import json, runpy, sys
sys.argv = ["model.training", "corpus", "run", *{told!r}, "--device", "cpu", "--threads", "1"]
sys.path.insert(0, {str(ROOT)!r})
runpy.run_module("model.training", run_name="__main__")
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"torch", "numpy", "safetensors"} <= loaded
    assert not loaded & {"pretty_midi", "mido", "onnx", "onnxruntime", "rich", "pydantic", "tensorboard"}
    assert load_checkpoint(tmp_path / "run" / "checkpoint").training["windows"] >= 1


@pytest.mark.parametrize(
    "options",
    [("--minutes", "nan"), ("--minutes", "0"), ("--batch", "0"), ("--device", "foo"), ("--hidden", "x")],
)
def test_the_bare_door_refuses_what_would_never_end(
    options: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["model.training", "nowhere", "run", "--minutes", "1", *options])
    with pytest.raises(SystemExit) as left:
        bare_door()
    told = capsys.readouterr()
    assert (left.value.code, told.out) == (2, "")
    assert options[0] in told.err.splitlines()[-1]
