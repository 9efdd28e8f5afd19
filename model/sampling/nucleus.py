"""Drawing next events from the network's logits.

What is computed here `worker/integer_kernel.c` computes, too, to the last bit. So the exponential is one of
our own, of additions and multiplications alone, and sums are taken in order.
"""

import math

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_BELOW_ONE = 1 - 2.0**-53
_LEAST_EXPONENT = -700.0
_SQUARINGS = 10
_COEFFICIENTS = [1 / math.factorial(power) for power in range(9, -1, -1)]


def exponentials(values: Numbers) -> Numbers:
    """Euler's number to the power of what is not above 0, off by a few parts in 10^13; below -700 like there.

    The power of a 1024th is a polynomial, Taylor's, and squared ten times.
    """
    part = np.maximum(values, _LEAST_EXPONENT)
    part *= 0.5**_SQUARINGS
    power = np.full_like(part, _COEFFICIENTS[0])
    for coefficient in _COEFFICIENTS[1:]:
        power *= part
        power += coefficient
    for _ in range(_SQUARINGS):
        power *= power
    return power


def draw(
    logits: npt.NDArray[np.floating],
    allowed: npt.NDArray[np.bool_],
    *,
    temperatures: Numbers,
    top_ps: Numbers,
    uniforms: Numbers,
) -> npt.NDArray[np.int64]:
    """Draw an event in every row by nucleus sampling (Holtzman et al. 2020).

    What is not allowed is left out first; the rest is sharpened or flattened by the temperature; then
    the least likely events are left out as long as those kept still hold `top_p` of the probability, equally
    likely ones together.

    Sorting is seldom needed for it: an event is drawn from all, and is one of those kept if what is likelier
    has less than `top_p` of the probability. If it is not, another is drawn from these. Nothing in a row
    depends on the others.

    Args:
        logits: of every event, shape (rows, events).
        allowed: which may be drawn, at least one in every row, shape (rows, events).
        temperatures: above 0; 1 leaves the network's probabilities as they are; shape (rows,).
        top_ps: in (0, 1]; 1 keeps everything; shape (rows,).
        uniforms: the random numbers that decide, in [0, 1), shape (rows,).

    Returns:
        Indices of allowed events, shape (rows,).
    """
    scores = np.where(allowed, logits, -np.inf).astype(np.float64)
    scores -= scores.max(axis=1, keepdims=True)
    scores /= temperatures[:, None]
    weights = np.where(allowed, exponentials(scores), 0.0)
    mass = weights.cumsum(axis=1)
    total = mass[:, -1]
    events: npt.NDArray[np.int64] = (mass <= (uniforms * total)[:, None]).sum(axis=1)
    own = np.minimum(events, weights.shape[1] - 1)
    drawn = weights[np.arange(len(events)), own]
    # What is no likelier than the events left out together may be one of them.
    may_be_left_out = (drawn <= (1 - top_ps) * total * _MARGIN) | (events != own)
    for row in may_be_left_out.nonzero()[0]:
        events[row] = _settled(weights[row], float(uniforms[row]), float(top_ps[row]))
    return events


_MARGIN = 1 + 1e-9
"""Sums of the same numbers in another order differ by less: what is near is looked at closely."""


def log_likelihoods(logits: npt.NDArray[np.floating], events: npt.NDArray[np.int64]) -> list[float]:
    """The logarithm of the probability of one event in each row.

    Args:
        logits: of every event, shape (rows, events).
        events: shape (rows,).
    """
    surplus = logits.astype(np.float64)
    surplus -= surplus.max(axis=1, keepdims=True)
    own = surplus[np.arange(len(events)), events].tolist()
    masses = exponentials(surplus).cumsum(axis=1)[:, -1].tolist()
    return [one - math.log(mass) for one, mass in zip(own, masses, strict=True)]


def _settled(weights: Numbers, uniform: float, top_p: float) -> int:
    """What is drawn of one row: if it is none of those kept, another one of these.

    Where in its own share the number fell is a number in [0, 1) again.
    """
    event, place = _drawn(weights, uniform)
    likelier = np.where(weights > weights[event], weights, 0.0).cumsum()[-1]
    if top_p >= 1 or likelier < top_p * weights.cumsum()[-1]:
        return event
    return _drawn(_kept(weights, top_p), place)[0]


def _drawn(weights: Numbers, uniform: float) -> tuple[int, float]:
    """The event whose share of all weights a number in [0, 1) falls into, and where in it, in [0, 1)."""
    mass = weights.cumsum()
    target = uniform * mass[-1]
    event = int(mass.searchsorted(target, side="right"))
    if event == weights.size:
        event = int(np.flatnonzero(weights)[-1])
    place = (target - (mass[event] - weights[event])) / weights[event]
    return event, min(max(float(place), 0.0), _BELOW_ONE)


def _kept(weights: Numbers, top_p: float) -> Numbers:
    """The weights of those kept, 0 for the others."""
    order = np.argsort(-weights, kind="stable")
    mass = weights[order].cumsum()
    least = weights[order[np.searchsorted(mass, top_p * mass[-1])]]
    return np.where(weights >= least, weights, 0.0)
