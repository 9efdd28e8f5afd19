"""`etude listening add-human`: pieces by people, for studies to come."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CommandError
from cli.files import read_bounded
from cli.memory import open_memory
from cli.report import note
from cli.start import started

MAX_BYTES = 1 << 20

LONGEST_TEXT = 300
"""More letters of a title, licence or attribution would not fit under a vote."""

KEPT_SECONDS = 60.0
"""So much of each piece is kept, cut at the end of a phrase; studies cut it shorter."""


def add_human(
    folder: Annotated[Path, typer.Argument(help="Folder of MIDI files; each is named after its piece.")],
    licence: Annotated[str, typer.Option(help='On what terms, such as "CC BY 4.0".')],
    attribution: Annotated[str, typer.Option(help="Whose they are; told after each vote.")],
) -> None:
    """Add pieces by people, of which studies play excerpts beside Etude's."""
    settings = started()
    licence, attribution = licence.strip(), attribution.strip()
    for name, value in (("licence", licence), ("attribution", attribution)):
        if not value:
            raise CommandError(f"The {name} is empty: say it as listeners are to read it.")
        _check_text(f"The {name}", value)
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}: give one that holds MIDI files.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".mid", ".midi"))
    if not paths:
        raise CommandError(f"The folder {folder} holds no MIDI files (.mid): give one that does.")
    from listening.store.humans import StoredHuman
    from model.errors import MidiError
    from model.excerpt import excerpt
    from model.midi import read_midi, write_midi

    humans = []
    for path in paths:
        _check_text(f"The name of the file {path}", path.stem)
        try:
            notes = read_midi(read_bounded(path, "MIDI file", MAX_BYTES))
        except MidiError as error:
            raise CommandError(f"{path}: {error}") from error
        midi = write_midi(excerpt(notes, KEPT_SECONDS))
        humans.append(StoredHuman(path.stem, attribution, licence, midi))
    with open_memory(settings) as store:
        added = [store.humans.add(hashlib.sha256(human.midi).hexdigest(), human) for human in humans]
    note(f"{sum(added)} pieces by people added, {len(added) - sum(added)} were there already.")


def _check_text(what: str, text: str) -> None:
    """What listeners are to read is to be text."""
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise CommandError(
            f"{what} is no text of up to {LONGEST_TEXT} letters: listeners are to read it after each vote."
        )
