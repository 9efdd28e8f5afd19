"""The real performances that a checkpoint is judged by."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress

from cli.errors import CommandError
from jobs.errors import quote

if TYPE_CHECKING:
    from model.evaluation.pieces import Listed
    from model.prepared import PreparedCorpus


def of_splits(
    splits: tuple[str, ...],
    manifest: Path,
    root: Path | None,
    prepared: Path | None,
    progress: Progress,
    *,
    limit: int | None = None,
) -> "PreparedCorpus":
    """The pieces of some splits of a manifest.

    Args:
        splits: of which there are train, validation and test.
        manifest: what the pieces are.
        root: the folder that its paths are relative to; the manifest's own where not given.
        prepared: a prepared corpus to take them from; where not given, the files are read.
        progress: shows what is being read, and what is left out.
        limit: only so many pieces, evenly chosen.
    """
    from model.corpus import prepare, read_manifest
    from model.evaluation.pieces import of_split, read_listed
    from model.prepared import SPLITS, Labelled, PreparedCorpus, evenly, load_prepared

    for split in splits:
        if split not in SPLITS:
            raise CommandError(f"There is no split {quote(split)}; known are: {', '.join(SPLITS)}.")
    if prepared is not None:
        corpus = load_prepared(prepared)
        listed = read_listed(manifest)
        chosen = [(index, split) for split in splits for index in of_split(corpus, listed, split)]
        if not chosen:
            raise CommandError(f"{prepared} has no pieces of the split {' or '.join(splits)}.")
        chosen = chosen if limit is None else evenly(chosen, limit)
        labelled = [Labelled(corpus[index], corpus.paths[index], split) for index, split in chosen]
        return PreparedCorpus.of(corpus.styles, labelled)
    rows = [row for row in read_manifest(manifest, root or manifest.parent) if row.split in splits]
    if not rows:
        raise CommandError(f"The manifest {manifest} has no pieces in the split {' or '.join(splits)}.")
    rows = rows if limit is None else evenly(rows, limit)
    task = progress.add_task("reading", total=len(rows))

    def read(count: int, problem: str | None) -> None:
        progress.update(task, completed=count)
        if problem is not None:
            progress.console.print(f"left out: {problem}", markup=False)

    return prepare(rows, processes=os.cpu_count() or 1, report=read)


def listed_in(manifest: Path) -> dict[str, "Listed"]:
    """What a manifest says of each path."""
    from model.evaluation.pieces import read_listed

    return read_listed(manifest)
