"""Several candidates for a piece, sampled side by side, and the best of them."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from model.sampling.choice import score
from model.sampling.draft import Draft
from model.sampling.order import Order
from worker.engine import Engine
from worker.sampling import Sampling
from worker.stop import Stop


def best_of(
    candidates: int,
    order: Order,
    engine: Engine,
    report: Callable[[float], None],
    stop: Stop,
    due: float | None = None,
) -> Draft:
    """The finished candidate with the highest score; the first of those that are equally good.

    Args:
        candidates: how many to sample, 1 or more.
        order: what is asked for, of the first of them.
        engine: the network.
        report: called with the share of all of them that is done, 0 to 1.
        stop: asked before every step.
        due: when the piece is due, see `Engine.submit`.

    Raises:
        StoppedError: it was stopped.
        ControlError: a value asked for is not allowed.
    """
    with ExitStack() as stack:
        samplings = [stack.enter_context(one) for one in submit_all(candidates, order, engine, stop, due)]
        going = list(samplings)
        while going:  # a chunk of each by turns, so that the progress is that of all
            going = [sampling for sampling in going if next(sampling, None) is not None]
            report(sum(sampling.share for sampling in samplings) / candidates)
        return best(samplings)


def heard_on(
    order: Order,
    engine: Engine,
    report: Callable[[float], None],
    stop: Stop,
    due: float | None,
    hear: Callable[[list[int]], None],
) -> Draft:
    """The one candidate of an order, whose events are told while they are sampled; else as `best_of`.

    Args:
        order: as of `best_of`.
        engine: as of `best_of`.
        report: as of `best_of`.
        stop: as of `best_of`.
        due: as of `best_of`.
        hear: called with all events in order, some at a time.
    """
    with engine.submit(order, stop, due) as sampling:
        for events in sampling:
            hear(events)
            report(sampling.share)
        return sampling.draft


def submit_all(
    candidates: int, order: Order, engine: Engine, stop: Stop, due: float | None = None
) -> list[Sampling]:
    """Begin the candidates for a piece, that of the order first; arguments and errors as of `best_of`."""
    return [
        engine.submit(replace(order, candidate=order.candidate + place), stop, due)
        for place in range(candidates)
    ]


def best(samplings: Sequence[Sampling]) -> Draft:
    """The best of some samplings; waits for those that are not done.

    Raises:
        StoppedError: one was stopped before its end.
    """
    drafts = []
    for sampling in samplings:
        for _ in sampling:
            pass
        drafts.append(sampling.draft)
    return drafts[0] if len(drafts) == 1 else max(drafts, key=lambda draft: score(draft).total)
