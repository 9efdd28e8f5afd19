"""`etude report`: what listeners' votes say."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.errors import INSTALL_REPORT, CommandError
from cli.files import make_folder, write_together
from cli.memory import open_memory
from cli.start import started


def report(
    study: Annotated[str | None, typer.Option(help="Its name; the open one, or the last.")] = None,
    guild: Annotated[
        int | None, typer.Option(help="Only votes and reactions in this server (id).", min=0, max=2**63 - 1)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for report.md, report.json, CSV tables and charts.")
    ] = None,
    votes_file: Annotated[
        Path | None, typer.Option("--votes", help="A CSV file for the votes themselves, pseudonymised.")
    ] = None,
    bound: Annotated[float, typer.Option(help="Points of a mean that are held to be no difference.")] = 0.5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Report a study: means, duels, guesses, agreement, and which votes are left out and why.

    Ratings by reactions stand beside the study's, never among them. Without --out or --json the report is
    printed as Markdown.
    """
    settings = started()
    if not 0 < bound <= 4:
        raise CommandError(f"A bound of {bound:g} is not allowed: give more than 0 and up to 4 points.")
    try:
        from listening.report.export import votes_csv
        from listening.report.markdown import as_markdown
        from listening.report.plain import as_json_object
        from listening.report.report import report as report_of
        from listening.report.table import as_csv, tables

        if out is not None:  # otherwise nobody has to wait until what draws is loaded
            from listening.report.chart import draw, panels
    except ImportError as error:
        raise CommandError(f"Reporting needs the package {error.name}; run: {INSTALL_REPORT}.") from error
    with open_memory(settings) as store:
        found = store.studies.latest() if study is None else store.studies.get(study)
        votes = [] if found is None else store.studies.votes(found.design.name, guild)
        reactions = store.ratings.all(guild)
    design = None if found is None else found.design
    told = report_of(design, votes, reactions, bound=bound)
    told_json = as_json_object(told)
    if found is not None:
        moments = {"opened_at": found.opened_at, "closed_at": found.closed_at}
        told_json["study"] |= {"state": found.state.value} | {
            name: None if moment is None else moment.isoformat() for name, moment in moments.items()
        }
    text = json.dumps(told_json)
    if votes_file is not None:
        if design is None:
            raise CommandError("There is no study whose votes could be written: open one first.")
        _write(votes_file, votes_csv(design, votes).encode())
    if out is not None:
        shown = panels(told)
        make_folder(out)
        files = {f"{panel.name}.png": draw(panel) for panel in shown}
        files |= {f"{table.name}.csv": as_csv(table).encode() for table in tables(told)}
        files["report.json"] = f"{text}\n".encode()
        files["report.md"] = as_markdown(told, [f"{panel.name}.png" for panel in shown]).encode()
        write_together(out, files)
    if as_json:
        typer.echo(text)
    elif out is None:
        typer.echo(as_markdown(told))
    else:
        Console(highlight=False).print(f"The report is in {out / 'report.md'}", soft_wrap=True, markup=False)


def _write(path: Path, content: bytes) -> None:
    make_folder(path.parent)
    write_together(path.parent, {path.name: content})
