"""The REST API's front door: who may come in, what is written down, and how replies look."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.discord_server.body import Body, read_body
from tests.discord_server.faults import FaultError, Faults
from tests.discord_server.rate_limits import LimitedError, RateLimits
from tests.discord_server.refusal import Json, RefusedError, unknown_channel
from tests.discord_server.world import World

PREFIX = "/api/v10"
# These are entitled by a token in the path, or need no entitlement.
WITHOUT_BOT_TOKEN = ("/interactions/", "/webhooks/", "/gateway")


@dataclass(frozen=True)
class Call:
    """A request, as the routes see it."""

    parts: Mapping[str, str]
    query: Mapping[str, str]
    body: Body

    def id(self, name: str) -> int:
        """A part of the path that is an id.

        Raises:
            RefusedError: If it is none.
        """
        try:
            return int(self.parts[name])
        except ValueError as error:
            raise unknown_channel() from error


@dataclass(eq=False)
class Request:
    """A request, as tests look it up afterwards.

    Attributes:
        seconds: When it came, on the clock of `time.monotonic`.
        files: Sizes in bytes by name.
        status: What was replied; None until then, and where the wire was cut.
    """

    method: str
    path: str
    has_bot_token: bool
    seconds: float = field(default_factory=time.monotonic)
    payload: Any = None
    files: dict[str, int] = field(default_factory=dict)
    status: int | None = None


Handler = Callable[[Call], Json | list[Json] | None]


class Api:
    """Takes requests, hands them to the routes, and keeps a record.

    Attributes:
        requests: All requests, in the order in which they came.
    """

    def __init__(
        self, world: World, limits: RateLimits, faults: Faults, application: web.Application
    ) -> None:
        self._world = world
        self._limits = limits
        self._faults = faults
        self._application = application
        self.requests: list[Request] = []

    def route(self, method: str, route: str, handler: Handler) -> None:
        """Let a handler answer a route; it runs without interruption, and what it returns is the reply."""

        async def serve(request: web.Request) -> web.Response:
            return await self._serve(request, route, handler)

        self._application.router.add_route(method, PREFIX + route, serve)

    def refuse_all_else(self) -> None:
        """Complain about requests to any other route."""

        async def serve(request: web.Request) -> web.Response:
            def handler(call: Call) -> None:
                raise RefusedError(404, 0, "404: Not Found (this server has no such route)")

            return await self._serve(request, request.path.removeprefix(PREFIX), handler)

        self._application.router.add_route("*", "/{path:.*}", serve)

    async def _serve(self, request: web.Request, route: str, handler: Handler) -> web.Response:
        path = request.path.removeprefix(PREFIX)
        authorization = request.headers.get("Authorization")
        record = Request(request.method, path, authorization is not None)
        self.requests.append(record)
        headers: dict[str, str] = {}
        try:
            body = await read_body(request)
            record.payload = body.payload
            record.files = {file.filename: len(file.content) for file in body.files.values()}
            if not route.startswith(WITHOUT_BOT_TOKEN) and authorization != f"Bot {self._world.token}":
                raise RefusedError(401, 0, "401: Unauthorized")
            await self._faults.before(request.method, path)
            headers = self._limits.take(request.method, route, request.match_info)
            reply = _reply(handler(Call(request.match_info, request.query, body)))
            self._faults.after(request.method, path)
        except LimitedError as limited:
            reply = _reply(limited.body, 429)
            headers |= limited.headers
        except RefusedError as refused:
            self._world.complain(f"{request.method} {path}: {refused}")
            reply = _reply(refused.body, refused.status)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            self._world.complain(f"{request.method} {path}: cannot make sense of the body, {error!r}")
            reply = _reply({"message": "Invalid Form Body", "code": 50035}, 400)
        except FaultError as fault:
            if fault.status is None:
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            reply = _reply({"message": str(fault), "code": 0}, fault.status)
        reply.headers.update(headers)
        record.status = reply.status
        return reply


def _reply(body: object, status: int = 200) -> web.Response:
    if body is None:
        return web.Response(status=204)
    # Libraries want exactly this content type, without a charset.
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")
