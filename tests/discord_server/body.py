"""The body of a request: JSON alone, or `payload_json` beside files."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.discord_server.refusal import Json, RefusedError, too_large

LARGEST_REQUEST_BYTES = 25 * 1024**2


@dataclass(frozen=True)
class File:
    """An uploaded file."""

    filename: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Body:
    """What a request brings.

    Attributes:
        payload: The JSON; empty if there is none. Some routes take a list.
        files: The files by the n of their `files[n]`.
    """

    payload: Any = field(default_factory=dict)
    files: dict[int, File] = field(default_factory=dict)

    def inside(self, key: str) -> "Body":
        """The same files with a part of the JSON."""
        return Body(self.payload.get(key) or {}, self.files)


async def read_body(request: web.Request) -> Body:
    """Read a request's body.

    Raises:
        RefusedError: If it is too large or malformed.
    """
    if (request.content_length or 0) > LARGEST_REQUEST_BYTES:
        # The client is still sending: hear it out, or it would see a broken pipe in place of the answer.
        async for _ in request.content.iter_any():
            pass
        raise too_large()
    if not request.can_read_body:
        return Body()
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    if request.content_type != "application/json":
        raise RefusedError(400, 50035, f"Unsupported content type {request.content_type}")
    return Body(_parse(await request.text()))


async def _read_multipart(request: web.Request) -> Body:
    payload: Json = {}
    files: dict[int, File] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        numbered = re.fullmatch(r"files\[(\d+)\]", part.name or "")
        if part.name == "payload_json":
            payload = _parse(content.decode())
        elif numbered and part.filename:
            files[int(numbered[1])] = File(part.filename, content)
        else:
            raise RefusedError(400, 50035, f"Unknown part {part.name!r} of a multipart body")
    return Body(payload, files)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise RefusedError(400, 50109, "The request body contains invalid JSON.") from error
