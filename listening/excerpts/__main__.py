"""`python -m listening.excerpts CORPUS`: cuts the bundled excerpts anew from the corpus they come from."""

import argparse
from pathlib import Path

from listening.excerpts import bundled_excerpts
from model.corpus import LIMITS
from model.excerpt import excerpt
from model.midi import read_midi, write_midi

SECONDS = 45.0
"""The longest; studies cut them shorter, as they need."""


def main() -> None:
    """Cut each, by the list."""
    parser = argparse.ArgumentParser(prog="python -m listening.excerpts", description=__doc__)
    parser.add_argument("corpus", type=Path)
    corpus = parser.parse_args().corpus
    for one in bundled_excerpts():
        notes = read_midi((corpus / one.source).read_bytes(), LIMITS)
        one.path.write_bytes(write_midi(excerpt(notes, SECONDS)))


if __name__ == "__main__":
    main()
