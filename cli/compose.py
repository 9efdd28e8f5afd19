"""`etude compose`: pieces as files, from the command line."""

import re
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.delivery import deliver
from cli.errors import CommandError, PrimerRefusedError
from cli.files import make_folder
from cli.leftovers import keep_leftovers
from cli.memory import open_memory
from cli.primer import read_primer
from cli.report import shown_progress
from cli.start import started
from cli.street import open_street
from jobs.errors import quote
from jobs.logs import bind_piece
from jobs.options import ComposeOptions, parse_seed, resolve
from jobs.request import MAX_SEED, new_piece_id, new_seed
from jobs.task import ComposeTask

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
    guidance: Annotated[str | None, typer.Option(help="0 to 5; higher keeps closer to what you ask.")] = None,
    form: Annotated[
        str | None, typer.Option(help="auto (default), free, prelude, ternary, song, rondo, ...")
    ] = None,
    candidates: Annotated[str | None, typer.Option(help="Of so many, 1 to 8, the best is kept.")] = None,
    level: Annotated[
        str | None, typer.Option(help="easy, medium or advanced, for a student; any, where not given.")
    ] = None,
    seed: Annotated[str | None, typer.Option(help="The same seed gives the same piece.")] = None,
    count: Annotated[str, typer.Option(help="How many; each has the seed before plus one.")] = "1",
    audio_format: Annotated[
        str | None, typer.Option("--format", help="mp3 (default), opus, flac or wav.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("pieces"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line a piece.")] = False,
) -> None:
    """Compose piano pieces: each as MIDI, audio, a picture, and a JSON file that tells all about it."""
    settings = started()
    pieces = _parse_count(count)
    first_seed = new_seed() if seed is None else parse_seed(seed)
    with open_memory(settings) as store, open_street(settings) as street:
        memory = store.name()
        address = f"{memory}:cli"
        street.front.fill_fingerprints(memory, store.fingerprints.count, store.fingerprints.latest)
        prepared = None if primer is None else read_primer(primer, street.offered.primer)
        options = ComposeOptions(
            style=style,
            key=key,
            length=length,
            density=density,
            mood=mood,
            temperature=temperature,
            top_p=top_p,
            guidance=guidance,
            form=form,
            candidates=candidates,
            level=level,
            pitches=pitches,
            rendition=rendition,
            format=audio_format,
            primer_sha256=None if prepared is None else prepared.sha256,
            primer_echo=primer_echo,
        )
        for index in range(pieces):
            its_seed = (first_seed + index) % (MAX_SEED + 1)
            request = resolve(
                options.model_copy(update={"seed": None if seed is None else str(its_seed)}),
                street.offered,
                next_number=store.next_number,
                draw_seed=partial(int, its_seed),
                new_id=new_piece_id,
                default_format=settings.etude_audio_format,
            )
            make_folder(out)  # before the work, not after it
            task = ComposeTask(request=request, reply_to=address)
            with bind_piece(request.id), shown_progress(is_shown=not as_json) as report:
                try:
                    piece = street.make(task, None if prepared is None else prepared.data, report)
                except PrimerRefusedError as error:
                    raise CommandError(str(error).replace("The primer", f"The primer {primer}", 1)) from error
            primer_data = None if prepared is None else prepared.data
            store.add_piece(piece.result, piece.midi, primer_data, street.front.fingerprints(piece.result.id))
            street.front.settle(task)
            deliver(piece, out, as_json=as_json)
        keep_leftovers(street, store, address)


def _parse_count(text: str) -> int:
    if re.fullmatch("[0-9]{1,4}", text.strip()) and 1 <= int(text) <= MAX_COUNT:
        return int(text)
    raise CommandError(f"Count {quote(text)} is not allowed: give a whole number from 1 to {MAX_COUNT}.")
