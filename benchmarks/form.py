"""`python -m benchmarks.form`: whether planned pieces return to their material as real ones do.

Pieces of a few styles are composed with a plan and without, with the same seeds and keys, and set beside the
openings of real pieces of the train and validation splits. Sampled pieces are kept in a folder: an
interrupted run is gone on with. What is printed is told in `benchmarks.form_tables`.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.form_tables import PLAIN, PLANNED, REAL, STYLES, Measured, Measures, print_tables
from jobs.capabilities import SamplingDefaults
from jobs.logs import configure_logs
from jobs.settings import LogFormat, LogLevel
from jobs.street.fingerprints import MOST_PIECES
from model.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from model.events import STEPS_PER_SECOND
from model.exemplars import RENDITION_SHARE
from model.form.plan import FormPlan
from model.form.templates import AUTO, FREE
from model.keys import KEYS
from model.originality.fingerprints import fingerprints_of
from model.originality.matching import index_of
from model.originality.training_index import load_training_index
from model.performance import Note, decode
from model.piece import Rendition
from model.prepared import PreparedCorpus, evenly, load_prepared
from model.sampling.choice import score
from model.sampling.draft import Draft
from model.sampling.order import Order
from worker.choosing import best_of
from worker.device import Device
from worker.engine import Engine
from worker.network import open_network
from worker.samples import Samples
from worker.stop import Stop

LEAST_SECONDS = 150
"""How long a real piece must be."""

REAL_SHARE = 3
"""There may be so many times as many real pieces as sampled ones."""

COST_SECONDS = 60.0


def main() -> None:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.form", description=__doc__)
    parser.add_argument("--out", type=Path, help="folder for sampled pieces: print the tables")
    parser.add_argument("--figures", type=Path, help="folder for a figure of each style")
    parser.add_argument("--cost", action="store_true", help="print what plan and choice cost")
    parser.add_argument("--pieces", type=int, default=20, help="of each style, planned and plain")
    parser.add_argument("--seconds", type=float, default=170.0, help="their length")
    parser.add_argument("--prepared", type=Path, default=Path("data/prepared2.safetensors"))
    asked = parser.parse_args()
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    checkpoint = load_checkpoint(SHIPPED)
    with (
        tempfile.TemporaryDirectory() as cache,
        Engine(open_network(checkpoint, Path(cache), Device.CPU)) as engine,
    ):
        if asked.cost:
            _print_cost(engine, asked.pieces)
        if asked.out is not None:
            samples, corpus = Samples(asked.out / "samples", engine), load_prepared(asked.prepared)
            print_tables(_measured(samples, checkpoint, corpus, asked.pieces, asked.seconds))
        if asked.figures is not None:
            from benchmarks.form_figures import draw  # noqa: PLC0415 - only this needs matplotlib

            samples = Samples((asked.out or asked.figures) / "samples", engine)
            corpus = load_prepared(asked.prepared)
            asked.figures.mkdir(parents=True, exist_ok=True)
            for place, style in enumerate(STYLES):
                order = _order(style, place, 0, asked.seconds, AUTO)
                (events,) = samples.get([order], _print_progress)
                real = _real_pieces(corpus, style, REAL_SHARE * asked.pieces, asked.seconds)
                path = asked.figures / f"form-{style}.png"
                path.write_bytes(draw(style, _plan(order, checkpoint), decode(events), real))
                print(path)


def _order(style: str, place: int, index: int, seconds: float, form: str) -> Order:
    """A piece of a style; the same key and seed in every form, and keys go round over the pieces."""
    defaults = SamplingDefaults()
    asked = {"style": style, "key": KEYS[(7 * index + 5 * place) % 24], "rendition": "performed"}
    return Order(
        index + 1, seconds, asked, defaults.temperature, defaults.top_p, defaults.guidance, form=form
    )


def _plan(order: Order, checkpoint: Checkpoint) -> FormPlan:
    plan = Draft(order, checkpoint.controls, checkpoint.exemplars).wishes.plan
    if plan is None:
        raise ValueError("an order without a form has no plan")
    return plan


def _real_pieces(corpus: PreparedCorpus, style: str, most: int, seconds: float) -> list[list[Note]]:
    """Openings of real pieces of a style; of performances, as those are asked for, unless there are few."""
    own = [
        index
        for split in ("train", "validation")
        for index in corpus.originals(split)
        if corpus.labels[index, 1] == corpus.styles.index(style)
        and corpus[index].total_steps >= LEAST_SECONDS * STEPS_PER_SECOND
    ]
    performed = [index for index in own if corpus[index].rendition is Rendition.PERFORMED]
    chosen = evenly(performed if len(performed) >= RENDITION_SHARE * len(own) else own, most)
    return [
        [
            note._replace(end=min(note.end, seconds))
            for note in decode(corpus[index].events)
            if note.start < seconds
        ]
        for index in chosen
    ]


def _measured(
    samples: Samples, checkpoint: Checkpoint, corpus: PreparedCorpus, count: int, seconds: float
) -> Measures:
    measures: dict[str, dict[str, list[Measured]]] = {REAL: {}, PLAIN: {}, PLANNED: {}}
    orders = {
        (kind, style): [_order(style, place, index, seconds, form) for index in range(count)]
        for kind, form in ((PLAIN, FREE), (PLANNED, AUTO))
        for place, style in enumerate(STYLES)
    }
    samples.get([order for group in orders.values() for order in group], _print_progress)
    for (kind, style), group in orders.items():
        pieces = map(decode, samples.get(group, lambda *_: None))
        measures[kind][style] = [
            Measured.of(notes, None if kind == PLAIN else _plan(order, checkpoint))
            for order, notes in zip(group, pieces, strict=True)
        ]
    for style in STYLES:
        real = _real_pieces(corpus, style, REAL_SHARE * count, seconds)
        measures[REAL][style] = [Measured.of(notes) for notes in real]
    return measures


def _print_cost(engine: Engine, count: int) -> None:
    """Print what plan, choice and originality take, in median seconds, pieces one after another."""
    print(f"seconds for a piece of {COST_SECONDS:g} s, median of {count}, styles in turn; {engine.sampler}")
    last: Draft | None = None
    for name, form, candidates in (
        ("sampling without a plan", FREE, 1),
        ("sampling with a plan", AUTO, 1),
        ("sampling with a plan, 6 candidates", AUTO, 6),
    ):
        times = []
        for index in range(count):
            order = _order(STYLES[index % len(STYLES)], 0, index, COST_SECONDS, form)
            begun = time.perf_counter()
            last = best_of(candidates, order, engine, lambda _share: None, Stop())
            times.append(time.perf_counter() - begun)
        print(f"  {name}: {statistics.median(times):.2f}", flush=True)
    training = load_training_index(SHIPPED)
    if last is None or training is None:
        raise SystemExit(
            "without pieces, or without an index of what was learnt from, no more can be measured"
        )
    draft, own = last, fingerprints_of(last.notes())
    random = np.random.default_rng(0)
    earlier = [random.integers(0, 2**32, own.hashes.size, dtype=np.uint32) for _ in range(MOST_PIECES)]
    works: dict[str, Callable[[], object]] = {
        "beginning a piece, its plan drawn": lambda: Draft(
            order, engine.checkpoint.controls, engine.checkpoint.exemplars
        ),
        "scoring a candidate": lambda: score(draft),
        "originality: fingerprints, beside the training split": lambda: training.match(
            fingerprints_of(draft.notes())
        ),
        f"originality: beside {MOST_PIECES:,} earlier pieces": lambda: index_of(
            earlier, range(MOST_PIECES)
        ).match(own),
    }
    for name, work in works.items():
        times = []
        for _ in range(count):
            begun = time.perf_counter()
            work()
            times.append(time.perf_counter() - begun)
        print(f"  {name}: {statistics.median(times):.4f}", flush=True)


def _print_progress(done: int, total: int) -> None:
    if total and (done == total or done % 10 == 0):
        print(f"  sampled {done} of {total}", flush=True)


if __name__ == "__main__":
    main()
