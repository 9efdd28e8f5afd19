"""The message of a request made in chat, edited by the worker: Discord's interaction webhook.

Editing the original response is idempotent: after a crash it is done again, and there is still one message.
Limits of rate come in Discord's replies and are waited out (https://discord.com/developers/docs/topics/rate-limits).
"""

import json
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import httpx

from jobs.street.interactions import Interaction
from worker.errors import MessageError

TIMEOUT_SECONDS = 20.0
"""For how long Discord may take for one request."""

TRIES = 6
_FIRST_WAIT_SECONDS = 0.5  # doubled with each try: 15 s in all, where Discord is away
_MAX_WAIT_SECONDS = 60.0
_SERVER_FAILS = 500


class OriginalResponse:
    """The first answer to an interaction, as long as its token lives."""

    def __init__(self, client: httpx.Client, interaction: Interaction) -> None:
        """Nothing is sent yet.

        Args:
            client: whose `base_url` is that of Discord's API.
            interaction: whose answer it is.
        """
        self._client = client
        token = interaction.token.get_secret_value()
        self._path = f"webhooks/{interaction.application_id}/{token}/messages/@original"

    def edit(
        self,
        payload: Mapping[str, Any],
        files: Mapping[str, bytes] | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Make the message say something else.

        Args:
            payload: as Discord's API has it; files stand in `attachments` by their place.
            files: contents by name, in the order of `attachments`.
            check: called before each try; what it raises ends the trying.

        Raises:
            MessageError: the token is dead, the message gone, or Discord does not take it.
        """
        wait = _FIRST_WAIT_SECONDS
        for tries_left in reversed(range(TRIES)):
            check()
            reply = self._send(payload, files or {})
            if reply is not None and reply.is_success:
                return
            if reply is not None and reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
                wait = min(_retry_after(reply), _MAX_WAIT_SECONDS)
            elif reply is not None and reply.status_code < _SERVER_FAILS:
                raise MessageError(_refusal(reply))
            if tries_left:
                time.sleep(wait)
                wait *= 2
        raise MessageError("Discord cannot be reached, or does not answer as it should.")

    def _send(self, payload: Mapping[str, Any], files: Mapping[str, bytes]) -> httpx.Response | None:
        """One request; None where no reply comes. No error is passed on: the URL with the token is in it."""
        body = json.dumps(payload).encode()
        parts: dict[str, Any] = {
            f"files[{place}]": (name, data) for place, (name, data) in enumerate(files.items())
        }
        try:
            if not parts:
                return self._client.patch(
                    self._path, content=body, headers={"Content-Type": "application/json"}
                )
            json_part = {"payload_json": (None, body, "application/json")}
            return self._client.patch(self._path, files=json_part | parts)
        except httpx.TransportError:
            return None


def open_client(api_base: str) -> httpx.Client:
    """Connections to Discord's API, which threads may share; nothing is sent yet."""
    return httpx.Client(
        base_url=api_base,
        timeout=TIMEOUT_SECONDS,
        headers={"User-Agent": f"DiscordBot (Etude, {version('etude')})"},
    )


def _retry_after(reply: httpx.Response) -> float:
    try:
        return float(reply.json()["retry_after"])
    except (ValueError, KeyError, TypeError):
        return _FIRST_WAIT_SECONDS


def _refusal(reply: httpx.Response) -> str:
    try:
        said = reply.json()
        return f"Discord refused the message: {said['message']} ({said['code']})."
    except (ValueError, KeyError, TypeError):
        return f"Discord refused the message: status {reply.status_code}."
