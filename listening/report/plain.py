"""A report as plain JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from enum import Enum
from math import isfinite
from typing import Any

from listening.report.report import Report
from listening.statistics.estimate import Estimate
from listening.statistics.resampling import TRUSTED_FROM
from listening.statistics.votes import Id
from listening.study.design import Excerpt
from listening.study.question import Kind


def as_json_object(report: Report) -> dict[str, Any]:
    """All figures of a report, by names that stay: what the bot and other programs read.

    Nothing in it names a person: listeners appear as numbers of them, unreliable ones by their pseudonyms.
    """
    design, count = report.design, report.count
    study: dict[str, Any] | None = None
    if design is not None and count is not None:
        excerpts: Mapping[Id, Excerpt] = {one.id: one for one in design.excerpts}
        study = {
            "name": design.name,
            "design_sha256": design.digest(),
            "seconds": design.seconds,
            "soundfont": design.soundfont,
            "lufs": design.lufs,
            "conditions": [_plain(one) | {"excerpts": len(design.of(one.name))} for one in design.conditions],
            "votes": {
                "answered": count.answered,
                "counted": {
                    Kind.DUEL.value: len(count.duels),
                    Kind.GUESS.value: len(count.guesses),
                    Kind.LISTEN.value: len(count.ratings),
                },
                "checks": _plain(count.checks),
                "left_out": _plain(count.left_out),
            },
            "listeners": {
                "answered": count.listeners,
                "checked": len(count.reliabilities),
                "unreliable": count.unreliable,
                "intervals_trusted_from": TRUSTED_FROM,
            },
            "mos": _rows("condition", report.mos),
            "own": {
                "mos": _rows("condition", report.own),
                "guesses": count.own_guesses,
                "duels": count.own_duels,
            },
            "agreement": _plain(report.agreement),
            "comparisons": [_plain(one) for one in report.comparisons],
            "equivalences": [
                {"condition": name, "human": human, **_plain(one)}
                for (name, human), one in report.equivalences.items()
            ],
            "pieces": [
                {
                    "excerpt": one.piece,
                    "title": excerpts[one.piece].title,
                    "piece_id": excerpts[one.piece].piece_id,
                    "condition": count.conditions[one.piece],
                    "deviation": report.spreads[one.piece],
                    "consensus": _plain(report.consensus.get(one.piece)),
                    **{name: value for name, value in _plain(one).items() if name != "piece"},
                }
                for one in report.pieces.pieces
            ],
            "duels": {
                "strengths": [
                    _plain(one) | {"points_interval": _plain(one.points_interval)}
                    for one in report.duels.strengths
                ],
                "shares": [
                    {"first": first, "second": second, **_plain(one)}
                    for (first, second), one in report.duels.shares.items()
                ],
                "both_bad": report.duels.both_bad,
                "sign_tests": [_plain(one) for one in report.sign_tests],
            },
            "guesses": {
                "all": _plain(report.guesses.all),
                "d_prime": _plain(report.guesses.d_prime),
                "called_human": _rows("condition", report.guesses.called_human),
                "d_primes": _rows("condition", report.guesses.d_primes),
            },
        }
    return {"version": 1, "study": study, "reactions": _reactions(report)}


def _reactions(report: Report) -> dict[str, Any]:
    reactions = report.reactions
    return {
        "all": _plain(reactions.all),
        "by_style": _rows("style", reactions.by_style),
        "own": _plain(reactions.own),
        "agreement": _plain(reactions.agreement),
        "pieces": [
            {
                "piece_id": one.piece,
                "number": reactions.numbers[one.piece],
                **{name: value for name, value in _plain(one).items() if name != "piece"},
            }
            for one in reactions.pieces.pieces
        ],
        "grand_mean": _plain(reactions.pieces.grand_mean),
    }


def _rows(name: str, rows: Mapping[str, Estimate]) -> list[dict[str, Any]]:
    return [{name: label, **_plain(one)} for label, one in rows.items()]


def _plain(value: Any) -> Any:
    """The same as JSON can hold it."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(_plain(name)): _plain(one) for name, one in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value
