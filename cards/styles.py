"""What a style is called, and the colour of its cards."""

from types import MappingProxyType

from cards.catalogue import FALLBACK, LANGUAGES, text

ANY_STYLE_COLOUR = 0x8A71D6
QUIET_COLOUR = 0x80848E
FAILURE_COLOUR = 0xD05A50

# Equally bright (relative luminance about 0.22), to stand out alike from a dark and a light ground.
_COLOURS = MappingProxyType(
    {
        "baroque": 0xA67B30,
        "classical": 0x4185C8,
        "romantic": 0xCF5976,
        "impressionist": 0x2C8D96,
        "modern": 0xA565D2,
        "ragtime": 0xC26B38,
        "pop": 0xCE55A5,
        "salon": 0x538E29,
        "latin": 0xCD6251,
        "klezmer": 0x2A9270,
        "minimalist": 0x7179D6,
    }
)


def style_name(style: str, locale: str) -> str:
    """Returns what a style is called; one of a corpus of one's own keeps its name."""
    key = f"style.{style}"
    return text(key, locale) if key in LANGUAGES[FALLBACK] else style


def style_colour(style: str | None) -> int:
    """Returns the colour of a style's cards, 0xRRGGBB."""
    return _COLOURS.get(style or "", ANY_STYLE_COLOUR)
