"""`etude show`: a stored piece as files again."""

from pathlib import Path
from typing import Annotated

import typer

from cli.delivery import deliver
from cli.errors import CommandError
from cli.files import make_folder
from cli.memory import open_memory
from cli.report import shown_progress
from cli.start import started
from cli.street import open_street
from jobs.errors import quote
from jobs.logs import bind_piece
from jobs.options import parse_format
from jobs.request import new_piece_id
from jobs.task import RenderTask


def show(
    piece_id: Annotated[str, typer.Argument(metavar="ID", help="The piece's id.")],
    audio_format: Annotated[
        str | None, typer.Option("--format", help="mp3, opus, flac or wav; as it was, where not given.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("pieces"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a piece of the database again: the stored MIDI, rendered anew."""
    settings = started()
    wanted = None if audio_format is None else parse_format(audio_format)
    with open_memory(settings) as store:
        stored = store.piece(piece_id.strip().lower())
        address = f"{store.name()}:cli"
    if stored is None:
        raise CommandError(f"There is no piece {quote(piece_id)} in the database: look at its id again.")
    result = stored.result
    if wanted is not None:
        request = result.request.model_copy(update={"audio_format": wanted})
        result = result.model_copy(update={"request": request})
    with open_street(settings) as street:
        make_folder(out)
        task = RenderTask(id=new_piece_id(), piece=result, reply_to=address)
        with bind_piece(result.id), shown_progress(is_shown=not as_json) as report:
            piece = street.make(task, stored.midi, report)
        street.front.settle(task)
    deliver(piece, out, as_json=as_json)
