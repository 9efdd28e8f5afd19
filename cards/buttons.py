"""The buttons of a message, and what a click on one means."""

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from cards.catalogue import text
from cards.foreign import shortened
from jobs.request import ID_ALPHABET, PieceId

MAX_LABEL = 80


class Action(StrEnum):
    """What a button does, to the piece or to the task whose id stands behind it."""

    AGAIN = "again"
    CONTINUE = "continue"
    VARIATION = "variation"
    RECIPE = "recipe"
    DELETE = "delete"
    CANCEL = "cancel"


CUSTOM_ID = re.compile(rf"etude:(?P<action>{'|'.join(Action)}):(?P<id>[{ID_ALPHABET}]{{10,12}})")
"""Every `custom_id` of ours: it outlives the process that set it, so all that a click needs stands in it."""


class ButtonStyle(IntEnum):
    """Discord's looks of a button."""

    PRIMARY = 1
    SECONDARY = 2
    SUCCESS = 3
    DANGER = 4
    LINK = 5


@dataclass(frozen=True)
class Button:
    """A button: with a `custom_id` it tells of a click, with a `url` it opens a page.

    Attributes:
        label: what stands on it.
        custom_id: by which a click on it is known; empty for a link.
        style: how it looks.
        emoji: one Unicode emoji before the label, or none.
        url: of a link.
        is_disabled: whether it cannot be clicked.
    """

    label: str
    custom_id: str = ""
    style: ButtonStyle = ButtonStyle.SECONDARY
    emoji: str = ""
    url: str = ""
    is_disabled: bool = False

    def to_payload(self) -> dict[str, Any]:
        """Returns Discord's JSON of this button."""
        payload: dict[str, Any] = {
            "type": 2,
            "style": int(self.style),
            "label": shortened(self.label, MAX_LABEL),
            "disabled": self.is_disabled,
        }
        if self.emoji:
            payload["emoji"] = {"name": self.emoji}
        return payload | ({"url": self.url} if self.url else {"custom_id": self.custom_id})


Row = tuple[Button, ...]
"""Up to five buttons beside each other."""

_EMOJI = {
    Action.AGAIN: "🔁",
    Action.CONTINUE: "⏩",
    Action.VARIATION: "🎲",
    Action.RECIPE: "📋",
    Action.DELETE: "🗑️",
}


def custom_id(action: Action, subject_id: PieceId) -> str:
    """Returns the `custom_id` of a button; `subject_id` is the task's for `CANCEL`, else the piece's."""
    return f"etude:{action}:{subject_id}"


def parse_custom_id(written: str) -> tuple[Action, PieceId] | None:
    """Returns what a `custom_id` says; None where it is not one of ours."""
    match = CUSTOM_ID.fullmatch(written)
    return None if match is None else (Action(match["action"]), match["id"])


def piece_row(piece_id: PieceId, locale: str) -> Row:
    """Returns the buttons below a finished piece."""
    return tuple(_button(action, piece_id, locale) for action in _EMOJI)


def cancel_row(task_id: PieceId, locale: str) -> Row:
    """Returns the button below a request that can still be withdrawn."""
    return (_button(Action.CANCEL, task_id, locale),)


def _button(action: Action, subject_id: PieceId, locale: str) -> Button:
    return Button(
        label=text(f"button.{action}", locale),
        custom_id=custom_id(action, subject_id),
        style=ButtonStyle.DANGER if action is Action.DELETE else ButtonStyle.SECONDARY,
        emoji=_EMOJI.get(action, ""),
    )
