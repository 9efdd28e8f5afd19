"""`etude compose`: pieces as files, from the command line."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import CommandError
from cli.files import make_folder, write_together
from cli.primer import read_primer
from cli.report import as_json_object, print_piece, shown_progress
from cli.workshop import Workshop
from jobs.errors import quote
from jobs.logs import bind_piece, configure_logs
from jobs.options import ComposeOptions, parse_seed, resolve
from jobs.request import MAX_SEED, new_piece_id, new_seed
from jobs.settings import load_settings

if TYPE_CHECKING:
    from worker.composition import Piece

MAX_COUNT = 1000


def compose(
    style: Annotated[str | None, typer.Option(help="Such as romantic; any, where not given.")] = None,
    key: Annotated[str | None, typer.Option(help='Such as "C minor", Bb or "f# min".')] = None,
    length: Annotated[str | None, typer.Option(help="10 to 300 s, such as 60 or 1:30.")] = None,
    density: Annotated[str | None, typer.Option(help="sparse, medium, dense, or notes a second.")] = None,
    mood: Annotated[str | None, typer.Option(help="calm, neutral or lively.")] = None,
    pitches: Annotated[
        str | None, typer.Option(help='Pitch-class histogram: 12 weights from C, "2,0,1,...".')
    ] = None,
    rendition: Annotated[str | None, typer.Option(help="performed (default) or score.")] = None,
    primer: Annotated[Path | None, typer.Option(help="A MIDI file to go on from.")] = None,
    primer_echo: Annotated[bool, typer.Option(help="Begin the piece with its primer.")] = True,
    temperature: Annotated[str | None, typer.Option(help="0.1 to 2; higher is bolder.")] = None,
    top_p: Annotated[str | None, typer.Option(help="Share of probability kept, up to 1.")] = None,
    seed: Annotated[str | None, typer.Option(help="The same seed gives the same piece.")] = None,
    count: Annotated[str, typer.Option(help="How many; each has the seed before plus one.")] = "1",
    audio_format: Annotated[
        str | None, typer.Option("--format", help="mp3 (default), opus, flac or wav.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("pieces"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line a piece.")] = False,
) -> None:
    """Compose piano pieces: each as MIDI, audio, a picture, and a JSON file that tells all about it."""
    settings = load_settings()
    configure_logs(settings.etude_log_level, settings.etude_log_format)
    pieces = _parse_count(count)
    first_seed = new_seed() if seed is None else parse_seed(seed)
    workshop = Workshop(settings)
    offered = workshop.capabilities
    prepared = None if primer is None else read_primer(primer, offered.primer)
    options = ComposeOptions(
        style=style,
        key=key,
        length=length,
        density=density,
        mood=mood,
        temperature=temperature,
        top_p=top_p,
        pitches=pitches,
        rendition=rendition,
        format=audio_format,
        primer_sha256=None if prepared is None else prepared.sha256,
        primer_seconds=0.0 if prepared is None else prepared.seconds,
        primer_echo=primer_echo,
    )
    for index in range(pieces):
        request = resolve(
            options.model_copy(update={"seed": str((first_seed + index) % (MAX_SEED + 1))}),
            offered,
            number=_next_number(out),
            draw_seed=new_seed,
            new_id=new_piece_id,
            default_format=settings.etude_audio_format,
        )
        make_folder(out)  # before the work, not after it
        with bind_piece(request.id), shown_progress(is_shown=not as_json) as report:
            piece = workshop.compose(request, None if prepared is None else prepared.data, report)
            paths = _write(piece, out)
        if as_json:
            typer.echo(json.dumps(as_json_object(piece.result, paths)))
        else:
            print_piece(piece.result, [*paths.values(), paths["midi"].with_suffix(".json")])


def _parse_count(text: str) -> int:
    if re.fullmatch("[0-9]{1,4}", text.strip()) and 1 <= int(text) <= MAX_COUNT:
        return int(text)
    raise CommandError(f"Count {quote(text)} is not allowed: give a whole number from 1 to {MAX_COUNT}.")


def _next_number(folder: Path) -> int:
    """A piece's number in the catalogue is its place among the pieces of its folder."""
    return 1 + sum(1 for _ in folder.glob("*.json"))


def _write(piece: "Piece", folder: Path) -> Mapping[str, Path]:
    """Write a piece's four files; the JSON names the others relative to itself, so that a folder can move."""
    name = piece.result.id
    names = {
        "midi": f"{name}.mid",
        "audio": f"{name}{piece.result.request.audio_format.suffix}",
        "picture": f"{name}.png",
    }
    about = as_json_object(piece.result, {kind: Path(file) for kind, file in names.items()})
    files = {
        names["midi"]: piece.midi,
        names["audio"]: piece.audio,
        names["picture"]: piece.picture,
        f"{name}.json": (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode(),
    }
    written = write_together(folder, files)
    return {kind: written[file] for kind, file in names.items()}
