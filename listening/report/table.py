"""A report's figures as tables: the one form from which Markdown and CSV are written."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from listening.report.report import FEWEST, Report
from listening.statistics.estimate import Estimate
from listening.statistics.votes import Id
from listening.study.vote import LeftOut

REASONS = {
    LeftOut.TOO_EARLY: "came before half of what there was to hear",
    LeftOut.DELETED: "on a piece that was deleted",
    LeftOut.OWN: "on a piece that the listener had asked for (shown apart)",
    LeftOut.UNRELIABLE: "of listeners who contradict themselves or fall for shuffled pieces",
}

Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: by which its file is named.
        title: for people.
        explanation: what was counted, and how to read it.
        headings: of its columns.
        rows: of its cells; None where there is nothing to tell.
    """

    name: str
    title: str
    explanation: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]] = field(default_factory=list)


_ESTIMATE = ("estimate", "low", "high", "level", "listeners", "pieces", "votes")


def tables(report: Report) -> list[Table]:
    """All tables that have rows."""
    found = [] if report.count is None else _study(report)
    reactions = report.reactions
    found += [
        Table(
            "reactions",
            "Reactions in the chat, beside the study",
            "Public ratings under ordinary pieces, not blind and never mixed with the study's votes. Those "
            "of whoever had asked for the piece are left out, and stand in a row of their own.",
            ("style", *_ESTIMATE),
            [
                *([("all", *_cells(reactions.all))] if reactions.all.sample.votes else []),
                *((style, *_cells(one)) for style, one in reactions.by_style.items()),
                *([("requesters' own", *_cells(reactions.own))] if reactions.own.sample.votes else []),
            ],
        ),
        Table(
            "top",
            "Pieces by reactions",
            "Means shrunken towards that of all pieces, so that one vote does not win.",
            ("No.", "piece", "mean", *_ESTIMATE),
            [
                (reactions.numbers[one.piece], str(one.piece), one.mean, *_cells(one))
                for one in reactions.pieces.pieces
            ],
        ),
    ]
    return [table for table in found if table.rows]


def as_csv(table: Table) -> str:
    """A table as comma-separated values, with full precision."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.headings)
    writer.writerows(["" if cell is None else cell for cell in row] for row in table.rows)
    return file.getvalue()


def _study(report: Report) -> list[Table]:
    count, duels, guesses = report.count, report.duels, report.guesses
    assert count is not None  # noqa: S101 - for the type checker: only called with a study
    titles: dict[Id, str] = (
        {} if report.design is None else {one.id: one.title for one in report.design.excerpts}
    )
    counted = len(count.duels) + len(count.guesses) + len(count.ratings)
    return [
        Table(
            "votes",
            "Votes",
            "All that was answered is counted, only checks its listener, or is left out.",
            ("votes", "number"),
            [
                ("answered", count.answered),
                ("listeners who answered", count.listeners),
                ("counted", counted),
                *((f"checks by {kind.value} items", number) for kind, number in count.checks.items()),
                *((f"left out: {REASONS[reason]}", number) for reason, number in count.left_out.items()),
                ("listeners who are left out", len(count.unreliable)),
            ],
        ),
        Table(
            "ratings",
            "Mean opinion score",
            "1 (bad) to 5 (excellent), blind; percentile bootstrap over listeners and pieces.",
            ("condition", *_ESTIMATE, "deviation"),
            [(name, *_cells(one), one.deviation) for name, one in report.mos.items()],
        ),
        Table(
            "own",
            "The same of pieces that listeners had asked for themselves",
            "Left out of everything else.",
            ("condition", *_ESTIMATE, "deviation"),
            [(name, *_cells(one), one.deviation) for name, one in report.own.items()],
        ),
        Table(
            "agreement",
            "Agreement of listeners",
            "Krippendorff's alpha for ordinal ratings: 1 is agreement, 0 is chance.",
            ("", *_ESTIMATE),
            [("alpha", *_cells(report.agreement))] if report.agreement.sample.votes else [],
        ),
        Table(
            "comparisons",
            "Differences between conditions",
            "Mean difference of the same listeners' ratings, first less second; Wilcoxon's signed-rank test, "
            "and with Holm's correction for the number of comparisons.",
            ("first", "second", *_ESTIMATE, "p", "p (Holm)"),
            [
                (one.first, one.second, *_cells(one), one.p_value, one.holm_p_value)
                for one in report.comparisons
            ],
        ),
        Table(
            "equivalence",
            "Equivalence with pieces by people",
            "Two one-sided tests: equivalent where the difference is surely within the bound.",
            ("condition", "human", *_ESTIMATE, "bound", "p", "equivalent", "smallest bound"),
            [
                (
                    name,
                    human,
                    *_cells(one),
                    one.bound,
                    one.p_value,
                    _yes(one.is_equivalent),
                    one.smallest_bound,
                )
                for (name, human), one in report.equivalences.items()
            ],
        ),
        Table(
            "duels",
            "Duels: all conditions on one scale",
            f"Bradley-Terry with ties as half a win each, in log odds; points are Elo's. Both bad, left out: "
            f"{duels.both_bad}.",
            ("condition", *_ESTIMATE, "points"),
            [(one.condition, *_cells(one), one.points) for one in duels.strengths],
        ),
        Table(
            "sign-tests",
            "Duels: pairs of conditions",
            "Exact sign test; each listener counts once, for whom they preferred more often.",
            ("first", "second", *_ESTIMATE, "for", "against", "wins", "losses", "ties", "both bad", "p"),
            [
                (
                    one.first,
                    one.second,
                    *_cells(one),
                    one.listeners_for,
                    one.listeners_against,
                    one.wins,
                    one.losses,
                    one.ties,
                    one.both_bad,
                    one.p_value,
                )
                for one in report.sign_tests
            ],
        ),
        Table(
            "guesses",
            "Human or machine: blind discrimination",
            "Share of right guesses with the binomial interval, wider where guesses of a listener hang "
            "together, and the exact binomial test, then what share of each "
            "condition was called human.",
            ("", *_ESTIMATE, "p"),
            [
                *([("right", *_cells(guesses.all), guesses.all.p_value)] if guesses.all.sample.votes else []),
                *(
                    (f"{name}: called human", *_cells(one), None)
                    for name, one in guesses.called_human.items()
                ),
            ],
        ),
        Table(
            "d-prime",
            "Human or machine: d-prime",
            "By how many standard deviations pieces by people sound more human; 0 is chance.",
            ("against", *_ESTIMATE, "criterion"),
            [
                *(
                    [("all", *_cells(guesses.d_prime), guesses.d_prime.criterion)]
                    if guesses.d_prime.sample.votes
                    else []
                ),
                *((name, *_cells(one), one.criterion) for name, one in guesses.d_primes.items()),
            ],
        ),
        Table(
            "excerpts",
            "Excerpts",
            f"Shrunken means. From {FEWEST} ratings on: preferred by all where everybody gave 4 or 5, "
            "no consensus where some did and others gave 1 or 2.",
            ("excerpt", "title", "condition", "mean", *_ESTIMATE, "deviation", "consensus"),
            [
                (
                    str(one.piece),
                    titles[one.piece],
                    count.conditions[one.piece],
                    one.mean,
                    *_cells(one),
                    report.spreads[one.piece],
                    report.consensus.get(one.piece),
                )
                for one in report.pieces.pieces
            ],
        ),
    ]


def _cells(one: Estimate) -> tuple[Cell, ...]:
    interval = one.interval
    bounds = (None,) * 3 if interval is None else (interval.low, interval.high, interval.level)
    return (one.estimate, *bounds, one.sample.listeners, one.sample.pieces, one.sample.votes)


def _yes(is_so: bool | None) -> str | None:
    return None if is_so is None else ("yes" if is_so else "no")
