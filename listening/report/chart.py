"""A report's charts, each a picture of its own: a chat shows one at 400 by 300 pixels at most.

They are opaque cards in the colours of Etude's piano rolls, and so alike in light and dark windows.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from listening.report.report import Report
from listening.statistics.bradley_terry import POINTS
from listening.statistics.estimate import Estimate, Sample
from listening.study.design import Design, Origin

WIDTH_PIXELS = 800
"""Twice what a chat shows, for dense screens."""

MAX_ROWS = 5
"""With more a chart would be more than three quarters as high as wide, and be shown smaller in a chat."""

_DPI = 200  # a point is 2.8 pixels: 9 of them are shown 12 pixels high
_GROUND, _PANEL, _GRID, _TEXT, _QUIET = "#181724", "#212030", "#44425e", "#f4f2fa", "#a8a5bd"
_COLOURS = {
    Origin.HUMAN: "#fecf92",
    Origin.MACHINE: "#f7705c",
    Origin.BASELINE: "#c65fa8",
    Origin.SHUFFLED: "#a8a5bd",
}
_ROW_INCHES, _FRAME_INCHES, _BELOW_INCHES = 0.36, 1.04, 0.58
"""Of a row, of all above and below the rows, and of what is below."""

_LABEL_INCHES = 1.62
_NAME_LETTERS = 22
"""Longer names of conditions are shortened, or they would run into the figures."""


@dataclass(frozen=True)
class Row:
    """A line of a chart: a figure with its interval, and what it rests on."""

    name: str
    colour: str
    estimate: float
    low: float | None
    high: float | None
    sample: str


@dataclass(frozen=True)
class Panel:
    """A chart.

    Attributes:
        name: by which its file is named.
        title: the question that it answers.
        axis: what is measured, with its unit.
        rows: from top to bottom; a chart has one at least.
        span: of the axis.
        middle: where a line is drawn, such as at chance; None for nowhere.
        middle_name: what is there.
        part: which one of several charts that belong together, such as "2 of 3".
    """

    name: str
    title: str
    axis: str
    rows: Sequence[Row]
    span: tuple[float, float]
    middle: float | None = None
    middle_name: str = ""
    part: str = ""


def panels(report: Report) -> list[Panel]:
    """The charts that a report has figures for, none with more than `MAX_ROWS` rows."""
    design = report.design
    strengths = _rows({one.condition: one for one in report.duels.strengths}, design, "duel", factor=POINTS)
    found = [
        Panel(
            "ratings",
            "How good is it?",
            "mean opinion score, 1 (bad) to 5 (excellent)",
            _rows(report.mos, design, "rating"),
            (1.0, 5.0),
        ),
        Panel(
            "duels",
            "Which of two is better?",
            "strength, Elo points (100 points: 64 % of duels)",
            strengths,
            _span(strengths),
            0.0,
            "mean of all",
        ),
        Panel(
            "guesses",
            "Human or machine?",
            "share that called it human, %",
            _rows(report.guesses.called_human, design, "guess", factor=100.0),
            (0.0, 100.0),
            50.0,
            "a coin's answer",
        ),
        Panel(
            "reactions",
            "Reactions in the chat (not blind)",
            "mean opinion score, 1 (bad) to 5 (excellent)",
            _rows(report.reactions.by_style, None, "rating"),
            (1.0, 5.0),
        ),
    ]
    return [part for panel in found for part in _parts(panel)]


def draw(panel: Panel) -> bytes:
    """A chart as a PNG file, `WIDTH_PIXELS` wide."""
    width, inner = WIDTH_PIXELS / _DPI, _ROW_INCHES * len(panel.rows)
    height = _FRAME_INCHES + inner
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor=_GROUND)
    FigureCanvasAgg(figure)
    left, right = 0.12 / width, (width - 0.18) / width
    axes = figure.add_axes(
        (_LABEL_INCHES / width, _BELOW_INCHES / height, right - _LABEL_INCHES / width, inner / height)
    )
    _draw(axes, panel)
    above = (_BELOW_INCHES + inner + 0.1) / height
    figure.text(left, above, panel.title, color=_TEXT, fontsize=10, fontweight="bold")
    figure.text(right, above, panel.part, color=_QUIET, fontsize=7.5, ha="right")
    legend = "bars: 95 % intervals" + (f"; dashed: {panel.middle_name}" if panel.middle_name else "")
    figure.text(left, 0.08 / height, legend, color=_QUIET, fontsize=7)
    file = io.BytesIO()
    figure.savefig(file, format="png", facecolor=_GROUND, metadata={"Software": None})
    return file.getvalue()


def _draw(axes: Axes, panel: Panel) -> None:
    axes.set_facecolor(_PANEL)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(colors=_QUIET, labelsize=8, length=0)
    axes.grid(visible=True, axis="x", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    if panel.middle is not None:
        axes.axvline(panel.middle, color=_QUIET, linewidth=1, linestyle=(0, (3, 2)))
    for place, row in enumerate(panel.rows):
        if row.low is not None and row.high is not None:
            axes.plot(
                [row.low, row.high], [place, place], color=row.colour, linewidth=2.2, solid_capstyle="butt"
            )
        axes.plot([row.estimate], [place], "o", color=row.colour, markersize=6)
        axes.annotate(
            row.name,
            (0, place),
            (-6, 1),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=8.5,
            color=_TEXT,
        )
        axes.annotate(
            row.sample,
            (0, place),
            (-6, -0.5),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=7,
            color=_QUIET,
        )
    axes.set_yticks([])
    axes.set_ylim(len(panel.rows) - 0.5, -0.5)
    margin = (panel.span[1] - panel.span[0]) * 0.02
    axes.set_xlim(panel.span[0] - margin, panel.span[1] + margin)
    axes.set_xlabel(panel.axis, color=_QUIET, fontsize=7.5, labelpad=3, loc="right")


def _parts(panel: Panel) -> list[Panel]:
    """A chart in so many, about equally high, that each is shown in full width."""
    count = ceil(len(panel.rows) / MAX_ROWS)
    size = ceil(len(panel.rows) / max(count, 1))
    return [
        replace(
            panel,
            name=f"{panel.name}-{number}" if number > 1 else panel.name,
            rows=panel.rows[(number - 1) * size : number * size],
            part=f"{number} of {count}" if count > 1 else "",
        )
        for number in range(1, count + 1)
    ]


def _span(rows: Sequence[Row]) -> tuple[float, float]:
    """An axis for all rows, with some points to spare where they are all alike."""
    ends = [0.0]
    for row in rows:
        ends += [end for end in (row.estimate, row.low, row.high) if end is not None]
    return min(ends) - 25, max(ends) + 25


def _rows(
    figures: Mapping[str, Estimate],
    design: Design | None,
    votes: str,
    *,
    factor: float = 1.0,
) -> list[Row]:
    rows = []
    for name, one in figures.items():
        if one.estimate is None:
            continue
        origin = Origin.MACHINE if design is None else design.condition(name).origin
        bounds = None if one.interval is None else (one.interval.low * factor, one.interval.high * factor)
        low, high = bounds or (None, None)
        shown = name if len(name) <= _NAME_LETTERS else f"{name[: _NAME_LETTERS - 1]}…"
        rows.append(Row(shown, _COLOURS[origin], one.estimate * factor, low, high, _told(one.sample, votes)))
    return rows


def _told(sample: Sample, votes: str) -> str:
    """What a figure rests on, such as "1 listener, 2 duels"."""
    return ", ".join(
        f"{count} {name}" if count == 1 else f"{count} {name}{'es' if name.endswith('s') else 's'}"
        for count, name in ((sample.listeners, "listener"), (sample.votes, votes))
    )
