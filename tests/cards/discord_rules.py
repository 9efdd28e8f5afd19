"""What Discord takes for a message, written down a second time, from its documentation: refuses the rest."""

import re
from typing import Any

KEYS = {"content", "embeds", "components", "attachments", "allowed_mentions"}
EMBED_KEYS = {"title", "description", "color", "fields", "footer", "image"}


def length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def assert_sendable(payload: dict[str, Any]) -> None:
    """Fails on whatever Discord answers with "Invalid Form Body", and on anything that pings."""
    assert set(payload) == KEYS
    assert payload["allowed_mentions"] == {"parse": []}
    assert length(payload["content"]) <= 2000
    assert payload["content"].strip() or payload["embeds"]
    for embed in payload["embeds"]:
        _assert_embed(embed, {file["filename"] for file in payload["attachments"]})
    assert len(payload["components"]) <= 5
    buttons = [button for row in payload["components"] for button in _buttons(row)]
    custom_ids = [button["custom_id"] for button in buttons if "custom_id" in button]
    assert len(custom_ids) == len(set(custom_ids))
    assert [file["id"] for file in payload["attachments"]] == list(range(len(payload["attachments"])))
    assert len(payload["attachments"]) <= 10
    for file in payload["attachments"]:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", file["filename"])
        assert 0 < length(file["description"]) <= 1024
    str(payload).encode()  # no lone surrogates


def _assert_embed(embed: dict[str, Any], files: set[str]) -> None:
    assert set(embed) <= EMBED_KEYS
    assert set(embed) & {"title", "description", "fields", "footer", "image"}
    assert 0 <= embed["color"] <= 0xFFFFFF
    limits = {"title": 256, "description": 4096}
    texts = [(embed[name], limit) for name, limit in limits.items() if name in embed]
    texts += [(embed["footer"]["text"], 2048)] if "footer" in embed else []
    fields = embed.get("fields", [])
    assert len(fields) <= 25
    for field in fields:
        assert set(field) == {"name", "value", "inline"}
        texts += [(field["name"], 256), (field["value"], 1024)]
    for text, limit in texts:
        assert 0 < length(text.strip()) <= limit
    assert sum(length(text) for text, _ in texts) <= 6000
    if "image" in embed:
        assert embed["image"]["url"].removeprefix("attachment://") in files


def _buttons(row: dict[str, Any]) -> list[dict[str, Any]]:
    assert set(row) == {"type", "components"}
    assert row["type"] == 1
    assert 1 <= len(row["components"]) <= 5
    for button in row["components"]:
        assert button["type"] == 2
        assert isinstance(button["disabled"], bool)
        assert 0 < length(button["label"]) <= 80
        if button["style"] == 5:
            assert "custom_id" not in button
            assert 0 < length(button["url"]) <= 512
        else:
            assert button["style"] in (1, 2, 3, 4)
            assert 0 < length(button["custom_id"]) <= 100
    return list(row["components"])
