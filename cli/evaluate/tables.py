"""Tables of figures as text: for the terminal and for a Markdown file."""

from collections.abc import Sequence
from dataclasses import fields
from math import isfinite
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from model.evaluation.section import Section


def print_sections(sections: Sequence["Section"]) -> None:
    """Print tables one after another."""
    console = Console(highlight=False)
    for section in sections:
        table = Table(title=section.title, title_justify="left", box=None, caption=section.explanation)
        table.add_column("")
        for heading in _headings(section):
            table.add_column(heading, justify="right")
        for label, cells in _lines(section):
            table.add_row(label, *cells)
        console.print(table, markup=False)
        console.print()


def as_markdown(section: "Section") -> str:
    """One table with its title and explanation."""
    headings = _headings(section)
    lines = [
        f"## {section.title}",
        "",
        section.explanation,
        "",
        f"| | {' | '.join(headings)} |",
        f"|---|{'---|' * len(headings)}",
        *(f"| {label} | {' | '.join(cells)} |" for label, cells in _lines(section)),
    ]
    if not section.rows:
        lines[4:] = ["Not measured."]
    return "\n".join(lines) + "\n"


def plain(value: Any) -> Any:
    """The same data as JSON can hold it: what is no number becomes null."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return round(value, 5) if isfinite(value) else None
    return value


def _headings(section: "Section") -> list[str]:
    first = next(iter(section.rows.values()), None)
    return [] if first is None else [field.name.replace("_", " ") for field in fields(first)]


def _lines(section: "Section") -> list[tuple[str, list[str]]]:
    return [
        (label, [_cell(getattr(row, field.name)) for field in fields(row)])
        for label, row in section.rows.items()
    ]


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, tuple):
        return " to ".join(map(_cell, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value) or "-"
