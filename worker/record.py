"""What is kept of a piece for those that come later: its fingerprints, and which recipe it is of."""

import hashlib
import json
from collections.abc import Mapping

import numpy as np

from jobs.fingerprints import MAX_BYTES
from jobs.request import GenerationRequest
from model.originality.fingerprints import Hashes

_VERSION = b"\x01"
_HEAD_BYTES = len(_VERSION) + 8


def record_of(request: GenerationRequest, hashes: Hashes) -> bytes:
    """A version, a hash of the recipe, and the fingerprints as far as there is room (some 13,000 notes)."""
    recipe = json.dumps(request.recipe(), sort_keys=True).encode()
    head = _VERSION + hashlib.sha256(recipe).digest()
    return head[:_HEAD_BYTES] + hashes.astype("<u4").tobytes()[: (MAX_BYTES - _HEAD_BYTES) // 4 * 4]


def others(records: Mapping[str, bytes], piece_id: str, record: bytes) -> list[Hashes]:
    """The fingerprints of each piece that has a record of this version.

    Left out are the piece itself, and those of the same recipe: these are alike by design.

    Args:
        records: by the ids of pieces.
        piece_id: of a piece.
        record: of the same.
    """
    head = record[:_HEAD_BYTES]
    return [
        np.frombuffer(each[_HEAD_BYTES:], "<u4").astype(np.uint32)
        for other_id, each in records.items()
        if other_id != piece_id and each.startswith(_VERSION) and not each.startswith(head)
    ]
