"""Routes to the application, its commands, users and guilds; and the download of files."""

from aiohttp import web

from tests.discord_server.api import Api, Call
from tests.discord_server.command_form import check_commands
from tests.discord_server.guild import Guild, User
from tests.discord_server.refusal import Json, RefusedError, missing_access
from tests.discord_server.world import World

COMMANDS = "/applications/{application}/commands"
GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"


class ApplicationRoutes:
    """What concerns neither a channel nor an interaction."""

    def __init__(self, api: Api, world: World, gateway_url: str, shards: int) -> None:
        self._world = world
        self._gateway_url = gateway_url
        self._shards = shards
        api.route("GET", "/gateway", self._get_gateway)
        api.route("GET", "/gateway/bot", self._get_gateway_for_bot)
        api.route("GET", "/users/@me", self._get_bot)
        api.route("GET", "/users/{user}", self._get_user)
        api.route("GET", "/oauth2/applications/@me", self._get_application)
        api.route("GET", "/applications/@me", self._get_application)
        for route in (COMMANDS, GUILD_COMMANDS):
            api.route("GET", route, self._get_commands)
            api.route("PUT", route, self._put_commands)
        api.route("GET", "/guilds/{guild}", self._get_guild)
        api.route("GET", "/guilds/{guild}/channels", self._get_channels)
        api.route("GET", "/guilds/{guild}/members/{user}", self._get_member)

    async def download(self, request: web.Request) -> web.Response:
        """What Discord's CDN answers."""
        file = self._world.files.get(int(request.match_info["attachment"]))
        if file is None or file.filename != request.match_info["filename"]:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.content, content_type=file.payload()["content_type"])

    def _get_gateway(self, call: Call) -> Json:
        return {"url": self._gateway_url}

    def _get_gateway_for_bot(self, call: Call) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
        return {"url": self._gateway_url, "shards": self._shards, "session_start_limit": limit}

    def _get_bot(self, call: Call) -> Json:
        return self._world.bot.payload() | {"verified": True, "mfa_enabled": True, "email": None}

    def _get_user(self, call: Call) -> Json:
        return self._user(call).payload()

    def _get_application(self, call: Call) -> Json:
        return {
            "id": str(self._world.bot.id),
            "name": self._world.bot.name,
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "bot": self._world.bot.payload(),
            "owner": self._world.owner.payload(),
            "team": None,
            "verify_key": "0" * 64,
            "flags": 0,
            "approximate_guild_count": len(self._world.guilds),
        }

    def _get_commands(self, call: Call) -> list[Json]:
        return self._world.commands.get(self._scope(call), [])

    def _put_commands(self, call: Call) -> list[Json]:
        scope = self._scope(call)
        commands: list[Json] = list(call.body.payload)
        check_commands(commands)
        before = {
            (command["type"], command["name"]): command["id"]
            for command in self._world.commands.get(scope, [])
        }
        self._world.commands[scope] = [
            command
            | {
                "id": before.get((command.get("type", 1), command["name"]), str(self._world.snowflake())),
                "application_id": str(self._world.bot.id),
                "version": str(self._world.snowflake()),
                "type": command.get("type", 1),
                "description": command.get("description", ""),
            }
            | ({} if scope is None else {"guild_id": str(scope)})
            for command in commands
        ]
        return self._world.commands[scope]

    def _get_guild(self, call: Call) -> Json:
        return self._guild(call).payload()

    def _get_channels(self, call: Call) -> list[Json]:
        return [channel.payload() for channel in self._guild(call).channels]

    def _get_member(self, call: Call) -> Json:
        guild, user = self._guild(call), self._user(call)
        if user not in guild.members:
            raise RefusedError(404, 10007, "Unknown Member")
        return guild.member_payload(user)

    def _scope(self, call: Call) -> int | None:
        if call.id("application") != self._world.bot.id:
            raise RefusedError(403, 20012, "You are not authorized to do this")
        return self._guild(call).id if "guild" in call.parts else None

    def _guild(self, call: Call) -> Guild:
        guild = self._world.guilds.get(call.id("guild"))
        if guild is None:
            raise missing_access()
        return guild

    def _user(self, call: Call) -> User:
        user = self._world.users.get(call.id("user"))
        if user is None:
            raise RefusedError(404, 10013, "Unknown User")
        return user
