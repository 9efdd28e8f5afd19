"""`etude prepare` and `etude train`: from a corpus folder to a checkpoint."""

import hashlib
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.errors import INSTALL_TRAIN, CommandError
from cli.start import started
from jobs.errors import quote
from model.lstm_config import LSTMConfig
from model.training.config import TrainingConfig

if TYPE_CHECKING:
    from model.prepared import PreparedCorpus
    from model.training.loop import Report

_Manifest = Annotated[Path, typer.Option(help="CSV with at least the columns path and style.")]
_Root = Annotated[Path | None, typer.Option(help="Folder its paths are relative to; the manifest's own.")]

_MOST_PATTERN_HOURS = 100


def prepare(
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    manifest: _Manifest,
    root: _Root = None,
    calm: Annotated[
        bool, typer.Option("--calm", help="Show slow, soft pieces as minimalist, too (column calm).")
    ] = False,
    patterns: Annotated[
        float, typer.Option(metavar="HOURS", help="Add hours of minimalist pattern pieces to train on.")
    ] = 0.0,
) -> None:
    """Gather a corpus folder into one compact file, which is all that training needs."""
    if not 0 <= patterns <= _MOST_PATTERN_HOURS:
        raise CommandError(f"{patterns:g} hours of patterns: give 0 to {_MOST_PATTERN_HOURS}.")
    started()
    corpus = _prepared(manifest, root or manifest.parent, calm=calm, pattern_hours=patterns)
    corpus.save(out)
    Console(highlight=False).print(
        f"{len(corpus)} pieces, {corpus.events.size:,} events, {len(corpus.styles)} styles: {out}",
        soft_wrap=True,
        markup=False,
    )


def train(
    run: Annotated[Path, typer.Argument(help="Folder of the run; one that is there is gone on with.")],
    minutes: Annotated[float, typer.Option(help="How long to train, earlier sittings included.")],
    prepared: Annotated[Path | None, typer.Option(help="A file that `etude prepare` wrote.")] = None,
    manifest: Annotated[Path | None, typer.Option(help="Or a corpus' manifest, prepared once.")] = None,
    root: _Root = None,
    start: Annotated[Path | None, typer.Option(help="A checkpoint to begin with.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    batch: Annotated[int, typer.Option(help="Performances read side by side.", min=1)] = TrainingConfig.batch,
    steps: Annotated[int, typer.Option(help="Events in a window.", min=1)] = TrainingConfig.steps,
    rate: Annotated[
        float, typer.Option(help="AdamW's learning rate after the warm-up.", min=0)
    ] = TrainingConfig.peak_rate,
    hidden: Annotated[int, typer.Option(help="Cells a layer.", min=1)] = LSTMConfig.hidden,
    layers: Annotated[int, typer.Option(help="LSTM layers.", min=1)] = LSTMConfig.layers,
    dropout: Annotated[
        float, typer.Option(help="Share of activations dropped.", min=0, max=0.9)
    ] = LSTMConfig.dropout,
    half: Annotated[
        bool, typer.Option(help="Products in bfloat16, where the device can: for GPUs and CPUs with AMX.")
    ] = False,
    threads: Annotated[int | None, typer.Option(help="CPU threads.", min=1)] = None,
) -> None:
    """Train the network on a corpus; Ctrl-C keeps what was learnt up to the last save."""
    if not 0 < minutes < math.inf:
        raise CommandError(f"Minutes {minutes:g} is not allowed: give a number above 0.")
    settings = started()
    try:
        import torch
        from tensorboard.summary import Writer
    except ImportError as error:
        raise CommandError(f"Training needs the package {error.name}; run: {INSTALL_TRAIN}.") from error
    from model.checkpoint import load_checkpoint
    from model.originality.training_index import load_training_index, save_training_index
    from model.prepared import load_prepared
    from model.training.loop import train as train_network

    if device not in ("auto", "cpu", "cuda"):
        raise CommandError(f"Device {quote(device)} is not allowed: give auto, cpu or cuda.")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise CommandError("There is no GPU that torch can use here; train with --device cpu.")
    if threads is not None:
        torch.set_num_threads(threads)
    if prepared is not None:
        corpus = load_prepared(prepared)
    elif manifest is not None:
        corpus = _prepared_once(manifest, root or manifest.parent, settings.etude_data_dir / "prepared")
    else:
        raise CommandError("Training needs a corpus: give --prepared FILE or --manifest FILE.")
    config = TrainingConfig(minutes, batch=batch, steps=steps, peak_rate=rate, half=half)
    with _Board(Writer(str(run / "tensorboard")), minutes) as board:
        checkpoint = train_network(
            corpus,
            config,
            run,
            hidden=hidden,
            layers=layers,
            dropout=dropout,
            start=None if start is None else load_checkpoint(start),
            device=device,
            report=board.show,
        )
    training = None if start is None else load_training_index(start)
    if training is not None:
        save_training_index(training, checkpoint)
    Console(highlight=False).print(f"The checkpoint is in {checkpoint}", soft_wrap=True, markup=False)


class _Board:
    """Shows a run on stderr as a bar, and writes it down for TensorBoard."""

    def __init__(self, writer: Any, minutes: float) -> None:
        self._writer = writer
        self._progress = Progress(
            TextColumn("loss {task.fields[loss]:.3f}"),
            BarColumn(),
            TextColumn("{task.fields[speed]:,.0f} events/s"),
            TextColumn("{task.fields[left]} left"),
            TextColumn("{task.fields[validation]}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task(
            "train", total=60 * minutes, loss=float("nan"), speed=0.0, left="?", validation=""
        )

    def __enter__(self) -> "_Board":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        self._writer.close()

    def show(self, report: "Report") -> None:
        """Show one window's report."""
        seconds_left = round(report.seconds_left)
        self._progress.update(
            self._task,
            completed=report.progress.seconds,
            loss=report.loss,
            speed=report.events_per_second,
            left=f"{seconds_left // 3600}:{seconds_left // 60 % 60:02}:{seconds_left % 60:02}",
        )
        step = report.progress.windows
        self._writer.add_scalar("loss", report.loss, step)
        self._writer.add_scalar("rate", report.rate, step)
        self._writer.add_scalar("events_per_second", report.events_per_second, step)
        if report.validation:
            told = " ".join(f"{name} {nats:.3f}" for name, nats in report.validation.items())
            self._progress.update(self._task, validation=f"validation: {told}")
            for name, nats in report.validation.items():
                self._writer.add_scalar(f"validation/{name}", nats, step)


def _prepared(
    manifest: Path, root: Path, *, calm: bool = False, pattern_hours: float = 0.0
) -> "PreparedCorpus":
    from model.corpus import prepare as prepare_corpus
    from model.corpus import read_manifest

    rows = read_manifest(manifest, root)
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )
    with bar:
        task = bar.add_task("files", total=len(rows))

        def report(count: int, problem: str | None) -> None:
            bar.update(task, completed=count)
            if problem is not None:
                console.print(f"left out: {problem}", markup=False)

        return prepare_corpus(
            rows, calm=calm, pattern_hours=pattern_hours, processes=os.cpu_count() or 1, report=report
        )


def _prepared_once(manifest: Path, root: Path, folder: Path) -> "PreparedCorpus":
    """The prepared corpus of a manifest; kept by the manifest's content and place."""
    from model.prepared import load_prepared

    if not manifest.is_file():
        raise CommandError(f"There is no manifest at {manifest}.")
    named = hashlib.sha256(str(root.resolve()).encode() + manifest.read_bytes()).hexdigest()[:16]
    path = folder / f"{named}.safetensors"
    if not path.exists():
        _prepared(manifest, root).save(path)
    return load_prepared(path)
