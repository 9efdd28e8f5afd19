"""What `etude compose` says of a piece: one JSON object, or a few lines for people."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from cards.catalogue import text
from cards.titles import title_of
from jobs.progress import Progress
from jobs.result import GenerationResult


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
        "originality": None if result.originality is None else result.originality.model_dump(mode="json"),
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
def shown_progress(*, is_shown: bool) -> Iterator[Callable[[Progress], None]]:
    """A progress bar on stderr while a piece is made; gives what hears of its progress."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    is_off = not is_shown or not console.is_terminal
    with ProgressBar(*columns, console=console, transient=True, disable=is_off) as bar:
        task = bar.add_task(text("stage.waiting"), total=1.0)

        def report(progress: Progress) -> None:
            bar.update(task, description=text(f"stage.{progress.stage.value}"), completed=progress.share)

        yield report


def note(sentence: str) -> None:
    """Tell people something beside the piece they asked for."""
    Console(stderr=True, highlight=False).print(sentence, soft_wrap=True, markup=False)
