"""The gateway: one web socket a shard, over which the bot hears what happens.

Source: "Gateway" and "Opcodes and Status Codes" in Discord's documentation.
"""

import asyncio
import json

from aiohttp import WSMsgType, web

from tests.discord_server.connection import ClosedError, Connection, Op
from tests.discord_server.guild import Guild
from tests.discord_server.refusal import Json
from tests.discord_server.session import ALL_INTENTS, PRIVILEGED, Intent, Session
from tests.discord_server.world import World

HEARTBEAT_MILLISECONDS = 41_250
LARGEST_PAYLOAD_BYTES = 4096


class Gateway:
    """All sessions and connections.

    Attributes:
        is_open: Whether connections are taken.
        identifies: How many sessions were begun.
        resumes: How many were taken up again.
    """

    def __init__(self, world: World, url: str) -> None:
        self._world = world
        self._url = url
        self._connections: set[Connection] = set()
        self._sessions: dict[str, Session] = {}
        self.is_open = True
        self.identifies = 0
        self.resumes = 0

    @property
    def is_connected(self) -> bool:
        """Whether a bot listens."""
        return any(session.connection for session in self._sessions.values())

    def dispatch(self, event: str, data: Json, guild: Guild) -> None:
        """Tell every session that an event concerns."""
        for session in self._sessions.values():
            if session.hears(event, guild):
                session.tell(event, data)

    def broadcast(self, op: Op, data: object = None) -> None:
        """Send a payload over every connection."""
        for connection in self._connections:
            connection.send(op, data)

    def drop(self) -> None:
        """Cut every connection."""
        for connection in self._connections:
            connection.abort()

    def forget_sessions(self) -> None:
        """Make every session impossible to resume."""
        for session in self._sessions.values():
            session.connection = None
        self._sessions.clear()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        if not self.is_open:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=LARGEST_PAYLOAD_BYTES)
        await socket.prepare(request)
        connection = Connection(request, socket)
        self._connections.add(connection)
        delivery = asyncio.create_task(connection.deliver())
        try:
            if (request.query.get("v"), request.query.get("encoding")) != ("10", "json"):
                raise ClosedError(4012, "Invalid API version or encoding.")
            connection.send(Op.HELLO, {"heartbeat_interval": HEARTBEAT_MILLISECONDS, "_trace": []})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    connection.count_send()
                    self._receive(connection, message.data)
        except ClosedError as closed:
            self._world.complain(str(closed))
            await socket.close(code=closed.code, message=str(closed).encode())
        finally:
            delivery.cancel()
            self._connections.discard(connection)
            self._leave(connection, socket.close_code)
        return socket

    def _leave(self, connection: Connection, close_code: int | None) -> None:
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            if close_code in {1000, 1001}:  # the bot said goodbye, which ends the session
                self._sessions.pop(session.id, None)

    def _receive(self, connection: Connection, text: str) -> None:
        try:
            payload = json.loads(text)
            op, data = payload["op"], payload["d"]
        except (ValueError, KeyError) as error:
            raise ClosedError(4002, "Error while decoding payload.") from error
        if op == Op.HEARTBEAT:
            connection.send(Op.HEARTBEAT_ACK)
        elif op == Op.IDENTIFY:
            self._identify(connection, data)
        elif op == Op.RESUME:
            self._resume(connection, data)
        elif connection.session is None:
            raise ClosedError(4003, "Not authenticated.")
        elif op == Op.REQUEST_MEMBERS:
            self._name_members(connection.session, data)
        elif op != Op.PRESENCE:
            raise ClosedError(4001, f"Unknown opcode {op}.")

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise ClosedError(4005, "Already authenticated.")
        if data["token"] != self._world.token:
            raise ClosedError(4004, "Authentication failed.")
        intents = data["intents"]
        if intents & ~ALL_INTENTS:
            raise ClosedError(4013, "Invalid intent(s).")
        if intents & PRIVILEGED:
            raise ClosedError(4014, f"Disallowed intent(s): {Intent(intents & PRIVILEGED)!r}.")
        index, count = data.get("shard", (0, 1))
        session = Session(intents, (index, count), connection=connection)
        connection.session = session
        self._sessions[session.id] = session
        self.identifies += 1
        guilds = [guild for guild in self._world.guilds.values() if session.hears("GUILD_CREATE", guild)]
        session.tell(
            "READY",
            {
                "v": 10,
                "user": self._world.bot.payload() | {"verified": True, "mfa_enabled": True, "email": None},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self._url,
                "shard": [index, count],
                "application": {"id": str(self._world.bot.id), "flags": 0},
            },
        )
        for guild in guilds:
            session.tell("GUILD_CREATE", guild.create_event(self._world.bot))

    def _resume(self, connection: Connection, data: Json) -> None:
        session = self._sessions.get(data["session_id"])
        if (
            session is None
            or data["token"] != self._world.token
            or not 0 < data["seq"] <= len(session.history)
        ):
            connection.send(Op.INVALID_SESSION, False)
            return
        connection.session = session
        session.connection = connection
        session.replay(data["seq"])
        self.resumes += 1

    def _name_members(self, session: Session, data: Json) -> None:
        guild = self._world.guilds[int(data["guild_id"])]
        asked = data.get("user_ids") or []
        wanted = {int(each) for each in (asked if isinstance(asked, list) else [asked])}
        if not wanted and not data.get("query"):
            raise ClosedError(4014, "The list of all members needs the intent GUILD_MEMBERS.")
        found = [
            user
            for user in guild.members
            if user.id in wanted or user.name.startswith(data.get("query") or "\0")
        ]
        chunk = {"chunk_index": 0, "chunk_count": 1, "nonce": data.get("nonce")}
        members = [guild.member_payload(user) for user in found]
        session.tell("GUILD_MEMBERS_CHUNK", {"guild_id": str(guild.id), "members": members, **chunk})
