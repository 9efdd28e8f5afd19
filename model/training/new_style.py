"""A style beside the old ones: its name, and a network with room for it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model.checkpoint import Checkpoint
from model.errors import ControlError

LONGEST_NAME = 24

_ANY = "any"
"""What cards and options call an unspecified style."""


def style_named(text: str, styles: Sequence[str]) -> str:
    """The name of a new style as it is kept: white space trimmed and single, Unicode composed.

    Args:
        text: letters (of any script), digits, spaces and dashes, a letter first.
        styles: names that are taken, whatever their case, spaces and dashes.

    Raises:
        ControlError: the name cannot be used.
    """
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    is_spelled = name[:1].isalpha() and all(sign.isalnum() or sign in " -" for sign in name)
    if not is_spelled or len(name) > LONGEST_NAME:
        raise ControlError(
            f"A style's name begins with a letter and has letters, digits, spaces and dashes, "
            f"{LONGEST_NAME} at the most; {_shown(text)} is none."
        )
    if _folded(name) == _ANY:
        raise ControlError(f'A style cannot be called "{name}": so a piece without a style is called.')
    if taken := next((style for style in styles if _folded(style) == _folded(name)), None):
        raise ControlError(f'There is a style "{taken}" already; choose another name.')
    return name


def with_style(base: Checkpoint, name: str, *, like: int) -> Checkpoint:
    """A checkpoint that knows one style more and has forgotten nothing.

    Args:
        base: the checkpoint to widen; whatever it is told in old terms, the new one answers the same.
        name: of the new style, which becomes the last.
        like: index of the old style that the new one begins as.
    """
    place = len(base.styles)  # the style is the first control, so this is its next feature
    told = base.weights["control.weight"]  # (control_size, control_features)
    weights = {**base.weights, "control.weight": np.insert(told, place, told[:, like], axis=1)}
    config = replace(base.config, control_features=base.config.control_features + 1)
    return replace(base, config=config, styles=(*base.styles, name), weights=weights, digest="")


def _folded(name: str) -> str:
    """As requests compare styles: case, spaces and dashes do not count."""
    return re.sub(r"[\s_-]+", "", name).casefold()


def _shown(text: str) -> str:
    """A text as a refusal may quote it."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return f'"{printable[:40]}"'
