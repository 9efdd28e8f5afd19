"""Pieces from enqueue to delivered files: one at a time, sixteen at once, and by one worker or two."""

import os
import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.workers import finish, task, working
from jobs.answer import Finished
from jobs.capabilities import Capabilities
from jobs.street.front import Front

SEEDS = range(1, 6)
BURST = 16
SHORT_SECONDS = 10
RUNS = 3


def piece_seconds(length: int) -> dict[str, float]:
    """Median seconds of pieces of so many seconds, each alone on a warm worker, by stage and in total.

    Stages overlap; a stage's seconds are those from the end of the one before until its own.
    """
    with working([None]) as (front, offered):
        timings = []
        for seed in SEEDS:
            one = task(offered, seed, length)
            front.submit(one, None)
            answer = front.wait(one.id, lambda _: None)
            assert isinstance(answer, Finished)
            timings.append(answer.result.timings.model_dump())
            front.settle(one)
    return {stage: round(statistics.median(one[stage] for one in timings), 3) for stage in timings[0]}


def burst() -> dict[str, float]:
    """Sixteen pieces of 60 s at once, and last of all one of 10 s; a worker a processor, as `etude up` has.

    Returns:
        `pieces_per_minute`, `first`, `short`: when the first was done and when the short one, in seconds, and
        `before_short`: how many of the sixteen were done before the short one. Medians of some runs.
    """
    runs = []
    for _ in range(RUNS):
        with working([None] * (os.cpu_count() or 1)) as (front, offered):
            runs.append(_burst(front, offered))
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _burst(front: Front, offered: Capabilities) -> dict[str, float]:
    tasks = [task(offered, seed, 60) for seed in range(1, BURST + 1)]
    short = task(offered, BURST + 1, SHORT_SECONDS)
    ended = finish(front, [*tasks, short])
    others = sorted(ended[one.id] for one in tasks)
    return {
        "pieces_per_minute": round(60 * BURST / others[-1], 1),
        "first": round(others[0], 2),
        "short": round(ended[short.id], 2),
        "before_short": sum(seconds < ended[short.id] for seconds in others),
    }


def scaling() -> dict[str, Any]:
    """Sixteen pieces of 60 s: pieces a minute of one worker on one processor, of two on two; the ratio.

    Medians of some runs, taken by turns.
    """
    if not hasattr(os, "sched_setaffinity"):
        return {}
    cores = sorted(os.sched_getaffinity(0))[:2]
    runs = [
        (_pieces_per_minute([cores[:1]]), _pieces_per_minute([[core] for core in cores])) for _ in range(RUNS)
    ]
    one, two = (statistics.median(rates) for rates in zip(*runs, strict=True))
    return {"one": one, "two": two, "ratio": round(two / one, 2)}


def _pieces_per_minute(workers: Sequence[Sequence[int]]) -> float:
    with working(workers) as (front, offered):
        ended = finish(front, [task(offered, seed, 60) for seed in range(1, BURST + 1)])
    return round(60 * BURST / max(ended.values()), 1)
