"""A prepared corpus: all pieces of a corpus in one compact file that a bare GPU machine can train on.

A safetensors file: every performance's events one after another, and a row of labels for each. It needs
numpy and safetensors to be read, no MIDI library.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from model.errors import CorpusError
from model.piece import Piece, Rendition

SPLITS = ("train", "validation", "test")
UNKNOWN = -1

PATTERNS_FOLDER = "patterns/"
"""Where the paths of pattern pieces lie, which were composed for the corpus (docs/minimalist.md)."""

_RENDITIONS = tuple(Rendition)
_VERSION = "1"

_One = TypeVar("_One")


@dataclass(frozen=True)
class Labelled:
    """A piece with its place in the corpus."""

    piece: Piece
    path: str
    split: str


@dataclass(frozen=True)
class PreparedCorpus:
    """The pieces of a corpus in memory.

    Attributes:
        styles: the names that the pieces' style indices stand for.
        paths: where each piece came from, relative to the corpus.
        events: all performances one after another, shape (events,).
        offsets: where each begins and the last ends, shape (pieces + 1,).
        labels: split, style, key, rendition, is_flat of each, shape (pieces, 5), `UNKNOWN` where open.
    """

    styles: tuple[str, ...]
    paths: tuple[str, ...]
    events: npt.NDArray[np.uint16]
    offsets: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int8]

    @classmethod
    def of(cls, styles: Sequence[str], labelled: Sequence[Labelled]) -> "PreparedCorpus":
        """Gather pieces into one corpus."""
        rows = [
            (
                SPLITS.index(one.split),
                UNKNOWN if one.piece.style is None else one.piece.style,
                UNKNOWN if one.piece.key is None else one.piece.key,
                UNKNOWN if one.piece.rendition is None else _RENDITIONS.index(one.piece.rendition),
                one.piece.is_flat,
            )
            for one in labelled
        ]
        return cls(
            tuple(styles),
            tuple(one.path for one in labelled),
            np.concatenate([one.piece.events for one in labelled]),
            np.cumsum([0, *(one.piece.events.size for one in labelled)], dtype=np.int64),
            np.array(rows, dtype=np.int8),
        )

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Piece:
        _, style, key, rendition, is_flat = map(int, self.labels[index])
        return Piece(
            self.events[self.offsets[index] : self.offsets[index + 1]],
            None if style == UNKNOWN else style,
            None if key == UNKNOWN else key,
            None if rendition == UNKNOWN else _RENDITIONS[rendition],
            bool(is_flat),
        )

    def split(self, name: str) -> list[int]:
        """The indices of the pieces of a split: train, validation or test."""
        return np.flatnonzero(self.labels[:, 0] == SPLITS.index(name)).tolist()

    def originals(self, name: str) -> list[int]:
        """The indices of the pieces of a split in the style that they are of.

        Left out are composed patterns and pieces that stand a second time, in another style.
        """
        firsts = {path: index for index, path in reversed(list(enumerate(self.paths)))}
        return [
            index
            for index in self.split(name)
            if firsts[self.paths[index]] == index and not self.paths[index].startswith(PATTERNS_FOLDER)
        ]

    def save(self, path: Path) -> None:
        """Write the corpus to a file, all or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        meta = {"version": _VERSION, "styles": json.dumps(self.styles), "paths": json.dumps(self.paths)}
        tensors: dict[str, npt.NDArray[Any]] = {
            "events": self.events,
            "offsets": self.offsets,
            "labels": self.labels,
        }
        save_file(tensors, partial, metadata=meta)
        partial.replace(path)


def load_prepared(path: Path) -> PreparedCorpus:
    """Read a prepared corpus.

    Raises:
        CorpusError: the file is missing, damaged or of another version.
    """
    if not path.is_file():
        raise CorpusError(f"There is no prepared corpus at {path}; make one with `etude prepare`.")
    try:
        with safe_open(path, framework="numpy") as file:
            meta = file.metadata() or {}
            if meta.get("version") != _VERSION:
                raise CorpusError(f"{path} is no prepared corpus of version {_VERSION}; prepare it anew.")
            return PreparedCorpus(
                tuple(json.loads(meta["styles"])),
                tuple(json.loads(meta["paths"])),
                file.get_tensor("events"),
                file.get_tensor("offsets"),
                file.get_tensor("labels"),
            )
    except (SafetensorError, KeyError, ValueError) as error:
        raise CorpusError(f"The prepared corpus {path} is damaged; prepare it anew.") from error


def evenly(some: Sequence[_One], count: int) -> list[_One]:
    """Up to `count` of some things, from first to last at even distances."""
    count = min(count, len(some))
    return [some[place * len(some) // count] for place in range(count)]
