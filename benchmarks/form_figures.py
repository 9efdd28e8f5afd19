"""Figures of form: a plan, the self-similarity of its piece, and that of a real piece beside it."""

import io
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from model.evaluation.structure import structureness
from model.events import STEPS_PER_SECOND
from model.form.plan import FormPlan
from model.form.similarity import self_similarity
from model.keys import KEYS
from model.performance import Note
from model.prepared import evenly

FEW = 5
"""Of so many real pieces, evenly chosen, the one with the middle structureness is shown."""

_DPI = 100
_WIDTH_INCHES, _HEIGHT_INCHES = 10.0, 6.6
_SECTION_COLOURS = {"A": "#b73779", "B": "#fe9f6d", "C": "#6f6aa8"}
_DENSITY, _LOUDNESS = "#2f6f8f", "#b73779"


def draw(style: str, plan: FormPlan, notes: Sequence[Note], real: Sequence[list[Note]]) -> bytes:
    """A PNG file: above the plan, below its piece's self-similarity and that of a typical real piece.

    Args:
        style: of all of them.
        plan: of the piece.
        notes: the piece.
        real: pieces of the style, one at least.
    """
    typical = sorted(evenly(list(real), FEW), key=structureness)
    shown = typical[len(typical) // 2]
    figure = Figure(figsize=(_WIDTH_INCHES, _HEIGHT_INCHES), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, height_ratios=(1, 2.6))
    _draw_plan(figure.add_subplot(grid[0, :]), plan, f"{style}: {plan.form}")
    edges = [section.begin / STEPS_PER_SECOND for section in plan.sections[1:]]
    _draw_similarity(figure.add_subplot(grid[1, 0]), notes, "planned piece", edges)
    _draw_similarity(figure.add_subplot(grid[1, 1]), shown, "real piece", [])
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _draw_plan(axes: Axes, plan: FormPlan, title: str) -> None:
    """Sections with their keys, and over them the arcs of density and loudness, and the climax."""
    places = len(plan.densities)
    first, last = (edge / STEPS_PER_SECOND for edge in (plan.sections[0].begin, plan.sections[-1].end))
    for section in plan.sections:
        begin, end = section.begin / STEPS_PER_SECOND, section.end / STEPS_PER_SECOND
        axes.axvspan(begin, end, color=_SECTION_COLOURS[section.letter], alpha=0.25, linewidth=0)
        axes.axvline(begin, color="white", linewidth=2)
        key = "" if section.key is None else f"\n{KEYS[section.key]}"
        axes.text((begin + end) / 2, 0.97, section.name + key, ha="center", va="top", fontsize=9,
                  transform=axes.get_xaxis_transform())  # fmt: skip
    times = [first + (place + 0.5) * (last - first) / places for place in range(places)]
    axes.plot(times, plan.densities, color=_DENSITY, linewidth=1.8)
    axes.set_ylabel("density, share of mean", color=_DENSITY, fontsize=8)
    low, high = min(plan.densities), max(plan.densities)
    axes.set_ylim(low - 0.1, high + 0.8 * (high - low) + 0.2)
    axes.set_xlim(first, last)
    louder = axes.twinx()
    louder.plot(times, plan.loudness, color=_LOUDNESS, linewidth=1.8, linestyle=(0, (4, 2)))
    louder.set_ylabel("loudness, velocities", color=_LOUDNESS, fontsize=8)
    low, high = min(plan.loudness), max(plan.loudness)
    louder.set_ylim(low - 1, high + 0.8 * (high - low) + 2)
    climax = plan.climax / STEPS_PER_SECOND
    axes.axvline(climax, ymax=0.75, color="black", linewidth=1, linestyle=(0, (1, 2)))
    axes.text(climax, 0.02, " climax", transform=axes.get_xaxis_transform(), fontsize=8, va="bottom")
    axes.set_title(title, fontsize=11)
    axes.set_xlabel("seconds", fontsize=8)
    axes.tick_params(labelsize=8)
    louder.tick_params(labelsize=8)


def _draw_similarity(axes: Axes, notes: Sequence[Note], title: str, edges: Sequence[float]) -> None:
    """How alike any two stretches are, the border between sections drawn in."""
    seconds = max(note.end for note in notes)
    matrix = self_similarity(notes, seconds)
    axes.imshow(
        matrix,
        origin="lower",
        extent=(0, seconds, 0, seconds),
        cmap="magma",
        vmin=float(matrix.min()),
        vmax=1.0,
        interpolation="nearest",
    )
    for edge in edges:
        axes.axvline(edge, color="white", linewidth=0.6, alpha=0.8)
        axes.axhline(edge, color="white", linewidth=0.6, alpha=0.8)
    axes.set_title(f"{title}, structureness {structureness(notes):.2f}", fontsize=10)
    axes.set_xlabel("seconds", fontsize=8)
    axes.set_ylabel("seconds", fontsize=8)
    axes.tick_params(labelsize=8)
