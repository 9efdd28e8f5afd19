"""Estimates as people read them: a figure, its interval, what it rests on."""

from collections.abc import Sequence

from cards.catalogue import text
from cards.figures import number, percent
from cards.foreign import escaped
from cards.report import Estimate, Interval, OfCondition

MAX_LINES = 8
"""Of a list of conditions."""

NAME_CHARACTERS = 40
"""Of a condition's name."""


def lines_of(rows: Sequence[tuple[OfCondition, str]], locale: str) -> str:
    """Returns a line for each of the first conditions, and how many more there are."""
    lines = [
        f"{escaped(one.condition, NAME_CHARACTERS)}: **{told}** · {sample_size(one, locale)}"
        for one, told in rows[:MAX_LINES]
    ]
    if len(rows) > MAX_LINES:
        lines.append(text("results.more", locale, count=number(len(rows) - MAX_LINES, locale)))
    return "\n".join(lines)


def figure(one: Estimate, locale: str) -> str:
    """Returns a figure to two decimals, with its interval: "3.46 (3.1 to 3.9)"."""
    told = text("piece.none", locale) if one.estimate is None else number(one.estimate, locale, 2)
    return with_interval(told, one.interval, locale, decimals=2)


def with_interval(told: str, interval: Interval | None, locale: str, *, decimals: int = 0) -> str:
    """Returns a figure that is told already, with its interval, if there is one."""
    if interval is None:
        return told
    low, high = (number(bound, locale, decimals) for bound in (interval.low, interval.high))
    return text("results.interval", locale, estimate=told, low=low, high=high)


def share(one: Estimate, locale: str) -> str:
    """Returns a share in percent, with its interval."""
    if one.estimate is None:
        return text("piece.none", locale)
    told = percent(one.estimate, locale)
    if one.interval is None:
        return told
    low, high = (percent(bound, locale) for bound in (one.interval.low, one.interval.high))
    return text("results.interval", locale, estimate=told, low=low, high=high)


def sample_size(one: Estimate, locale: str) -> str:
    """Returns how many votes and listeners a figure rests on."""
    sample = one.sample
    return text(
        "results.n", locale, votes=number(sample.votes, locale), listeners=number(sample.listeners, locale)
    )


def p_value(value: float, locale: str) -> str:
    """Returns a p-value to three decimals with its sign: "= 0.03", "< 0.001"; none is said to be 0."""
    least = 0.001
    return f"< {number(least, locale, 3)}" if value < least else f"= {number(value, locale, 3)}"
