"""`etude evaluate`: how good a checkpoint is."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cli.errors import INSTALL_TRAIN, CommandError
from cli.start import started
from jobs.capabilities import SamplingDefaults
from jobs.errors import quote
from jobs.options import parse_temperature, parse_top_p

if TYPE_CHECKING:
    from model.corpus import ManifestRow

evaluate = typer.Typer(help="Measure how good a checkpoint is.", no_args_is_help=True)


@evaluate.callback()
def _group() -> None:
    """Keeps `likelihood` a command of its own; a group of one would swallow its name."""


@evaluate.command()
def likelihood(
    manifest: Annotated[Path, typer.Option(help="CSV that says what the files are.")],
    root: Annotated[Path | None, typer.Option(help="Folder its paths are relative to.")] = None,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "validation",
    limit: Annotated[int | None, typer.Option(help="Only so many pieces, evenly chosen.", min=1)] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads.", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Nats an event of real performances: with no control told, with style and key, and with all.

    Every performance is read from its start with the state carried along; every event and the END is scored
    once; nothing is transposed or left out.
    """
    settings = started()
    try:
        import torch
    except ImportError as error:
        raise CommandError(f"Evaluating needs torch; run: {INSTALL_TRAIN}.") from error
    from model.checkpoint import SHIPPED, load_checkpoint
    from model.corpus import evenly, prepare
    from model.likelihood_table import likelihood_table

    if threads is not None:
        torch.set_num_threads(threads)
    checkpoint = load_checkpoint(settings.etude_checkpoint or SHIPPED)
    rows = _rows(manifest, root, split)
    if limit is not None:
        rows = evenly(rows, limit)
    console = Console(stderr=True)
    with Progress(console=console, transient=True) as progress:
        tasks = {"reading": progress.add_task("reading", total=len(rows))}

        def read(count: int, problem: str | None) -> None:
            progress.update(tasks["reading"], completed=count)
            if problem is not None:
                console.print(f"left out: {problem}", markup=False)

        corpus = prepare(rows, processes=os.cpu_count() or 1, report=read)
        total = corpus.events.size + len(corpus)

        def score(telling: str, events: int) -> None:
            if telling not in tasks:
                tasks[telling] = progress.add_task(telling, total=total)
            progress.advance(tasks[telling], events)

        table = likelihood_table(checkpoint, corpus, score)
    styles = {name: row.as_json_object() for name, row in table.items()}
    whole = styles.pop("all")
    report = {"checkpoint": checkpoint.digest, "split": split, **whole, "styles": styles}
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _print_table(checkpoint.name, split, {"all": whole, **styles})


@evaluate.command()
def samples(
    manifest: Annotated[Path | None, typer.Option(help="Real pieces to stand beside the sampled.")] = None,
    root: Annotated[Path | None, typer.Option(help="Folder its paths are relative to.")] = None,
    split: Annotated[str, typer.Option(help="Of the real pieces.")] = "validation",
    pieces: Annotated[int, typer.Option(help="How many are sampled; styles take turns.", min=1)] = 24,
    seconds: Annotated[float, typer.Option(help="Length of each.", min=10, max=300)] = 60.0,
    temperature: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    top_p: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Sample pieces and measure them: density, polyphony, held notes, keys; beside real pieces' openings."""
    settings = started()
    from model.checkpoint import SHIPPED, load_checkpoint
    from worker.device import Device
    from worker.engine import Engine
    from worker.network import open_network
    from worker.sample_table import real, sample_table, sampled

    checkpoint = load_checkpoint(settings.etude_checkpoint or SHIPPED)
    engine = Engine(open_network(checkpoint, settings.etude_data_dir / "cache", Device.CPU))
    defaults = SamplingDefaults()
    rows = [] if manifest is None else _rows(manifest, root, split)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        sampling = progress.add_task("sampling", total=pieces)
        own = sampled(
            engine,
            checkpoint.styles,
            pieces=pieces,
            seconds=seconds,
            temperature=defaults.temperature if temperature is None else parse_temperature(temperature),
            top_p=defaults.top_p if top_p is None else parse_top_p(top_p),
            report=lambda: progress.advance(sampling),
        )
        tables = {"sampled": sample_table(own)}
        if rows:
            reading = progress.add_task("real pieces", total=len(rows))
            openings = real(rows, seconds=seconds, report=lambda: progress.advance(reading))
            if not openings:
                raise CommandError(f"The split {split} has no piece of {seconds:g} s or more.")
            tables["real"] = sample_table(openings)
    report = {kind: {style: asdict(row) for style, row in table.items()} for kind, table in tables.items()}
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _print_samples(report)


def _rows(manifest: Path, root: Path | None, split: str) -> list["ManifestRow"]:
    """The rows of a manifest's split, at least one."""
    from model.corpus import read_manifest
    from model.prepared import SPLITS

    if split not in SPLITS:
        raise CommandError(f"There is no split {quote(split)}; known are: {', '.join(SPLITS)}.")
    rows = [row for row in read_manifest(manifest, root or manifest.parent) if row.split == split]
    if not rows:
        raise CommandError(f"The manifest {manifest} has no pieces in the split {split}.")
    return rows


def _print_samples(report: dict[str, dict[str, dict[str, Any]]]) -> None:
    fields = ("notes_per_second", "mean_velocity", "mean_polyphony", "largest_polyphony", "long_note_share")
    table = Table(box=None)
    for heading in ("", "", "pieces", "key kept", *(field.replace("_", " ") for field in fields)):
        table.add_column(heading, justify="right")
    for kind, rows in report.items():
        for style, row in rows.items():
            key = "" if row["key_share"] is None else f"{row['key_share']:.2f}"
            figures = (f"{row['means'][field]:.3g}" for field in fields)
            table.add_row(kind, style, str(row["pieces"]), key, *figures)
    Console(highlight=False).print(table)


def _print_table(checkpoint: str, split: str, rows: dict[str, dict[str, object]]) -> None:
    table = Table(title=f"nats an event, split {split}, checkpoint {checkpoint}", box=None)
    table.add_column("")
    for heading in ("pieces", "events", "unspecified", "style and key", "all controls"):
        table.add_column(heading, justify="right")
    for name, row in rows.items():
        nats = row["nats_per_event"]
        assert isinstance(nats, dict)  # noqa: S101 - for the type checker
        figures = (f"{figure:.3f}" for figure in nats.values())
        table.add_row(name, f"{row['pieces']:,}", f"{row['events']:,}", *figures)
    Console(highlight=False).print(table)
