"""`etude finetune`: a style of one's own from a folder of MIDI files."""

import json
import math
import os
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cli.errors import INSTALL_TRAIN, CommandError
from cli.files import make_folder
from cli.start import started
from model.training.finetuning_config import FinetuningConfig

if TYPE_CHECKING:
    from model.training.finetuning import Composing, Finetuned
    from model.training.own_music import OwnMusic
    from model.training.school import Look


def finetune(
    folder: Annotated[Path, typer.Argument(help="MIDI files in one style, folders below included.")],
    style: Annotated[str, typer.Option(help="What the new style is called.")],
    base: Annotated[
        Path | None, typer.Option(help="The checkpoint to begin with; the one that workers use.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A new folder for the checkpoint; one under ETUDE_DATA_DIR.")
    ] = None,
    minutes: Annotated[float, typer.Option(help="How long it may take.")] = FinetuningConfig.minutes,
    half: Annotated[
        bool, typer.Option(help="Products in bfloat16, where the processor can: faster with AMX.")
    ] = False,
    threads: Annotated[int | None, typer.Option(help="CPU threads.", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Teach the network a style of your own, beside those it knows; Ctrl-C keeps the best so far.

    About twenty pieces that are alike are best. Each half of them judges what is learnt from the other:
    learning stops when that gains no more, or when the old styles begin to suffer.
    """
    if not 0 < minutes < math.inf:
        raise CommandError(f"Minutes {minutes:g} is not allowed: give a number above 0.")
    settings = started()
    try:
        import torch
    except ImportError as error:
        raise CommandError(f"Finetuning needs the package {error.name}; run: {INSTALL_TRAIN}.") from error
    from model.checkpoint import JSON_FILE, SHIPPED, load_checkpoint, save_checkpoint
    from model.originality.fingerprints import fingerprints_of_events
    from model.originality.training_index import load_training_index, save_training_index
    from model.training.finetuning import finetune as finetune_network
    from model.training.new_style import style_named

    if threads is not None:
        torch.set_num_threads(threads)
    begun_with = base or settings.etude_checkpoint or SHIPPED
    checkpoint = load_checkpoint(begun_with)
    training = load_training_index(begun_with)
    name = style_named(style, checkpoint.styles)
    out = out or settings.etude_data_dir / "checkpoints" / name.lower().replace(" ", "-")
    if (out / JSON_FILE).exists():
        raise CommandError(
            f"There is a checkpoint in {out} already; remove it, or give --out another folder."
        )
    console = Console(stderr=True, highlight=False)
    with _Board(console, minutes) as board:
        music = _read(folder, board, console)
        make_folder(out)
        config = FinetuningConfig(minutes, half=half)
        done = finetune_network(checkpoint, name, music, config, board.show)
    digest = save_checkpoint(done.checkpoint, out)
    if training is not None:
        own = [fingerprints_of_events(piece) for piece in music.pieces]
        save_training_index(training.with_music(own, name), out)
    if as_json:
        typer.echo(json.dumps(_report(done, out, digest)))
    else:
        _print(done, music, out)


class _Board:
    """Shows on stderr how far a finetuning has come."""

    def __init__(self, console: Console, minutes: float) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[told]}"),
            console=console,
        )
        self._minutes = minutes
        self._task = self._progress.add_task("reading", told="")

    def __enter__(self) -> "_Board":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show_read(self, count: int, total: int) -> None:
        """So many files have been read."""
        self._progress.update(self._task, completed=count, total=total)

    def show(self, report: "Look | Composing") -> None:
        """Show what the finetuning tells of itself."""
        from model.training.finetuning import Composing

        if isinstance(report, Composing):
            self._progress.update(
                self._task, description="composing what to remember", completed=report.share, total=1.0
            )
            return
        drift = "" if report.drift is None else f", old styles {report.drift:+.2%}"
        self._progress.update(
            self._task,
            description="learning",
            completed=report.minutes,
            total=self._minutes,
            told=f"{report.nats_per_event:.4f} nats an event of the other half{drift}",
        )


def _read(folder: Path, board: _Board, console: Console) -> "OwnMusic":
    from model.training.own_music import read_own_music

    def report(count: int, total: int, problem: str | None) -> None:
        board.show_read(count, total)
        if problem is not None:
            console.print(f"left out: {problem}", markup=False, soft_wrap=True)

    return read_own_music(folder, processes=os.cpu_count() or 1, report=report)


def _report(done: "Finetuned", out: Path, digest: str) -> dict[str, object]:
    return {
        "checkpoint": digest,
        "folder": str(out),
        "style": done.checkpoint.styles[-1],
        "styles": list(done.checkpoint.styles),
        "began_as": done.like,
        "before": asdict(done.before),
        "after": asdict(done.after),
        "minutes": done.minutes,
    }


def _print(done: "Finetuned", music: "OwnMusic", out: Path) -> None:
    name = done.checkpoint.styles[-1]
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(
        f"Learnt {name} from {music.files} pieces ({music.seconds / 60:.0f} minutes of music) in "
        f"{done.minutes:.1f} minutes, beginning as {done.like}."
    )
    console.print(
        f"Either half, after learning from the other: {done.before.nats_per_event:.4f} nats an event before, "
        f"{done.after.nats_per_event:.4f} now."
    )
    if done.after.drift is not None:
        console.print(
            f"Old styles, by pieces the network had composed in them: {done.after.drift:+.2%} nats."
        )
    setting = f"ETUDE_CHECKPOINT={shlex.quote(str(out.resolve()))}"
    console.print(f"Hear it: {setting} etude compose --style {shlex.quote(name)}")
    console.print(f"For a worker to offer it, set {setting} (in .env, say) and start the worker again.")
