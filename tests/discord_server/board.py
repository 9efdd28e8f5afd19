"""Posts, edits and deletes messages and their reactions, and tells the gateway of it."""

from typing import Any

from tests.discord_server.body import Body
from tests.discord_server.gateway import Gateway
from tests.discord_server.guild import Channel, User
from tests.discord_server.interaction import Interaction
from tests.discord_server.message import Attachment, Message, MessageFlag
from tests.discord_server.message_form import check_message, mentions_problem
from tests.discord_server.permissions import Permission
from tests.discord_server.refusal import Json, RefusedError, missing_permissions
from tests.discord_server.world import World

DISTINCT_REACTIONS = 20
SETTABLE = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.EPHEMERAL
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.IS_COMPONENTS_V2
)


class Board:
    """The messages of all channels.

    Dictionaries are replaced, not changed: tests read them in another thread.
    """

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    def post(
        self,
        channel: Channel,
        author: User,
        body: Body,
        interaction: Interaction | None = None,
        type: int = 0,  # noqa: A002 as Discord calls it
    ) -> Message:
        """Post a message.

        Raises:
            RefusedError: If the bot may not, or its form is wrong.
        """
        message = Message(self._world.snowflake(), channel, author, type, interaction=interaction)
        if author is self._world.bot:
            self._check(message, body, before=None)
        message.flags = MessageFlag(body.payload.get("flags") or 0) & SETTABLE
        if interaction is None:
            message.flags &= ~MessageFlag.EPHEMERAL
        message.nonce = body.payload.get("nonce")
        self._fill(message, body)
        self._show(message)
        return message

    def think(self, interaction: Interaction, flags: MessageFlag) -> Message:
        """Post the message that says that the bot is thinking."""
        message = Message(
            self._world.snowflake(), interaction.channel, self._world.bot, 20, interaction=interaction
        )
        message.flags = flags & MessageFlag.EPHEMERAL | MessageFlag.LOADING
        self._show(message)
        return message

    def edit(self, message: Message, body: Body) -> None:
        """Change a message of the bot's.

        Raises:
            RefusedError: If the bot may not, or its form is wrong.
        """
        self._check(message, body, before=message)
        if "flags" in body.payload:
            kept = message.flags & ~MessageFlag.SUPPRESS_EMBEDS
            message.flags = kept | MessageFlag(body.payload["flags"] or 0) & (
                SETTABLE & ~MessageFlag.EPHEMERAL
            )
        message.flags &= ~MessageFlag.LOADING
        self._fill(message, body)
        message.edits += 1  # last, as tests in another thread wait for it
        self._tell(message, "MESSAGE_UPDATE", message.event(self._world.bot))

    def delete(self, message: Message) -> None:
        """Take a message away."""
        message.is_deleted = True
        channel = message.channel
        channel.messages = {each: other for each, other in channel.messages.items() if other is not message}
        self._tell(message, "MESSAGE_DELETE", {"id": str(message.id)} | self._place(message, short=True))

    def react(self, message: Message, user: User, emoji: str) -> None:
        """Add a reaction; one that is there already stays.

        Raises:
            RefusedError: If the message has too many different ones.
        """
        if emoji not in message.reactions and len(message.reactions) >= DISTINCT_REACTIONS:
            raise RefusedError(400, 30010, "Maximum number of reactions reached (20)")
        users = message.reactions.get(emoji, [])
        if user in users:
            return
        message.reactions = message.reactions | {emoji: [*users, user]}
        member = message.channel.guild.member_payload(user)
        told = {"member": member, "message_author_id": str(message.author.id)}
        self._tell(message, "MESSAGE_REACTION_ADD", self._reaction(message, user, emoji) | told)

    def unreact(self, message: Message, user: User, emoji: str) -> None:
        """Take a reaction back; one that is not there stays away."""
        users = message.reactions.get(emoji, [])
        if user not in users:
            return
        left = message.reactions | {emoji: [other for other in users if other is not user]}
        message.reactions = {each: others for each, others in left.items() if others}
        self._tell(message, "MESSAGE_REACTION_REMOVE", self._reaction(message, user, emoji))

    def clear_reactions(self, message: Message, emoji: str | None = None) -> None:
        """Take all reactions away, or all of one emoji."""
        if emoji is None:
            message.reactions = {}
            self._tell(message, "MESSAGE_REACTION_REMOVE_ALL", self._place(message))
        elif emoji in message.reactions:
            message.reactions = {each: users for each, users in message.reactions.items() if each != emoji}
            told = {"emoji": {"id": None, "name": emoji}}
            self._tell(message, "MESSAGE_REACTION_REMOVE_EMOJI", self._place(message) | told)

    def _check(self, message: Message, body: Body, before: Message | None) -> None:
        channel = message.channel
        permissions = channel.permissions(self._world.bot)
        if body.files and Permission.ATTACH_FILES not in permissions:
            raise missing_permissions()
        if body.payload.get("embeds") and Permission.EMBED_LINKS not in permissions:
            raise missing_permissions()
        check_message(body, channel.guild.attachment_bytes, before)
        problem = mentions_problem(body.payload)
        if problem:
            self._world.complain(problem)

    def _fill(self, message: Message, body: Body) -> None:
        payload = body.payload
        message.content = payload.get("content", message.content) or ""
        message.embeds = payload.get("embeds", message.embeds) or []
        message.components = payload.get("components", message.components) or []
        if body.files or "attachments" in payload:
            # Where files come without the list, the list is theirs: what was attached before goes.
            # https://github.com/discord/discord-api-docs/issues/5170
            listed = payload.get("attachments") or [{"id": index} for index in body.files]
            message.attachments = [self._attachment(message, body, each) for each in listed]
        for problem in message.misused_files():
            self._world.complain(problem)

    def _attachment(self, message: Message, body: Body, listed: Json) -> Attachment:
        snowflake = int(listed["id"])
        if snowflake in body.files:
            file = body.files[snowflake]
            name: Any = listed.get("filename") or file.filename
            return self._world.add_file(message.channel.id, name, file.content, listed.get("description"))
        (kept,) = (attachment for attachment in message.attachments if attachment.id == snowflake)
        kept.description = listed.get("description", kept.description)
        return kept

    def _show(self, message: Message) -> None:
        message.channel.messages = message.channel.messages | {message.id: message}
        self._tell(message, "MESSAGE_CREATE", message.event(self._world.bot))

    def _tell(self, message: Message, event: str, data: Json) -> None:
        if not message.is_ephemeral:
            self._gateway.dispatch(event, data, message.channel.guild)

    def _place(self, message: Message, *, short: bool = False) -> Json:
        place = {"channel_id": str(message.channel.id), "guild_id": str(message.channel.guild.id)}
        return place if short else place | {"message_id": str(message.id)}

    def _reaction(self, message: Message, user: User, emoji: str) -> Json:
        reaction = {"user_id": str(user.id), "emoji": {"id": None, "name": emoji}, "burst": False, "type": 0}
        return self._place(message) | reaction
