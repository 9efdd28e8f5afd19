"""What `etude compose` says of a piece: one JSON object, or a few lines for people."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from cards.titles import title_of
from jobs.result import GenerationResult

if TYPE_CHECKING:
    from jobs.progress import Stage

STAGES = {"sample": "Composing", "render": "Rendering", "encode": "Encoding", "picture": "Drawing"}


def as_json_object(result: GenerationResult, paths: Mapping[str, Path]) -> dict[str, Any]:
    """All about a piece; `paths` are those of its midi, audio and picture."""
    return {
        "id": result.id,
        "title": title_of(result.request),
        **{kind: str(path) for kind, path in paths.items()},
        "seed": result.request.seed,
        "checkpoint": result.checkpoint,
        "sampler": result.sampler.value,
        "soundfont": result.soundfont,
        "midi_sha256": result.midi_sha256,
        "requested": result.request.recipe(),
        "measured": result.measured.model_dump(mode="json"),
        "timings": result.timings.model_dump(mode="json"),
    }


def print_piece(result: GenerationResult, paths: Iterable[Path]) -> None:
    """A piece for people: title, asked beside measured, and where its files are."""
    request, measured = result.request, result.measured
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "asked", "measured"):
        table.add_column(heading)
    table.add_row("style", request.style or "any", "")
    table.add_row("key", request.key or "any", measured.key or "none")
    table.add_row("seconds", f"{request.length_seconds:g}", f"{measured.seconds:.1f}")
    asked_density = "any" if request.density is None else f"{request.density:g}"
    table.add_row("notes a second", asked_density, f"{measured.notes_per_second:.1f}")
    asked_loudness = "any" if request.loudness is None else f"{request.loudness:g}"
    table.add_row("mean velocity", asked_loudness, f"{measured.mean_velocity:.0f}")
    console = Console(highlight=False)
    console.print(
        f"[bold]{title_of(request)}[/bold]  (seed {request.seed}, checkpoint {result.checkpoint[:12]})"
    )
    console.print(table)
    for path in paths:
        console.print(f"  {path}", soft_wrap=True, markup=False)


@contextmanager
def shown_progress(*, is_shown: bool) -> Iterator[Callable[["Stage", float], None]]:
    """A progress bar on stderr while a piece is made; gives what its stages report to."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not is_shown) as progress:
        task = progress.add_task(STAGES["sample"], total=1.0)

        def report(stage: "Stage", share: float) -> None:
            progress.update(task, description=STAGES[stage.value], completed=share)

        yield report
