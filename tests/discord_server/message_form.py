"""What Discord accepts as a message.

Sources: "Create Message", "Embed Limits" and "Uploading Files" in Discord's documentation.
"""

from typing import Any

from tests.discord_server.body import Body
from tests.discord_server.components import check_components
from tests.discord_server.message import Message, MessageFlag
from tests.discord_server.refusal import Form, Json, RefusedError, too_large

# field, maximum, minimum
EMBED_TEXTS = (
    ("title", 256, 0),
    ("description", 4096, 0),
    ("footer.text", 2048, 0),
    ("author.name", 256, 0),
)
ADDRESSES = ("url", "image.url", "thumbnail.url", "author.url", "author.icon_url", "footer.icon_url")
PARTS = ("content", "embeds", "components", "attachments")
KNOWN_FIELDS = {
    *PARTS,
    *("allowed_mentions", "enforce_nonce", "flags", "message_reference", "nonce", "sticker_ids", "tts"),
}


def check_message(body: Body, attachment_bytes: int, before: Message | None = None) -> None:
    """Refuse a message that Discord would refuse.

    Args:
        body: The request's body.
        attachment_bytes: The largest file that the channel takes.
        before: The message as it is, where it is edited.

    Raises:
        RefusedError: What Discord would answer.
    """
    if any(len(file.content) > attachment_bytes for file in body.files.values()):
        raise too_large()
    payload = body.payload
    flags = MessageFlag(payload.get("flags") or 0) | (before.flags if before else MessageFlag(0))
    form = Form()
    for unknown in payload.keys() - KNOWN_FIELDS:
        form.wrong(unknown, "NOT_MODELLED", "Discord ignores this field, or this server does not know it")
    form.length("content", payload.get("content"), 2000)
    form.length("nonce", str(payload.get("nonce") or ""), 25)
    _check_embeds(payload.get("embeds") or [], form)
    is_v2 = MessageFlag.IS_COMPONENTS_V2 in flags
    check_components(payload.get("components") or [], form, is_v2=is_v2)
    if is_v2 and (payload.get("content") or payload.get("embeds")):
        form.wrong("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Use components alone")
    _check_attachments(body, before, form)
    form.check()
    if not _remains(body, before):
        raise RefusedError(400, 50006, "Cannot send an empty message")


def mentions_problem(payload: Json) -> str | None:
    """Why a message could ping somebody, or None; Discord allows it, but this project does not."""
    mentions = payload.get("allowed_mentions")
    if mentions is None:
        return "a message without allowed_mentions"
    if mentions.get("parse") != [] or any(mentions.get(kind) for kind in ("users", "roles", "replied_user")):
        return f"a message that may ping: {mentions}"
    return None


def _remains(body: Body, before: Message | None) -> bool:
    """Whether a message has anything in it."""
    given = body.payload
    parts = [given[part] if part in given else before and getattr(before, part) for part in PARTS]
    return bool(body.files) or any(parts)


def _check_embeds(embeds: list[Json], form: Form) -> None:
    form.length("embeds", embeds, 10)
    total = 0
    for index, embed in enumerate(embeds):
        place = f"embeds.{index}"
        texts = [(path, _at(embed, path), maximum, minimum) for path, maximum, minimum in EMBED_TEXTS]
        form.length(f"{place}.fields", embed.get("fields"), 25)
        for number, field in enumerate(embed.get("fields") or []):
            texts.append((f"fields.{number}.name", field.get("name"), 256, 1))
            texts.append((f"fields.{number}.value", field.get("value"), 1024, 1))
        for path, text, maximum, minimum in texts:
            form.length(f"{place}.{path}", text, maximum, minimum)
            total += len(text or "")
        for path in ADDRESSES:
            address = _at(embed, path)
            if address is not None and not str(address).startswith(("http://", "https://", "attachment://")):
                form.wrong(
                    f"{place}.{path}",
                    "URL_TYPE_INVALID_SCHEME",
                    "Scheme must be one of http, https, attachment.",
                )
    if total > 6000:
        form.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def _check_attachments(body: Body, before: Message | None, form: Form) -> None:
    listed = body.payload.get("attachments")
    described = listed if listed is not None else [{"id": index} for index in body.files]
    form.length("attachments", described, 10)
    known = set(body.files) | ({a.id for a in before.attachments} if before else set())
    for index, attachment in enumerate(described):
        form.one_of(f"attachments.{index}.id", int(attachment["id"]), known)
        form.length(f"attachments.{index}.description", attachment.get("description"), 1024)
    for lost in set(body.files) - {int(attachment["id"]) for attachment in described}:
        form.wrong(f"attachments.{lost}", "NOT_LISTED", f"files[{lost}] is not among the attachments")


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = (value or {}).get(key)
    return value
