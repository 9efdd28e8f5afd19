"""What a checkpoint has learnt from, as fingerprints: a file beside its weights, which may be missing.

It belongs to the music and not to the weights: those of a later training on the same music keep it, and their
digest does not depend on it. It has a name of its own, by which a piece tells what it was compared with.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from model.errors import CheckpointError
from model.originality.bounds import Bound, bound_at
from model.originality.fingerprints import Fingerprints, Hashes
from model.originality.matching import Index, Match, index_of

INDEX_FILE = "originality.safetensors"

_VERSION = "1"
_NAMES_CHARACTERS = 100


@dataclass(frozen=True)
class TrainingIndex:
    """The fingerprints of the pieces that a checkpoint learnt from, and what may be shared with them.

    Attributes:
        index: of these pieces, without what is common.
        names: of these pieces, for people.
        common: fingerprints that stand in so many works that they say nothing, rising.
        bounds: what real pieces share, by rising length; at least one.
        name: the first 12 digits of a hash of what is stored; empty before it was stored.
    """

    index: Index
    names: tuple[str, ...]
    common: Hashes
    bounds: tuple[Bound, ...]
    name: str = ""

    def match(self, fingerprints: Fingerprints) -> Match:
        """What of a piece is met in the music that was learnt from."""
        return self.index.match(fingerprints.without(self.common))

    def bound(self, seconds: float) -> Bound:
        """The most that a piece of a length may share."""
        return bound_at(self.bounds, seconds)

    def with_music(self, pieces: Sequence[Fingerprints], name: str) -> "TrainingIndex":
        """The same with some pieces more, each a work of its own, that were learnt from afterwards."""
        works = self.index.works.astype(np.int64)
        count = works.size
        first_work = int(works.max(initial=-1)) + 1
        order = np.argsort(self.index.pieces, kind="stable")
        old = np.split(
            self.index.hashes[order], np.searchsorted(self.index.pieces[order], np.arange(1, count))
        )[:count]
        hashes = [*old, *(piece.without(self.common).hashes for piece in pieces)]
        index = index_of(hashes, [*works, *range(first_work, first_work + len(pieces))])
        return TrainingIndex(index, self.names + (name,) * len(pieces), self.common, self.bounds)


def save_training_index(training: TrainingIndex, folder: Path) -> Path:
    """Store it in a checkpoint's folder, all at once; what was there before is replaced."""
    tensors: dict[str, npt.NDArray[Any]] = {
        "hashes": training.index.hashes,
        "pieces": training.index.pieces,
        "works": training.index.works,
        "common": training.common,
        "bounds": np.array(training.bounds, dtype=np.float64),
    }
    names = [name[:_NAMES_CHARACTERS] for name in training.names]
    data = save(tensors, {"version": _VERSION, "names": json.dumps(names, ensure_ascii=False)})
    path = folder / INDEX_FILE
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)
    return path


def load_training_index(folder: Path) -> TrainingIndex | None:
    """Read it from a checkpoint's folder; None where there is none.

    Raises:
        CheckpointError: it is damaged, or of a version that this Etude does not read.
    """
    path = folder / INDEX_FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from None
    damaged = CheckpointError(f"{path} is damaged: build it anew with `etude originality`, or remove it.")
    try:
        meta = _metadata(data)
        if meta["version"] != _VERSION:
            raise CheckpointError(f"{path} has version {meta['version']}; this Etude reads {_VERSION}.")
        tensors = load(data)
        index = Index(tensors["hashes"], tensors["pieces"], tensors["works"])
        bounds = tuple(Bound(*row) for row in tensors["bounds"].tolist())
        names = tuple(json.loads(meta["names"]))
        is_whole = (
            bool(bounds)
            and index.hashes.size == index.pieces.size
            and index.works.size == len(names) > index.pieces.max(initial=0)
        )
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise damaged from error
    if not is_whole:
        raise damaged
    return TrainingIndex(index, names, tensors["common"], bounds, _name(tensors, meta["names"]))


def _name(tensors: Mapping[str, npt.NDArray[Any]], names: str) -> str:
    """By the content: what surrounds it in the file differs from one writing to the next."""
    content = hashlib.sha256(names.encode())
    for key in sorted(tensors):
        content.update(tensors[key].tobytes())
    return content.hexdigest()[:12]


def _metadata(data: bytes) -> dict[str, str]:
    """What stands in a safetensors file beside its tensors; its header's length comes first."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    meta: dict[str, str] = header["__metadata__"]
    return meta
