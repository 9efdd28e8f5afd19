"""One web socket of the gateway, and the payloads that go over it."""

import asyncio
import json
import time
import zlib
from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING

from aiohttp import web

from tests.discord_server.refusal import Json

if TYPE_CHECKING:
    from tests.discord_server.session import Session

SENDS_A_MINUTE = 120


class Op(IntEnum):
    """What a payload is; the numbers are Discord's."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class ClosedError(Exception):
    """The server ends a connection because of what the bot sent."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"gateway closed with {code}: {reason}")
        self.code = code


class Connection:
    """A web socket, alive until either side closes it."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._transport = request.transport
        self._socket = socket
        # Where zlib-stream was not asked for, text is sent: clients take that too.
        self._deflate = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._outbox: asyncio.Queue[Json] = asyncio.Queue()
        self._received: deque[float] = deque()
        self.session: Session | None = None

    def send(
        self, op: Op, data: object = None, event: str | None = None, sequence: int | None = None
    ) -> None:
        """Send a payload, after all sent before."""
        self._outbox.put_nowait({"op": int(op), "d": data, "s": sequence, "t": event})

    async def deliver(self) -> None:
        """Send what stands in the outbox, for ever."""
        while True:
            text = json.dumps(await self._outbox.get())
            try:
                if self._deflate is None:
                    await self._socket.send_str(text)
                else:
                    packed = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self._socket.send_bytes(packed)
            except ConnectionError:  # the bot went away; the session keeps what it missed
                return

    def count_send(self) -> None:
        """Count a payload from the bot.

        Raises:
            ClosedError: If there were too many in a minute.
        """
        now = time.monotonic()
        self._received.append(now)
        while self._received[0] < now - 60:
            self._received.popleft()
        if len(self._received) > SENDS_A_MINUTE:
            raise ClosedError(4008, "Rate limited.")

    def abort(self) -> None:
        """Cut the wire without a word."""
        if self._transport is not None:
            self._transport.abort()
