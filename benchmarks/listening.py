"""`python -m benchmarks.listening`: how far the statistics of listening tests can be trusted.

Listeners of known preferences vote again and again. The first table tells how often nominal 95 % intervals
cover the truth, the second how often two models are told apart that are some mean opinion score apart, and
two that are not, the third how often careful and careless listeners are marked as unreliable.
"""

import argparse
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, ndtr
from scipy.stats import binomtest, bootstrap

from listening.statistics.bradley_terry import bradley_terry, fitted_strengths
from listening.statistics.discrimination import correct_share, d_prime
from listening.statistics.estimate import Interval
from listening.statistics.mean_opinion import mean_opinion
from listening.statistics.paired import comparisons
from listening.statistics.reliability import rating_checks, reliabilities
from listening.statistics.resampling import TRUSTED_FROM, Resampled
from listening.statistics.sign_test import sign_test
from listening.statistics.votes import Duel, Guess, Numbers, Outcome, Rating

REPLICATES = 1000
PIECES = 10
"""Of a condition; every listener hears them all."""

QUALITY, PIECE_SPREAD, LENIENCY, TASTE, NOISE = 3.2, 0.4, 0.6, 0.3, 0.8
"""Mean of a latent opinion; its standard deviations by piece, listener, listener and condition, and vote."""

STRENGTHS = {"human": 0.9, "new": 0.3, "old": -0.2, "baseline": -1.0}
STRENGTH_TASTE, TIES = 0.5, 0.15
"""Standard deviation of a listener's own strengths, and the share of ties."""

SENSITIVITY, SENSITIVITY_SPREAD, CRITERION, CRITERION_SPREAD = 1.0, 0.4, 0.2, 0.3

COMPARISON = "for comparison"
"""Marks intervals that are known to be too narrow: for few listeners, or where their votes hang together."""

Random = np.random.Generator
Covered = dict[str, list[bool]]


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.listening", description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--listeners", type=int, nargs="+", default=[3, 5, 8, 12, 20, 40])
    parser.add_argument("--voters", type=int, nargs="+", default=[5, 8, 12, 20, 30, 40, 60])
    parser.add_argument("--apart", type=float, default=0.3, help="mean opinion score between two models")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    _print_coverage(asked.runs, asked.listeners, np.random.default_rng(asked.seed))
    _print_power(asked.runs, asked.voters, asked.apart, np.random.default_rng(asked.seed))
    _print_marks(asked.runs, np.random.default_rng(asked.seed))


def _print_coverage(runs: int, listeners: Sequence[int], random: Random) -> None:
    print(f"Of {runs} nominal 95 % intervals, how many cover the truth, by number of listeners\n")
    by_count: dict[int, Covered] = {}
    for count in listeners:
        covered: Covered = {}
        for _ in range(runs):
            for simulate in (_rated, _duelled, _guessed):
                for name, truths in simulate(count, random).items():
                    covered.setdefault(name, []).extend(truths)
        by_count[count] = covered
    shares = {
        name: {count: float(np.mean(by_count[count][name])) for count in listeners}
        for name in by_count[listeners[0]]
    }
    print(_row(["", *map(str, listeners)]))
    print("|" + "---|" * (1 + len(listeners)))
    for name, row in shares.items():
        print(_row([name, *(f"{share:.1%}" for share in row.values())]))
    trusted = [
        share
        for name, row in shares.items()
        for count, share in row.items()
        if count >= TRUSTED_FROM and not name.endswith(COMPARISON)
    ]
    if trusted:
        told = f"{min(trusted):.1%} to {max(trusted):.1%}"
        print(f"\nFrom {TRUSTED_FROM} listeners on, but for comparisons: {told}", flush=True)


def _rated(count: int, random: Random) -> Covered:
    """One study of one condition: is its true mean within the intervals?"""
    offsets = random.normal(0, PIECE_SPREAD, PIECES)
    ratings = _ratings(count, QUALITY, offsets, random)
    here = float(_expected(QUALITY + offsets).mean())
    anywhere = float(_expected(QUALITY, PIECE_SPREAD))
    by_listeners = mean_opinion(ratings, random, resampled=Resampled.LISTENERS, replicates=REPLICATES)
    by_both = mean_opinion(ratings, random, replicates=REPLICATES)
    means = np.array([rating.value for rating in ratings]).reshape(count, PIECES).mean(axis=1)
    low, high = np.nan, np.nan
    if np.ptp(means) > 0:
        low, high = bootstrap(
            (means,), np.mean, method="percentile", n_resamples=REPLICATES, rng=random
        ).confidence_interval
    return {
        f"MOS of these pieces, plain percentile of scipy, {COMPARISON}": [bool(low <= here <= high)],
        "MOS of these pieces, by listeners": [_covers(by_listeners.interval, here)],
        "MOS of any pieces, by both": [_covers(by_both.interval, anywhere)],
    }


def _ratings(
    count: int, quality: float, offsets: Numbers, random: Random, leniency: Numbers | None = None
) -> list[Rating]:
    """Everybody rates every piece of a condition, listener by listener."""
    own = random.normal(0, LENIENCY, count) if leniency is None else leniency
    own = own + random.normal(0, TASTE, count)
    latent = quality + own[:, None] + offsets + random.normal(0, NOISE, (count, offsets.size))
    values = np.clip(latent.round(), 1, 5)
    return [
        Rating(listener, piece, float(value))
        for listener, row in enumerate(values)
        for piece, value in enumerate(row)
    ]


def _expected(quality: Numbers | float, spread: float = 0.0) -> Numbers:
    """The expected rating of a latent quality, over all listeners."""
    deviation = np.sqrt(LENIENCY**2 + TASTE**2 + NOISE**2 + spread**2)
    steps = ndtr((np.asarray(quality)[..., None] - np.arange(1.5, 5)) / deviation)
    expected: Numbers = 1 + steps.sum(axis=-1)
    return expected


def _duelled(count: int, random: Random) -> Covered:
    """One study of duels, every listener hearing each pair of conditions twice."""
    names = list(STRENGTHS)
    duels = []
    for listener in range(count):
        own = {name: random.normal(STRENGTHS[name], STRENGTH_TASTE) for name in names}
        for first, second in [*combinations(names, 2)] * 2:
            outcome = Outcome.FIRST if random.random() < expit(own[first] - own[second]) else Outcome.SECOND
            outcome = Outcome.TIE if random.random() < TIES else outcome
            duels.append(Duel(listener, first, second, first, second, outcome))
    fitted = bradley_terry(duels, random, replicates=REPLICATES)
    truth = _true_strengths()
    shares = {pair: float(expit(truth[pair[0]] - truth[pair[1]])) for pair in combinations(names, 2)}
    return {
        "Bradley-Terry, strengths": [_covers(one.interval, truth[one.condition]) for one in fitted.strengths],
        "Bradley-Terry, shares": [_covers(fitted.shares[pair].interval, shares[pair]) for pair in shares],
    }


def _true_strengths() -> dict[str, float]:
    """Strengths of the whole population: the model fitted to the exact shares of infinitely many votes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    strengths = np.array(list(STRENGTHS.values()))
    gaps = (strengths[:, None] - strengths)[..., None] + nodes * STRENGTH_TASTE * np.sqrt(2)
    shares = (1 - TIES) * (expit(gaps) @ weights) / weights.sum() + TIES / 2
    np.fill_diagonal(shares, 0.0)
    return dict(zip(STRENGTHS, fitted_strengths(shares[None] * 1e6)[0].tolist(), strict=True))


def _guessed(count: int, random: Random) -> Covered:
    """One study of guesses at `PIECES` excerpts of either kind, listeners having ears of their own."""
    ear = random.normal(SENSITIVITY, SENSITIVITY_SPREAD, count)
    criterion = random.normal(CRITERION, CRITERION_SPREAD, count)
    guesses = [
        Guess(listener, f"{is_human}{piece}", is_human, bool(random.random() < rate))
        for listener in range(count)
        for is_human, sign in ((True, 0.5), (False, -0.5))
        for rate in [ndtr(sign * ear[listener] - criterion[listener])]
        for piece in range(PIECES)
    ]
    right = sum(guess.is_correct for guess in guesses)
    low, high = binomtest(right, len(guesses)).proportion_ci(method="exact")
    spread = np.sqrt(1 + SENSITIVITY_SPREAD**2 / 4 + CRITERION_SPREAD**2)
    correct = ndtr((SENSITIVITY / 2 + np.array([-1, 1]) * CRITERION) / spread).mean()
    return {
        "d-prime": [_covers(d_prime(guesses, random, replicates=REPLICATES).interval, SENSITIVITY / spread)],
        "share of correct guesses": [_covers(correct_share(guesses).interval, float(correct))],
        f"share of correct guesses, as if independent, {COMPARISON}": [low <= float(correct) <= high],
    }


def _covers(interval: Interval | None, truth: float) -> bool:
    return interval is not None and interval.low <= truth <= interval.high


def _print_power(runs: int, listeners: Sequence[int], apart: float, random: Random) -> None:
    tests: dict[str, Callable[[int, float, Random], dict[str, bool]]] = {
        f"{2 * PIECES} ratings each": _told_by_ratings,
        f"{PIECES} duels each": _told_by_duels,
    }
    lower = brentq(lambda quality: _expected(QUALITY) - _expected(quality) - apart, 1.0, QUALITY)
    for gap, title in ((QUALITY - lower, f"{apart:g} MOS apart"), (0.0, "not apart")):
        print(f"\nTwo models {title}: how often a difference is found at the 5 % level\n")
        print(_row(["", *map(str, listeners), "votes for 80 %"]))
        print("|" + "---|" * (2 + len(listeners)))
        for name, test in tests.items():
            found = [[test(count, gap, random) for _ in range(runs)] for count in listeners]
            for way in found[0][0]:
                power = [float(np.mean([one[way] for one in ones])) for ones in found]
                votes = PIECES * (2 if test is _told_by_ratings else 1)
                enough = [
                    count * votes for count, share in zip(listeners, power, strict=True) if share >= 0.8
                ]
                cells = [f"{share:.1%}" for share in power]
                print(_row([f"{name}, {way}", *cells, str(enough[0]) if enough else "more"]), flush=True)


def _told_by_ratings(count: int, gap: float, random: Random) -> dict[str, bool]:
    offsets, leniency = random.normal(0, PIECE_SPREAD, PIECES), random.normal(0, LENIENCY, count)
    ratings = {
        name: _ratings(count, quality, offsets, random, leniency)
        for name, quality in (("better", QUALITY), ("worse", QUALITY - gap))
    }
    (found,) = comparisons(ratings, random, replicates=REPLICATES)
    return {"Wilcoxon": _is_significant(found.p_value), "interval": not _covers(found.interval, 0.0)}


def _told_by_duels(count: int, gap: float, random: Random) -> dict[str, bool]:
    """Who hears no difference of at least 0.3 of a mark calls it a tie."""
    taste = random.normal(0, TASTE * np.sqrt(2), count)
    heard = gap + taste[:, None] + random.normal(0, NOISE * np.sqrt(2), (count, PIECES))
    duels = [
        Duel(
            listener,
            f"better {piece}",
            f"worse {piece}",
            "better",
            "worse",
            Outcome.TIE if abs(value) < 0.3 else Outcome.FIRST if value > 0 else Outcome.SECOND,
        )
        for listener, row in enumerate(heard)
        for piece, value in enumerate(row)
    ]
    share = bradley_terry(duels, random, replicates=REPLICATES).shares["better", "worse"]
    test = sign_test(duels, "better", "worse")
    return {"sign test": _is_significant(test.p_value), "Bradley-Terry": not _covers(share.interval, 0.5)}


def _is_significant(p_value: float | None) -> bool:
    return p_value is not None and p_value < 0.05


def _print_marks(runs: int, random: Random) -> None:
    print("\nListeners marked as unreliable, by number of repeated and of trapping items (1 MOS worse)\n")
    print("| | 1 and 1 | 2 and 2 | 3 and 3 |\n|---|---|---|---|")
    for name, is_careful in (("careful", True), ("careless, at random", False)):
        shares = [
            np.mean([_is_marked(count, is_careful, random) for _ in range(runs)]) for count in (1, 2, 3)
        ]
        print(_row([name, *(f"{share:.1%}" for share in shares)]))


def _is_marked(checks: int, is_careful: bool, random: Random) -> bool:
    offsets = random.normal(0, PIECE_SPREAD, PIECES)
    qualities = QUALITY + np.concatenate([offsets, offsets[:checks], np.full(checks, -1.0)])
    latent = qualities + random.normal(0, LENIENCY) + random.normal(0, NOISE, qualities.size)
    values = np.clip(latent.round(), 1, 5) if is_careful else random.integers(1, 6, qualities.size)
    rated = [Rating(0, piece, float(value)) for piece, value in enumerate(values[:PIECES])]
    again = [Rating(0, piece, float(value)) for piece, value in enumerate(values[PIECES : PIECES + checks])]
    traps = [Rating(0, f"trap {trap}", float(value)) for trap, value in enumerate(values[PIECES + checks :])]
    return not reliabilities(rating_checks(rated, again, traps))[0].is_reliable


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
