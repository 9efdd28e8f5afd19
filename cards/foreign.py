"""Texts that others wrote, such as names of styles: made fit to stand in a message, whatever they hold."""

import re

ELLIPSIS = "…"
SHOWN_CHARACTERS = 80

# What Discord's markdown acts upon: anywhere, at the start of a text, and in the middle of an address.
_MARKDOWN = re.compile(r"[\\*_~`|<>\[\]@]|^[#+-]|(?<=:)/(?=/)")


def width(text: str) -> int:
    """Returns how long Discord takes a text to be: in UTF-16 code units, as its clients count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, limit: int) -> str:
    """Returns a text of at most `limit` UTF-16 code units, cut with an ellipsis where it was longer."""
    units = text[: limit + 1].encode("utf-16-le", "surrogatepass")  # of a hostile text no more is looked at
    if len(units) <= 2 * limit:
        return text
    if not limit:
        return ""
    kept = units[: 2 * (limit - len(ELLIPSIS))].decode("utf-16-le", "ignore")  # a pair cut in two goes
    return kept.rstrip() + ELLIPSIS


def plain(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Returns a text on one line, cut to `limit`; characters that do not print become `?`."""
    line = " ".join(text[: 4 * limit].split())
    return shortened("".join(sign if sign.isprintable() else "?" for sign in line), limit)


def escaped(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Returns a text as `plain` does, which markdown shows as it is: no mention, no link, no heading.

    The backslashes come on top of the limit.
    """
    return _MARKDOWN.sub(r"\\\g<0>", plain(text, limit))
