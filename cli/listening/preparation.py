"""`etude listening prepare`: the excerpts of a study, made in advance."""

import hashlib
import re
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from cli.errors import INSTALL_WORKER, CommandError
from cli.listening.sources import Music, Sources
from cli.memory import open_memory
from cli.start import started
from jobs.errors import quote
from jobs.options import parse_format, parse_guidance, parse_seed, parse_temperature, parse_top_p
from jobs.request import new_piece_id, new_seed

if TYPE_CHECKING:
    from listening.study.design import Design

SECONDS = (5.0, 60.0)
"""Between which an excerpt's length lies; Discord carries the audio of either."""

MOST_PIECES = 100


def prepare(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The study's name; a draft is gone on with.")],
    styles: Annotated[str, typer.Option(help="Separated by commas; each is a condition.")] = "romantic",
    pieces: Annotated[int, typer.Option(help="For each of these styles.", min=0, max=MOST_PIECES)] = 4,
    human: Annotated[
        int | None,
        typer.Option(help="By people; as many as Etude's, where there are.", min=0, max=MOST_PIECES),
    ] = None,
    baseline: Annotated[
        int | None, typer.Option(help="By the hidden Markov model; as `pieces`.", min=0, max=MOST_PIECES)
    ] = None,
    shuffled: Annotated[int, typer.Option(help="Trapping items.", min=0, max=MOST_PIECES)] = 3,
    seconds: Annotated[float | None, typer.Option(help="The longest excerpt, 5 to 60 s; 20.")] = None,
    temperature: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    top_p: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    guidance: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    label: Annotated[
        str, typer.Option(help="Added to these conditions' names, such as a checkpoint's.")
    ] = "",
    seed: Annotated[
        str | None, typer.Option(help="Decides pieces and order; drawn, where not given.")
    ] = None,
    audio_format: Annotated[
        str | None, typer.Option("--format", help="mp3 (default), opus, flac or wav.")
    ] = None,
) -> None:
    """Prepare a study: compose its pieces, cut all excerpts alike and record them.

    Run it again with another style, temperature, label or ETUDE_CHECKPOINT to add conditions; what is there
    already is not made again, so an interrupted run is gone on with. Listeners hear nothing of it before
    `etude listening open`.
    """
    settings = started()
    wanted_format = settings.etude_audio_format if audio_format is None else parse_format(audio_format)
    if not re.fullmatch(r"[\w -]{1,64}", name.strip()):
        raise CommandError(f"The name {quote(name)} is not allowed: give up to 64 letters, digits, - and _.")
    if not re.fullmatch(r"[\w .-]{0,24}", label.strip()):
        raise CommandError(
            f"The label {quote(label)} is not allowed: give up to 24 letters, digits, - and _."
        )
    if seconds is not None and not SECONDS[0] <= seconds <= SECONDS[1]:
        raise CommandError(
            f"An excerpt of {seconds:g} s is not allowed: give {SECONDS[0]:g} to {SECONDS[1]:g}."
        )
    wanted_seed = None if seed is None else parse_seed(seed)
    asked = {
        "temperature": None if temperature is None else parse_temperature(temperature),
        "top_p": None if top_p is None else parse_top_p(top_p),
        "guidance": None if guidance is None else parse_guidance(guidance),
    }
    names = list(dict.fromkeys(style.strip() for style in styles.split(",") if style.strip()))
    try:
        import av  # noqa: F401 - the first of what is needed beside the command: better missed before the work
        import onnxruntime  # noqa: F401 - the same
    except ImportError as error:
        raise CommandError(f"Preparing needs the package {error.name}; run: {INSTALL_WORKER}.") from error
    from cli.listening.recording import record
    from listening.study.design import Design, Excerpt
    from worker.loudness import TARGET_LUFS
    from worker.soundfonts import find_soundfont

    soundfont = find_soundfont(settings.soundfont)
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with open_memory(settings) as store:
        study = next((one for one in store.studies.all() if one.design.name == name.strip()), None)
        if study is None:
            design = Design(
                name=name.strip(),
                seconds=seconds or 20.0,
                seed=new_seed() if wanted_seed is None else wanted_seed,
                soundfont=soundfont.name,
                soundfont_sha256=soundfont.digest(),
                lufs=TARGET_LUFS,
            )
        else:
            design = study.design
            _check_same(design, seconds, wanted_seed, soundfont.digest())
            store.studies.check_draft(design.name)
        with (
            Sources(settings, store, soundfont, design, asked, label.strip()) as sources,
            Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
        ):
            plan = sources.plan(names, pieces, human, baseline, shuffled)
            if study is None:  # only now: a request that is refused leaves nothing behind
                store.studies.create(design)
            task = progress.add_task("preparing", total=len(plan))
            for make in plan:
                music: Music = make()
                recording = record(music.notes, design.seconds, soundfont, wanted_format)
                excerpt = Excerpt(
                    id=new_piece_id(),
                    condition=music.condition.name,
                    seconds=recording.seconds,
                    midi_sha256=hashlib.sha256(recording.midi).hexdigest(),
                    audio_sha256=hashlib.sha256(recording.audio).hexdigest(),
                    title=music.title,
                    attribution=music.attribution,
                    licence=music.licence,
                    piece_id=music.piece_id,
                )
                store.studies.add(
                    design.name, music.condition, excerpt, recording.midi, recording.audio, wanted_format
                )
                progress.advance(task)
        design = store.studies.get(design.name).design
    Console(highlight=False).print(
        f"{design.name}: {len(design.excerpts)} excerpts of {len(design.conditions)} conditions; "
        f"`etude listening open {_argument(design.name)}` opens it.",
        soft_wrap=True,
        markup=False,
    )


def _argument(name: str) -> str:
    return f"'{name}'" if " " in name else name


def _check_same(design: "Design", seconds: float | None, seed: int | None, soundfont_sha256: str) -> None:
    """What was decided when the study began holds for all of its excerpts."""
    for what, was, now in (
        ("excerpts of up to (seconds)", design.seconds, seconds),
        ("the seed", design.seed, seed),
        ("the soundfont", design.soundfont_sha256, soundfont_sha256),
    ):
        if now is not None and now != was:
            raise CommandError(
                f"The study {design.name} was begun with another value for {what}: leave it as it was, "
                "or give a new study's name."
            )
