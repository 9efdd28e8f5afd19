"""`etude evaluate all`: one report on a checkpoint's music, sampled beside real."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from cli.errors import INSTALL_TRAIN, CommandError
from cli.evaluate.corpus import listed_in, of_splits
from cli.evaluate.likelihood import likelihood_report
from cli.evaluate.tables import as_markdown, plain, print_sections
from cli.files import make_folder
from cli.start import started
from jobs.capabilities import SamplingDefaults
from jobs.errors import quote
from jobs.options import MOODS, parse_candidates, parse_form, parse_guidance, parse_temperature, parse_top_p
from worker.device import Device

if TYPE_CHECKING:
    from model.checkpoint import Checkpoint
    from model.evaluation.pieces import SampledPiece
    from model.evaluation.plan import Planned
    from model.evaluation.section import Section

STYLES = "baroque,classical,romantic,impressionist,ragtime,pop,latin,minimalist"

QUIETEST, LIVELIEST = "calm", "lively"

LIKELIHOOD_SPLIT = "validation"
"""Of which the report tells how likely it is."""


def everything(
    manifest: Annotated[Path, typer.Option(help="CSV that says what the real pieces are.")],
    out: Annotated[Path, typer.Option(help="Folder for the report and the samples; gone on with.")],
    root: Annotated[Path | None, typer.Option(help="Folder its paths are relative to.")] = None,
    prepared: Annotated[
        Path | None, typer.Option(help="A file that `etude prepare` wrote: quicker than MIDI files.")
    ] = None,
    styles: Annotated[str, typer.Option(help="Separated by commas.")] = STYLES,
    pieces: Annotated[int, typer.Option(help="Of 60 s for each style.", min=2)] = 20,
    short: Annotated[int, typer.Option(help="Of 10 s for each style.", min=0)] = 4,
    long: Annotated[int, typer.Option(help="Of 180 s for each style.", min=0)] = 6,
    moods: Annotated[int, typer.Option(help="Seeds for each mood, in every other style.", min=0)] = 4,
    temperature: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    top_p: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    guidance: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    form: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    candidates: Annotated[str | None, typer.Option(help="As `compose` has it.")] = None,
    likelihood: Annotated[
        Path | None, typer.Option(help="What `evaluate likelihood --json` printed, in place of measuring.")
    ] = None,
    limit_pieces: Annotated[
        int | None, typer.Option(help="Likelihood of so many pieces only; 0 leaves it out.", min=0)
    ] = None,
    device: Annotated[Device, typer.Option(help="What samples: auto, cpu or cuda.")] = Device.CPU,
) -> None:
    """Sample pieces by a fixed plan and measure them beside real ones: controls, likeness, bounds.

    Writes evaluation.md and evaluation.json. Samples are kept: an interrupted run is gone on with, and pieces
    of the same checkpoint, order and sampler are not sampled again.
    """
    settings = started()
    _needs_train()
    from model.checkpoint import SHIPPED, load_checkpoint
    from model.evaluation.bounds import bounds
    from model.evaluation.likelihood_section import likelihood_section
    from model.evaluation.pieces import Music, real_pieces
    from model.evaluation.plan import Counts, Mood, plan
    from model.evaluation.report import sections

    checkpoint = load_checkpoint(settings.etude_checkpoint or SHIPPED)
    wanted = _styles(styles, checkpoint)
    sampling = _sampling(temperature, top_p, guidance, form)
    of_each = SamplingDefaults().candidates if candidates is None else parse_candidates(candidates)
    make_folder(out)
    counts = Counts(pieces, short, long, moods)
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        told = _likelihood(checkpoint, manifest, root, prepared, likelihood, limit_pieces, out, progress)
        corpus = of_splits(("train", "validation"), manifest, root, prepared, progress)
        real = real_pieces(corpus, listed_in(manifest), wanted)
        densities = {
            style: [
                one.notes.window(0.0, 60.0).notes_per_second
                for one in real
                if one.style == style and one.is_reference
            ]
            for style in wanted
        }
        presets = [Mood(name, mood.density, mood.loudness) for name, mood in MOODS.items()]
        planned = plan(wanted, counts, densities, presets, sampling)
        cache = settings.etude_data_dir / "cache"
        sampled = _sampled(checkpoint, planned, of_each, out, cache, device, progress)
        progress.add_task("measuring", total=None)
        music = Music(wanted, sampled, real)
        measured = sections(music)
        first = likelihood_section(told)
        nats = None if told is None else told["nats_per_event"]["unspecified"]
        verdict = bounds(music, measured, nats, (QUIETEST, LIVELIEST))
    report = [verdict, first, *measured]
    facts = {
        "checkpoint": checkpoint.digest,
        "sampling": {**sampling, "candidates": of_each},
        "styles": wanted,
        "counts": asdict(counts),
        "real_pieces": len(real),
    }
    _write(out, checkpoint.name, facts, report)
    print_sections([*report[1:], verdict])
    Console(highlight=False).print(f"The report is in {out / 'evaluation.md'}", soft_wrap=True, markup=False)


def _needs_train() -> None:
    try:
        import music21  # noqa: F401 - slow to load, and needed: better missed before the sampling than after
        import sklearn  # noqa: F401 - the same
    except ImportError as error:
        raise CommandError(f"Evaluating needs the package {error.name}; run: {INSTALL_TRAIN}.") from error


def _styles(text: str, checkpoint: "Checkpoint") -> list[str]:
    styles = list(dict.fromkeys(style.strip() for style in text.split(",") if style.strip()))
    unknown = [style for style in styles if style not in checkpoint.styles]
    if unknown or not styles:
        known = ", ".join(checkpoint.styles)
        raise CommandError(f"Style {quote(', '.join(unknown))} is not known; the checkpoint has {known}.")
    return styles


def _sampling(
    temperature: str | None, top_p: str | None, guidance: str | None, form: str | None
) -> dict[str, float | str]:
    """The fields of an order that decide how is drawn: what `compose` does where nothing is said."""
    defaults = SamplingDefaults()
    return {
        "temperature": defaults.temperature if temperature is None else parse_temperature(temperature),
        "top_p": defaults.top_p if top_p is None else parse_top_p(top_p),
        "guidance": defaults.guidance if guidance is None else parse_guidance(guidance),
        "form": defaults.form if form is None else parse_form(form),
    }


def _sampled(
    checkpoint: "Checkpoint",
    planned: Sequence["Planned"],
    candidates: int,
    out: Path,
    cache: Path,
    device: Device,
    progress: Progress,
) -> list["SampledPiece"]:
    from model.evaluation.pieces import SampledPiece
    from worker.engine import Engine
    from worker.network import open_network
    from worker.samples import Samples

    task = progress.add_task("sampling", total=None)
    with Engine(open_network(checkpoint, cache, device)) as engine:
        events = Samples(out / "samples", engine, candidates).get(
            [one.order for one in planned],
            lambda count, total: progress.update(task, completed=count, total=total),
        )
    return [SampledPiece.of(one, own) for one, own in zip(planned, events, strict=True)]


def _likelihood(
    checkpoint: "Checkpoint",
    manifest: Path,
    root: Path | None,
    prepared: Path | None,
    known: Path | None,
    limit: int | None,
    out: Path,
    progress: Progress,
) -> dict[str, Any] | None:
    """The report of `etude evaluate likelihood`: known already, kept from an earlier run, or measured now."""
    from model.evaluation.likelihood_section import likelihood_section

    if limit == 0 and known is None:
        return None
    name = f"likelihood-{checkpoint.name}-{limit or 'all'}.json"
    kept = out / name if known is None else known
    if known is not None or kept.is_file():
        try:
            report = json.loads(kept.read_bytes())
            if report["checkpoint"] != checkpoint.digest:
                raise CommandError(f"The likelihoods in {kept} are those of another checkpoint.")
            if report["split"] != LIKELIHOOD_SPLIT:
                raise CommandError(
                    f"The likelihoods in {kept} are not those of the {LIKELIHOOD_SPLIT} split."
                )
            likelihood_section(report)  # what it lacks is better missed before the sampling than after
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{kept} is not what `etude evaluate likelihood --json` prints.") from error
        return dict(report)
    corpus = of_splits((LIKELIHOOD_SPLIT,), manifest, root, prepared, progress, limit=limit)
    report = likelihood_report(checkpoint, corpus, LIKELIHOOD_SPLIT, progress)
    kept.write_text(json.dumps(report), encoding="utf-8")
    return report


def _write(out: Path, name: str, facts: dict[str, Any], report: Sequence["Section"]) -> None:
    tables = {section.name: section.as_json_object() for section in report}
    (out / "evaluation.json").write_text(
        json.dumps(plain({**facts, "tables": tables}), indent=1) + "\n", encoding="utf-8"
    )
    counts = facts["counts"]
    said = ", ".join(f"{field.replace('_', ' ')} {value}" for field, value in facts["sampling"].items())
    opening = (
        f"# Evaluation of checkpoint {name}\n\n"
        f"Sampled for each style: {counts['main']} pieces of 60 s, {counts['short']} of 10 s, "
        f"{counts['long']} of 180 s; {counts['moods']} seeds for each mood in every other style. "
        f"{said.capitalize()}. Half of the pieces of 60 s ask for a note density. {facts['real_pieces']} "
        "real pieces of the train and validation splits stand beside them.\n"
    )
    markdown = "\n".join([opening, *map(as_markdown, report)])
    (out / "evaluation.md").write_text(markdown, encoding="utf-8")
