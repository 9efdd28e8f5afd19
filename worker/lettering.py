"""Letters for pictures: the typeface that comes with Pillow, and texts spelled and cut to suit it."""

import unicodedata
from typing import Final, cast

from PIL import ImageFont

_LONGEST: Final = 400  # letters looked at, so that a hostile text costs no time

# The typeface knows ASCII and a few signs.
_KNOWN_SIGNS: Final = frozenset("·«»°")
_SPELLINGS: Final = str.maketrans(
    {
        "♭": "b",
        "♯": "#",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "Ø": "O",
        "ø": "o",
        "Ł": "L",
        "ł": "l",
        "Æ": "Ae",
        "æ": "ae",
        "Œ": "Oe",
        "œ": "oe",
    }
)


def typeface(size: float) -> ImageFont.FreeTypeFont:
    """The typeface, laid out alike with and without Pillow's optional layout library."""
    built_in = cast(ImageFont.FreeTypeFont, ImageFont.load_default(size))  # always one where a size is given
    return built_in.font_variant(layout_engine=ImageFont.Layout.BASIC)


def shortened(text: str, face: ImageFont.FreeTypeFont, width: float) -> str:
    """The text on one line, in letters the typeface knows, cut with an ellipsis if wider than `width` pixels.

    Accents go, some letters are spelled with two, and what is still unknown is left out.
    """
    plain = unicodedata.normalize("NFKD", text[:_LONGEST].translate(_SPELLINGS))
    known = (sign for sign in plain if sign.isspace() or " " <= sign <= "~" or sign in _KNOWN_SIGNS)
    line = " ".join("".join(known).split())
    if face.getlength(line) <= width:
        return line
    while line and face.getlength(line + "…") > width:
        line = line[:-1].rstrip()
    return line + "…"
