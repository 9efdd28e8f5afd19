"""`python -m benchmarks.finetuning`: what finetuning on eight pieces of a composer gives, and what it costs.

For each composer: eight compositions of the validation split, one piece of each, are learnt from; the rest
of that composer's validation pieces are the test, all together, then those of other compositions and of the
same ones apart; and validation pieces of all other composers show what the old styles suffer. The base has
seen none of them. Where the style is told, the composer's pieces are told before as the old style that
foretells those learnt best, and after as the new one.
"""

import argparse
import csv
import hashlib
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from model.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from model.likelihood import NOTHING, likelihoods
from model.lstm import load_network
from model.piece import Piece
from model.prepared import PreparedCorpus, evenly, load_prepared
from model.training.finetuning import Composing, finetune
from model.training.finetuning_config import FinetuningConfig
from model.training.own_music import halved, labelled
from model.training.school import Look

LEARNT = 8
OLD_PIECES = 60
OLD_EVENTS = 6000
"""The old styles are judged by so many pieces of at most so many events."""

UNSPECIFIED: frozenset[str] = frozenset()
STYLE = frozenset({"style"})


def main() -> None:
    """Print a table for each composer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finetuning", description=__doc__)
    parser.add_argument("prepared", type=Path, help="the prepared corpus")
    parser.add_argument("manifest", type=Path, help="its manifest, with the columns composer and piece_id")
    parser.add_argument("--composers", nargs="+", default=["Bach", "Chopin", "Liszt"])
    parser.add_argument("--base", type=Path, default=SHIPPED)
    parser.add_argument("--minutes", type=float, default=FinetuningConfig.minutes)
    parser.add_argument("--rate", type=float, default=FinetuningConfig.rate)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--half", action="store_true", help="products in bfloat16 while learning")
    parser.add_argument("--events", type=int, default=10**9, help="of each test piece only so many")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    config = FinetuningConfig(asked.minutes, rate=asked.rate, half=asked.half)
    base = load_checkpoint(asked.base)
    corpus = load_prepared(asked.prepared)
    with asked.manifest.open(newline="", encoding="utf-8-sig") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    for composer in asked.composers:
        _measure(composer, base, corpus, rows, config, asked.events)


def _measure(
    composer: str,
    base: Checkpoint,
    corpus: PreparedCorpus,
    rows: dict[str, dict[str, str]],
    config: FinetuningConfig,
    most_events: int,
) -> None:
    learnt, others, same = _divided(composer, corpus, rows)
    old = [
        index
        for index in corpus.originals("validation")
        if rows[corpus.paths[index]]["composer"] != composer and corpus[index].events.size <= OLD_EVENTS
    ]
    old = evenly(sorted(old, key=lambda index: (corpus.labels[index, 1], corpus.paths[index])), OLD_PIECES)
    # As a stranger's folder is read: what the manifest knows of them is not told.
    music = halved([labelled(replace(corpus[index], style=None)) for index in learnt])
    begun = time.monotonic()
    done = finetune(base, composer, music, config, _print_report)
    minutes = (time.monotonic() - begun) / 60
    print(
        f"\n{composer}: {len(learnt)} pieces ({music.seconds / 60:.0f} minutes of music), {minutes:.1f} min"
    )
    print(f"{'':38}{'pieces':>7}{'before':>9}{'after':>9}{'change':>9}")
    new, like = len(base.styles), base.styles.index(done.like)
    for told, wanted in (("style", STYLE), ("unspecified", UNSPECIFIED)):
        for kind, indices in (
            ("all", others + same),
            ("other compositions", others),
            ("same compositions", same),
        ):
            pieces = [_opening(corpus[index], most_events) for index in indices]
            before = _nats(base, [replace(piece, style=like) for piece in pieces], wanted)
            after = _nats(done.checkpoint, [replace(piece, style=new) for piece in pieces], wanted)
            _print_row(f"{composer}, {kind}, {told}", len(pieces), before, after)
        pieces = [_opening(corpus[index], most_events) for index in old]
        before, after = (_nats(checkpoint, pieces, wanted) for checkpoint in (base, done.checkpoint))
        _print_row(f"old styles, {told}", len(pieces), before, after)


def _divided(
    composer: str, corpus: PreparedCorpus, rows: dict[str, dict[str, str]]
) -> tuple[list[int], list[int], list[int]]:
    """Pieces to learn from, those of other compositions, and others of the same compositions."""
    compositions = defaultdict(list)
    for index in corpus.originals("validation"):
        row = rows[corpus.paths[index]]
        if row["composer"] == composer and row["style"] == corpus.styles[corpus.labels[index, 1]]:
            compositions[row["piece_id"]].append(index)
    order = sorted(compositions, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return (
        [compositions[name][0] for name in order[:LEARNT]],
        [index for name in order[LEARNT:] for index in compositions[name]],
        [index for name in order[:LEARNT] for index in compositions[name][1:]],
    )


def _opening(piece: Piece, most_events: int) -> Piece:
    return replace(piece, events=piece.events[:most_events])


def _nats(checkpoint: Checkpoint, pieces: Sequence[Piece], wanted: frozenset[str]) -> float:
    if not pieces:
        return float("nan")
    found = likelihoods(load_network(checkpoint), pieces, checkpoint.controls, wanted, batch=24)
    return sum(found, NOTHING).nats_per_event


def _print_row(name: str, pieces: int, before: float, after: float) -> None:
    print(f"{name:38}{pieces:7}{before:9.4f}{after:9.4f}{after / before - 1:+9.2%}", flush=True)


def _print_report(report: Look | Composing) -> None:
    if isinstance(report, Look):
        drift = "" if report.drift is None else f", own pieces {report.drift:+.2%}"
        print(
            f"  {report.windows} windows, {report.minutes:.1f} min: {report.nats_per_event:.4f}{drift}",
            flush=True,
        )


if __name__ == "__main__":
    main()
