"""Forms by name: which of a piece's sections take up which."""

from types import MappingProxyType

PRELUDE = "prelude"
"""One section, without a return."""

FORMS = MappingProxyType(
    {
        PRELUDE: "A",
        "ternary": "ABA",
        "song": "AABA",
        "binary": "AABB",
        "rondo": "ABACA",
        "variations": "AAAA",
        "verse-chorus": "ABAB",
    }
)
"""The sections of each form; a letter that stood before takes up the first section of that letter."""

AUTO = "auto"
"""A form drawn from those that pieces of the style have."""

FREE = "free"
"""No plan: the network goes where it goes."""

SHORTEST_SECTION_SECONDS = 8.0
LONGEST_SECTION_SECONDS = 30.0


def sections_of(form: str, seconds: float) -> str:
    """The letters of a form that is to last so long.

    A section that would be longer than `LONGEST_SECTION_SECONDS` is played twice; where sections would be
    shorter than `SHORTEST_SECTION_SECONDS`, the form is cut down to a ternary one or to a prelude.
    """
    letters = FORMS[form]
    if seconds < len(letters) * SHORTEST_SECTION_SECONDS:
        ternary = FORMS["ternary"]
        letters = ternary if len(letters) > 1 and seconds >= len(ternary) * SHORTEST_SECTION_SECONDS else "A"
    while letters != "A" and seconds > len(letters) * LONGEST_SECTION_SECONDS:
        letters = "".join(letter * 2 for letter in letters)
    return letters
