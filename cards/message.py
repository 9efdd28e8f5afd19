"""A message as plain data, and the JSON that Discord takes for it.

Limits are those of Discord's API documentation (Message, Embed and Component resources). What is too long is
cut with an ellipsis, so that no text that anybody chose can keep a message from being sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cards.buttons import Row
from cards.foreign import shortened, width

MAX_CONTENT = 2_000
MAX_TITLE = 256
MAX_DESCRIPTION = 4_096
MAX_FIELDS = 25
MAX_FIELD_NAME = 256
MAX_FIELD_VALUE = 1_024
MAX_FOOTER = 2_048
MAX_EMBED_TEXT = 6_000
"""Over all texts of an embed (of all in a message, where there are more)."""
MAX_ALT_TEXT = 1_024


@dataclass(frozen=True)
class Field:
    """A heading and a text in an embed; up to three that are inline stand beside each other."""

    name: str
    value: str
    is_inline: bool = False


@dataclass(frozen=True)
class Embed:
    """A card with a coloured edge.

    Attributes:
        title: its heading.
        description: the text below, in markdown.
        colour: of the edge, 0xRRGGBB.
        fields: below the description, their texts in markdown.
        footer: the small last line, without markdown.
        image: file name of the attachment that is shown in it.
    """

    title: str = ""
    description: str = ""
    colour: int = 0
    fields: tuple[Field, ...] = ()
    footer: str = ""
    image: str = ""

    def to_payload(self) -> dict[str, Any]:
        """Returns Discord's JSON of this embed.

        A field without name or value, which Discord refuses, is left out.
        """
        title, description, footer, *field_texts = _fitted(
            [
                (self.title, MAX_TITLE),
                (self.description, MAX_DESCRIPTION),
                (self.footer, MAX_FOOTER),
                *(
                    part
                    for field in self.fields[:MAX_FIELDS]
                    for part in ((field.name, MAX_FIELD_NAME), (field.value, MAX_FIELD_VALUE))
                ),
            ]
        )
        fields = [
            {"name": name, "value": value, "inline": field.is_inline}
            for field, name, value in zip(self.fields, field_texts[::2], field_texts[1::2], strict=False)
            if name and value
        ]
        payload: dict[str, Any] = {
            "title": title,
            "description": description,
            "color": self.colour,
            "fields": fields,
            "footer": {"text": footer} if footer else {},
            "image": {"url": f"attachment://{self.image}"} if self.image else {},
        }
        return {name: value for name, value in payload.items() if value not in ("", [], {})}


@dataclass(frozen=True)
class Attachment:
    """A file beside a message: its name, and what is read to those who neither see nor hear it."""

    filename: str
    alt_text: str


@dataclass(frozen=True)
class Message:
    """All of a message; whatever an earlier version of it held and this one does not is gone.

    Attributes:
        content: text above everything else, in markdown.
        embed: the card.
        pictures: file names of attachments that are shown below it, each in a card of its own.
        rows: of buttons, up to five.
        attachments: in the order in which the files are sent along (`files[0]` is the first one's).
    """

    content: str = ""
    embed: Embed | None = None
    pictures: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    def to_payload(self) -> dict[str, Any]:
        """Returns Discord's JSON of this message, to be sent anew or in place of another; it pings nobody."""
        embeds = [] if self.embed is None else [self.embed]
        colour = 0 if self.embed is None else self.embed.colour
        embeds += [Embed(colour=colour, image=picture) for picture in self.pictures]
        return {
            "content": shortened(self.content, MAX_CONTENT),
            "embeds": [embed.to_payload() for embed in embeds],
            "components": [
                {"type": 1, "components": [button.to_payload() for button in row]} for row in self.rows
            ],
            "attachments": [
                {
                    "id": index,
                    "filename": file.filename,
                    "description": shortened(file.alt_text, MAX_ALT_TEXT),
                }
                for index, file in enumerate(self.attachments)
            ],
            "allowed_mentions": {"parse": []},
        }


def _fitted(texts: Iterable[tuple[str, int]]) -> list[str]:
    """Returns texts, trimmed and cut to their limits and to what the earlier ones leave of an embed."""
    room = MAX_EMBED_TEXT
    fitted = []
    for text, limit in texts:
        fitted.append(shortened(text.strip(), min(limit, room)))
        room -= width(fitted[-1])
    return fitted
