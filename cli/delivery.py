"""A finished piece, delivered: its files in a folder, and word of it on stdout."""

import json
from pathlib import Path

import typer

from cli.errors import CommandError
from cli.files import write_together
from cli.report import as_json_object, print_piece
from cli.street import Files


def deliver(piece: Files, folder: Path, *, as_json: bool) -> None:
    """Write a piece's four files, all or none, and say where they are.

    The JSON file names the others relative to itself, so that a folder can be moved.

    Args:
        piece: what was made.
        folder: that exists.
        as_json: whether to say it as one JSON object on a line, or for people.

    Raises:
        CommandError: the folder cannot be written to.
    """
    result = piece.result
    names = {
        "midi": Path(f"{result.id}.mid"),
        "audio": Path(f"{result.id}{result.request.audio_format.suffix}"),
        "picture": Path(f"{result.id}.png"),
    }
    about = json.dumps(as_json_object(result, names), indent=1, ensure_ascii=False) + "\n"
    files = {"midi": piece.midi, "audio": piece.audio, "picture": piece.picture}
    about_name = f"{result.id}.json"
    contents = {str(names[kind]): content for kind, content in files.items()} | {about_name: about.encode()}
    try:
        write_together(folder, contents)
    except CommandError as error:
        elsewhere = f"`etude show {result.id} --out FOLDER` writes the piece elsewhere"
        raise CommandError(f"{str(error).removesuffix('.')}; {elsewhere}.") from error
    paths = {kind: folder / name for kind, name in names.items()}
    if as_json:
        typer.echo(json.dumps(as_json_object(result, paths)))
    else:
        print_piece(result, [*paths.values(), folder / about_name])
