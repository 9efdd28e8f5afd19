"""The table of likelihoods, from what `etude evaluate likelihood` tells as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.evaluation.section import ALL, Section


@dataclass(frozen=True)
class LikelihoodFigures:
    """Nats an event by what the network is told.

    Attributes:
        pieces: of the validation split.
        unspecified: no control.
        style_and_key: these two.
        all_controls: every control.
        a_note: nats a note with no control told, which other vocabularies can be compared by.
        a_second: the same for a second of music.
    """

    pieces: int
    unspecified: float
    style_and_key: float
    all_controls: float
    a_note: float
    a_second: float


def likelihood_section(report: Mapping[str, Any] | None) -> Section:
    """The table; without rows where nothing was measured.

    Raises:
        KeyError: the report lacks a figure.
    """
    tables = {} if report is None else {ALL: report, **report["styles"]}
    rows = {
        label: LikelihoodFigures(
            table["pieces"],
            table["nats_per_event"]["unspecified"],
            table["nats_per_event"]["style_and_key"],
            table["nats_per_event"]["all"],
            table["nats_per_note"]["unspecified"],
            table["nats_per_second"]["unspecified"],
        )
        for label, table in tables.items()
    }
    explanation = (
        "Nats an event of the validation split (388 events and END), every performance from its start, every "
        "event once."
    )
    return Section("likelihood", "Likelihood", explanation, rows)
