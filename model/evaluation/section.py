"""A table of figures, for people and for programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

ALL = "all"
"""The row of all styles."""


@dataclass(frozen=True)
class Section:
    """One table.

    Attributes:
        name: for programs.
        title: for people.
        explanation: what was counted, in sentences.
        rows: a dataclass of figures for each row, all of one kind.
    """

    name: str
    title: str
    explanation: str
    rows: Mapping[str, Any]

    def as_json_object(self) -> dict[str, dict[str, Any]]:
        """The rows as plain data."""
        return {label: asdict(row) for label, row in self.rows.items()}
