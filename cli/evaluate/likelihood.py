"""`etude evaluate likelihood`: how well a checkpoint foretells real performances."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cli.errors import INSTALL_TRAIN, CommandError
from cli.evaluate.corpus import of_splits
from cli.start import started

if TYPE_CHECKING:
    from model.checkpoint import Checkpoint
    from model.prepared import PreparedCorpus


def likelihood(
    manifest: Annotated[Path, typer.Option(help="CSV that says what the files are.")],
    root: Annotated[Path | None, typer.Option(help="Folder its paths are relative to.")] = None,
    prepared: Annotated[
        Path | None, typer.Option(help="A file that `etude prepare` wrote: quicker than MIDI files.")
    ] = None,
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
    torch = _torch()
    from model.checkpoint import SHIPPED, load_checkpoint

    if threads is not None:
        torch.set_num_threads(threads)
    checkpoint = load_checkpoint(settings.etude_checkpoint or SHIPPED)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        corpus = of_splits((split,), manifest, root, prepared, progress, limit=limit)
        report = likelihood_report(checkpoint, corpus, split, progress)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _print_table(checkpoint.name, split, report)


def likelihood_report(
    checkpoint: "Checkpoint", corpus: "PreparedCorpus", split: str, progress: Progress
) -> dict[str, Any]:
    """What the command prints as JSON: the figures of all pieces, and under `styles` those of each style."""
    _torch()
    from model.likelihood_table import likelihood_table

    total = corpus.events.size + len(corpus)
    tasks: dict[str, Any] = {}

    def score(telling: str, events: int) -> None:
        if telling not in tasks:
            tasks[telling] = progress.add_task(telling, total=total)
        progress.advance(tasks[telling], events)

    table = likelihood_table(checkpoint, corpus, score)
    styles = {name: row.as_json_object() for name, row in table.items()}
    return {"checkpoint": checkpoint.digest, "split": split, **styles.pop("all"), "styles": styles}


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise CommandError(f"Evaluating needs torch; run: {INSTALL_TRAIN}.") from error
    return torch


def _print_table(checkpoint: str, split: str, report: dict[str, Any]) -> None:
    table = Table(title=f"nats an event, split {split}, checkpoint {checkpoint}", box=None)
    table.add_column("")
    for heading in ("pieces", "events", "unspecified", "style and key", "all controls"):
        table.add_column(heading, justify="right")
    for name, row in {"all": report, **report["styles"]}.items():
        figures = (f"{nats:.3f}" for nats in row["nats_per_event"].values())
        table.add_row(name, f"{row['pieces']:,}", f"{row['events']:,}", *figures)
    Console(highlight=False).print(table)
