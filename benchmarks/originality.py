"""`python -m benchmarks.originality`: what real and composed pieces share with those that were learnt from.

Prints how much excerpts of the validation split share with the training split (needs the corpus), the size of
the shipped checkpoint's index, what comparing costs, and how many composed pieces are beyond the bound.
"""

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from jobs.logs import configure_logs
from jobs.options import ComposeOptions, resolve
from jobs.request import new_piece_id
from jobs.result import GenerationResult
from jobs.settings import LogFormat, LogLevel
from jobs.street.fingerprints import MOST_PIECES
from model.checkpoint import SHIPPED, load_checkpoint
from model.midi import read_midi
from model.originality.building import build, read_works
from model.originality.fingerprints import Hashes, fingerprints_of
from model.originality.matching import index_of
from model.originality.training_index import INDEX_FILE, TrainingIndex, load_training_index
from model.performance import Note
from model.prepared import load_prepared
from worker.composition import capabilities, compose
from worker.device import Device
from worker.engine import Engine
from worker.network import open_network
from worker.originality import Comparison
from worker.soundfonts import find_soundfont
from worker.stop import Stop

PERCENTILES = (50, 90, 95, 99, 100)
RUNS = 20


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.originality", description=__doc__)
    parser.add_argument("--prepared", type=Path, help="the prepared corpus, for the human baseline")
    parser.add_argument("--manifest", type=Path, help="its manifest")
    parser.add_argument(
        "--pieces", type=int, default=0, help="how many pieces to compose, in all styles in turn"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="their length")
    asked = parser.parse_args()
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    training = load_training_index(SHIPPED)
    if training is None:
        parser.error(f"{SHIPPED / INDEX_FILE} is missing: build it with `etude originality`")
    if asked.prepared is not None and asked.manifest is not None:
        _print_baseline(asked.prepared, asked.manifest)
    megabytes = (SHIPPED / INDEX_FILE).stat().st_size / 1e6
    loading = _milliseconds(lambda: load_training_index(SHIPPED))
    entries, pieces = training.index.hashes.size, len(training.names)
    print(f"index {training.name}: {entries:,} fingerprints of {pieces:,} pieces")
    print(f"  {megabytes:.2f} MB, loaded in {loading:.1f} ms")
    if asked.pieces:
        _print_cost(training, _print_pieces(training, asked.pieces, asked.seconds))


def _print_baseline(prepared: Path, manifest: Path) -> None:
    _, baseline = build(load_prepared(prepared), read_works(manifest))
    print("excerpts of validation pieces share with the training split, by percentile:")
    for seconds, matches in baseline.matches.items():
        longest = np.percentile([match.longest_notes for match in matches], PERCENTILES)
        shares = np.percentile([match.share for match in matches], PERCENTILES)
        told = zip(PERCENTILES, longest, shares, strict=True)
        line = ", ".join(f"{percentile}: {notes:.0f} notes {share:.1%}" for percentile, notes, share in told)
        print(f"  {seconds} s, {len(matches)} excerpts: {line}")
    print(f"  left out, as their works were learnt from: {', '.join(baseline.left_out) or 'none'}")


def _print_pieces(training: TrainingIndex, count: int, seconds: float) -> list[Note]:
    """Compose pieces as a worker does, and say what they share; gives the notes of the last."""
    results: list[GenerationResult] = []
    midi = b""
    soundfont = find_soundfont(None)
    with tempfile.TemporaryDirectory() as folder:
        network = open_network(load_checkpoint(SHIPPED), Path(folder), Device.AUTO)
        with Engine(network) as engine:
            for seed, style in zip(range(1, count + 1), itertools.cycle(network.checkpoint.styles)):
                request = resolve(
                    ComposeOptions(style=style, length=f"{seconds:g}", seed=str(seed)),
                    capabilities(network),
                    next_number=lambda: 1,
                    draw_seed=lambda: 0,
                    new_id=new_piece_id,
                )
                piece = compose(
                    request,
                    None,
                    engine,
                    soundfont,
                    lambda _stage, _share: None,
                    Stop(),
                    Comparison(training),
                )
                results.append(piece.result)
                if piece.result.originality is not None and piece.result.originality.attempts:
                    print(f"  {style}, seed {seed}: {piece.result.originality}", flush=True)
                midi = piece.midi
    found = [result.originality for result in results if result.originality is not None]
    longest = [each.longest_match for each in found]
    shares = [each.matched_share for each in found]
    print(
        f"{count} pieces of {seconds:g} s: longest match {statistics.median(longest):g} notes in the median, "
        f"{max(longest)} at most; share {statistics.median(shares):.1%}, {max(shares):.1%} at most"
    )
    print(
        f"  sampled again: {sum(each.attempts > 0 for each in found)}, "
        f"beyond the bound in the end: {sum(each.is_alike for each in found)}"
    )
    return read_midi(midi)


def _print_cost(training: TrainingIndex, notes: list[Note]) -> None:
    own = fingerprints_of(notes)
    random = np.random.default_rng(0)
    earlier: list[Hashes] = [
        random.integers(0, 2**32, own.hashes.size, dtype=np.uint32) for _ in range(MOST_PIECES)
    ]
    costs = {
        "its fingerprints": lambda: fingerprints_of(notes),
        "beside the training split": lambda: training.match(own),
        f"beside {MOST_PIECES:,} earlier pieces": lambda: index_of(earlier, range(MOST_PIECES)).match(own),
    }
    print(
        f"a piece of {len(notes)} notes, {own.hashes.size} fingerprints ({4 * own.hashes.size} bytes), costs"
    )
    for name, work in costs.items():
        print(f"  {name}: {_milliseconds(work):.1f} ms")


def _milliseconds(work: Callable[[], object]) -> float:
    """The median time of some work."""
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


if __name__ == "__main__":
    main()
