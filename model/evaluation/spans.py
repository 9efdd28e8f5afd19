"""Ranges of real music, and whether a figure lies within."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Span(NamedTuple):
    """From `low` to `high`, both included."""

    low: float
    high: float


def middle_half(values: Sequence[float]) -> Span:
    """The interquartile range."""
    return _quantiles(values, 0.25, 0.75)


def nearly_all(values: Sequence[float]) -> Span:
    """From the 5 % to the 95 % quantile."""
    return _quantiles(values, 0.05, 0.95)


def is_inside(value: float, span: Span) -> bool:
    """Whether a value lies within a range."""
    return span.low <= value <= span.high


def share(answers: Sequence[bool]) -> float:
    """How many of some answers are yes, 0 to 1; 0 where there are none."""
    return sum(answers) / len(answers) if answers else 0.0


def median(values: Sequence[float]) -> float | None:
    """The median; None where there are no values."""
    return float(np.median(values)) if len(values) else None


def _quantiles(values: Sequence[float], low: float, high: float) -> Span:
    if not len(values):
        return Span(float("nan"), float("nan"))
    return Span(float(np.quantile(values, low)), float(np.quantile(values, high)))
