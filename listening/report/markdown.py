"""A report as Markdown."""

from collections.abc import Sequence

from listening.report.report import Report
from listening.report.table import Cell, Table, tables
from listening.statistics.resampling import TRUSTED_FROM


def as_markdown(report: Report, charts: Sequence[str] = ()) -> str:
    """All tables of a report, with what has to be known to read them.

    Args:
        report: of a study and of reactions.
        charts: file names of pictures to show at the beginning.
    """
    design = report.design
    lines = ["# Listening report", ""]
    if design is None:
        lines += ["There is no study yet; what follows are reactions in the chat.", ""]
    else:
        lines += [
            f"Study {design.name}: {len(design.excerpts)} excerpts of up to {design.seconds:g} s, all "
            f"played with {design.soundfont} at {design.lufs:g} LUFS. Design {design.digest()[:12]}.",
            "",
            f"Intervals are nominal 95 % and to be trusted from about {TRUSTED_FROM} listeners on. "
            "`-` is what the votes do not tell.",
            "",
        ]
    lines += [line for name in charts for line in (f"![{name}]({name})", "")]
    for table in tables(report):
        lines += _lines(table)
    return "\n".join(lines)


def _lines(table: Table) -> list[str]:
    rows = [f"| {' | '.join(map(_cell, row))} |" for row in table.rows]
    return [
        f"## {table.title}",
        "",
        table.explanation,
        "",
        f"| {' | '.join(table.headings)} |",
        f"|{'---|' * len(table.headings)}",
        *rows,
        "",
    ]


def _cell(cell: Cell) -> str:
    if cell is None:
        return "-"
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell).replace("|", "\\|")
