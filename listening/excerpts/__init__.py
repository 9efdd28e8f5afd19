"""Excerpts by people that come with Etude: MIDI files, and whose they are (`attribution.csv`)."""

import csv
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ATTRIBUTION = FOLDER / "attribution.csv"


@dataclass(frozen=True)
class BundledExcerpt:
    """An excerpt that comes with Etude.

    Attributes:
        path: of its MIDI file.
        title: composer and piece.
        style: one of Etude's styles.
        rendition: `performed`, or `score-derived` where nobody played it.
        licence: on what terms it may be used.
        attribution: whose it is.
        source: the corpus file that it was cut from.
    """

    path: Path
    title: str
    style: str
    rendition: str
    licence: str
    attribution: str
    source: str


def bundled_excerpts() -> list[BundledExcerpt]:
    """All of them, in the order of their list."""
    with ATTRIBUTION.open(newline="", encoding="utf-8") as file:
        return [BundledExcerpt(FOLDER / row.pop("file"), **row) for row in csv.DictReader(file)]
