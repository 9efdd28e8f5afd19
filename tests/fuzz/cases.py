"""Where cases come from: those that were kept, then changed ones, the same for the same seed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from types import MappingProxyType

from tests.fuzz import text_mutations
from tests.fuzz.midi_mutations import mutated

FOLDER = Path(__file__).parent
CORPUS = FOLDER / "corpus"
MIDI_SEEDS = FOLDER.parent / "fixtures" / "note_seq"

SHARES: Mapping[str, float] = MappingProxyType({"midi": 0.7, "options": 0.29, "interactions": 0.01})
"""How many of all cases each target gets; an interaction takes a bot some tenths of a second."""


def kept(target: str) -> list[bytes]:
    """The cases that broke something once."""
    folder = CORPUS / target
    found = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    return [path.read_bytes() for path in found]


def cases_of(target: str, count: int, seed: int, greeting: bytes) -> Iterator[bytes]:
    """Cases of a target.

    Args:
        target: one of `SHARES`.
        count: how many new ones.
        seed: which.
        greeting: what the target's child said first: for `interactions` what is changed.
    """
    yield from kept(target)
    random = Random(f"{target} {seed}")
    if target == "midi":
        seeds = [path.read_bytes() for path in sorted(MIDI_SEEDS.glob("*.mid"))]
        for _ in range(count):
            yield mutated(random, seeds)
    elif target == "options":
        for _ in range(count):
            yield text_mutations.options(random)
    else:
        interactions = json.loads(greeting)
        for _ in range(count):
            yield text_mutations.interaction(random, interactions)
