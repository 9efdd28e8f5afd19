"""`etude listening open`, `close`, `list`, `show` and `discard`."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.memory import open_memory
from cli.report import note
from cli.start import started

if TYPE_CHECKING:
    from listening.store.store import Store
    from listening.store.study import StoredStudy

Name = Annotated[str, typer.Argument(metavar="NAME", help="The study's name.")]


def open_study(name: Name) -> None:
    """Open a study to listeners; from then on its design is frozen."""
    settings = started()
    with open_memory(settings) as store:
        study = store.studies.open(name)
    note(f"The study {name} is open. Its design is frozen as {study.design_sha256}.")


def close(name: Name) -> None:
    """Close the open study: nothing more is asked, and its votes are kept."""
    settings = started()
    with open_memory(settings) as store:
        store.studies.close(name)
    note(f"The study {name} is closed; `etude report --study {name}` tells what came of it.")


def discard(name: Name) -> None:
    """Remove a study that was never opened."""
    settings = started()
    with open_memory(settings) as store:
        store.studies.discard(name)
    note(f"The draft {name} is gone.")


def list_studies() -> None:
    """List all studies."""
    settings = started()
    with open_memory(settings) as store:
        studies = store.studies.all()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("study", "state", "conditions", "excerpts", "opened", "closed"):
        table.add_column(heading)
    for study in studies:
        table.add_row(
            study.design.name,
            study.state.value,
            str(len(study.design.conditions)),
            str(len(study.design.excerpts)),
            *(f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in (study.opened_at, study.closed_at)),
        )
    Console(highlight=False).print(table)


def show(
    name: Name, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """Show what a study compares, and how many have listened."""
    settings = started()
    with open_memory(settings) as store:
        study = store.studies.get(name)
        about = _about(store, study)
    if as_json:
        typer.echo(json.dumps(about))
        return
    console = Console(highlight=False)
    console.print(
        f"{name}: {about['state']}, excerpts of up to {study.design.seconds:g} s, soundfont "
        f"{study.design.soundfont}, {study.design.lufs:g} LUFS; {about['listeners']} listeners",
        markup=False,
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("condition", "origin", "excerpts", "withdrawn"):
        table.add_column(heading)
    for row in about["conditions"]:
        table.add_row(*(str(row[field]) for field in ("name", "origin", "excerpts", "withdrawn")))
    console.print(table)


def _about(store: "Store", study: "StoredStudy") -> dict[str, Any]:
    design = study.design
    votes = Counter(vote.question.kind.value for vote in store.studies.votes(design.name))
    return {
        "name": design.name,
        "state": study.state.value,
        "design_sha256": study.design_sha256,
        "seconds": design.seconds,
        "soundfont": design.soundfont,
        "lufs": design.lufs,
        "listeners": store.studies.listeners(design.name),
        "votes": dict(votes),
        "conditions": [
            {
                "name": condition.name,
                "origin": condition.origin.value,
                "excerpts": len(design.of(condition.name)),
                "withdrawn": len(study.withdrawn & {one.id for one in design.of(condition.name)}),
            }
            for condition in design.conditions
        ],
    }
