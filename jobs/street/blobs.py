"""Files on their way through Redis: bounded, and gone after a while."""

from enum import StrEnum
from types import MappingProxyType
from typing import cast

from redis import Redis

from jobs.errors import BlobError
from jobs.fingerprints import MAX_BYTES as FINGERPRINTS_BYTES
from jobs.street import names

MIB = 1 << 20


class Kind(StrEnum):
    """What a file is."""

    PRIMER = "primer"
    MIDI = "midi"
    AUDIO = "audio"
    PICTURE = "picture"
    FINGERPRINTS = "fingerprints"


MAX_BYTES = MappingProxyType(
    {
        Kind.PRIMER: MIB,
        Kind.MIDI: 4 * MIB,
        Kind.AUDIO: 64 * MIB,  # five minutes of WAV, with some tail, are 54 MiB
        Kind.PICTURE: 8 * MIB,
        Kind.FINGERPRINTS: FINGERPRINTS_BYTES,
    }
)


def put_blob(redis: Redis, task_id: str, kind: Kind, data: bytes) -> None:
    """Lay a file down for whoever asks next; the same again changes nothing.

    Raises:
        BlobError: it is larger than its kind may be.
        redis.RedisError: Redis cannot be used.
    """
    if len(data) > MAX_BYTES[kind]:
        raise BlobError(
            f"The {kind.value} of {task_id} has {len(data):,} bytes; at most {MAX_BYTES[kind]:,} are carried."
        )
    redis.set(names.blob(task_id, kind), data, ex=names.BLOB_SECONDS)


def get_blob(redis: Redis, task_id: str, kind: Kind) -> bytes:
    """A file that was laid down.

    Raises:
        BlobError: it is not there, or not any more.
        redis.RedisError: Redis cannot be used.
    """
    data = redis.get(names.blob(task_id, kind))
    if data is None:
        raise BlobError(f"The {kind.value} of {task_id} is not there any more: ask for the piece again.")
    return cast(bytes, data)


def delete_blobs(redis: Redis, task_id: str) -> None:
    """Take all files of a task away."""
    redis.unlink(*(names.blob(task_id, kind) for kind in Kind))
