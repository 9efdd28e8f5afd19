"""`etude originality`: what a checkpoint learnt from, for its pieces to be compared with."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.start import started


def originality(
    checkpoint: Annotated[Path, typer.Argument(help="The checkpoint's folder, where the file is written.")],
    prepared: Annotated[Path, typer.Option(help="The file of `etude prepare` that it learnt from.")],
    manifest: Annotated[
        Path, typer.Option(help="Its manifest, with the columns path, piece_id, composer and title.")
    ],
) -> None:
    """Take fingerprints of the music that a checkpoint learnt from; workers compare its pieces with them."""
    started()
    from model.checkpoint import load_checkpoint
    from model.originality.bounds import PERCENTILE
    from model.originality.building import build, read_works
    from model.originality.training_index import save_training_index
    from model.prepared import load_prepared

    load_checkpoint(checkpoint)  # says so if there is none
    training, baseline = build(load_prepared(prepared), read_works(manifest))
    path = save_training_index(training, checkpoint)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("seconds", "excerpts", "longest match", "share"):
        table.add_column(heading, justify="right")
    for bound in training.bounds:
        excerpts = len(baseline.matches[round(bound.seconds)])
        table.add_row(f"{bound.seconds:g}", str(excerpts), f"{bound.longest_notes:.0f}", f"{bound.share:.1%}")
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(
        f"{training.index.hashes.size:,} fingerprints of {len(training.names):,} pieces, without "
        f"{training.common.size:,} that stand in many works: {path} ({path.stat().st_size:,} bytes)"
    )
    console.print(f"{PERCENTILE} of 100 excerpts of validation pieces share at most:")
    console.print(table)
    for left_out in baseline.left_out:
        console.print(f"{left_out} is a work of the training split, too, and does not count.")
