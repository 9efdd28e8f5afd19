"""A client of the REST API without a library's caution, to see what the server refuses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

from tests.discord_server.refusal import Json

BOUNDARY = "boundary"
QUIET: Json = {"allowed_mentions": {"parse": []}}


@dataclass(frozen=True)
class Reply:
    """What the server said."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> int:
        """Discord's code, 0 if there is none."""
        return int(self.body.get("code", 0)) if isinstance(self.body, dict) else 0

    def wrong_fields(self) -> set[str]:
        """The fields that form errors stand at."""
        return set(_marked(self.body.get("errors", {}), ""))


class RestClient:
    """Sends requests as a bot, or as nobody in particular if the token is empty."""

    def __init__(self, api_base: str, token: str) -> None:
        self._address = urlsplit(api_base)
        self._token = token

    def ask(
        self, method: str, path: str, payload: Any = None, files: Mapping[str, bytes] | None = None
    ) -> Reply:
        """Send a request and read the reply."""
        headers = {"Authorization": f"Bot {self._token}"} if self._token else {}
        content = b""
        if files is not None:
            headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
            content = _multipart(payload or {}, files)
        elif payload is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(payload).encode()
        connection = HTTPConnection(self._address.netloc, timeout=10)
        try:
            connection.request(method, self._address.path + quote(path, safe="/@?=&"), content, headers)
            response = connection.getresponse()
            text = response.read()
            return Reply(response.status, json.loads(text) if text else None, dict(response.headers.items()))
        finally:
            connection.close()


def _multipart(payload: Json, files: Mapping[str, bytes]) -> bytes:
    parts = [("payload_json", "", json.dumps(payload).encode())]
    parts += [(f"files[{n}]", f'; filename="{name}"', files[name]) for n, name in enumerate(files)]
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + content
        for name, extra, content in parts
    ]
    return b"\r\n".join([*lines, f"--{BOUNDARY}--\r\n".encode()])


def _marked(errors: Json, place: str) -> list[str]:
    if "_errors" in errors:
        return [place]
    return [found for key, inner in errors.items() for found in _marked(inner, f"{place}.{key}".lstrip("."))]
