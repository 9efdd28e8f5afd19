"""`python -m benchmarks.gpu`: events a second on a GPU by pieces, beside what launches and arithmetic allow.

Without a GPU it says so. All pieces are guided, so each is two rows of the network's batch. Three columns:
the network's step alone (one CUDA graph; what is told and the logits go back and forth), the whole of Etude
by strides (constraints, guidance, draw and keyboard on the GPU, too; Python's part in between), and the lower
of two bounds computed for this card: a tiny graph launched as often, and single-precision products at the
speed that a large one reaches here.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from model.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from model.sampling.draft import Draft
from model.sampling.order import Order
from model.torch_stepper import TorchStepper, has_gpu
from worker.engine import STRIDE_EVENTS

PIECES = (1, 64, 256, 1024)
STRIDES = 20
_SQUARE = 4096


def main() -> None:
    """Measure, and print."""
    argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__).parse_args()
    if not has_gpu():
        print("There is no GPU that torch can use here: run this where there is one.")
        return
    checkpoint = load_checkpoint(SHIPPED)
    print(torch.cuda.get_device_name(), "torch", torch.__version__, "checkpoint", checkpoint.digest[:12])
    launch, products = _launch_seconds(), _products_per_second()
    multiplied = sum(
        array.size for name, array in checkpoint.weights.items() if array.ndim == 2 and name != "event.weight"
    )
    print(f"launch of a graph {1e6 * launch:.1f} us; {products / 1e12:.1f} T products/s")
    print("events/s  network   Etude     bound  of the bound")
    for pieces in PIECES:
        network, whole = _events_per_second(checkpoint, pieces)
        bound = pieces / max(launch, 2 * pieces * multiplied / products)
        print(f"{pieces:>8}{network:>9,.0f}{whole:>8,.0f}{bound:>10,.0f}{whole / bound:>14.2f}")


def _events_per_second(checkpoint: Checkpoint, pieces: int) -> tuple[float, float]:
    """Of the network's step alone, and of sampling."""
    stepper = TorchStepper(checkpoint, "cuda", 2 * pieces)
    drafts = [
        Draft(
            Order(seed, 600.0, {"style": "classical", "density": 8.0}, top_p=0.98, guidance=2.0),
            checkpoint.controls,
            checkpoint.exemplars,
        )
        for seed in range(pieces)
    ]
    slots = [[stepper.begin(), stepper.begin()] for _ in drafts]
    drawn = 0
    begun = time.perf_counter()
    for _ in range(STRIDES):
        stretches = [one for draft in drafts if (one := draft.stretch()) is not None]
        parts = stepper.stride(stretches, slots, [STRIDE_EVENTS] * pieces)
        for draft, part in zip(drafts, parts, strict=True):
            draft.follow(part)
            drawn += len(part.events)
    whole = drawn / (time.perf_counter() - begun)
    told = (
        np.repeat([draft.previous for draft in drafts], 2),
        np.repeat([draft.ages for draft in drafts], 2, axis=0),
        np.repeat([draft.features for draft in drafts], 2, axis=0),
    )
    both = [slot for own in slots for slot in own]
    return pieces / _median_seconds(lambda: stepper.step(*told, both)), whole


def _launch_seconds() -> float:
    """Seconds to launch a graph of one tiny kernel and to wait for it."""
    number = torch.zeros(1, device="cuda")
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        number.add_(1)
    return _median_seconds(graph.replay)


def _products_per_second() -> float:
    """Multiplications and additions a second of a large single-precision product, each pair counted once."""
    square = torch.rand(_SQUARE, _SQUARE, device="cuda")
    return _SQUARE**3 / _median_seconds(lambda: torch.mm(square, square))


def _median_seconds(launch: Callable[[], object]) -> float:
    seconds = []
    for _ in range(50):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        launch()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - begun)
    return float(np.median(seconds))


if __name__ == "__main__":
    main()
