"""The forms that a piece can be asked for."""

AUTO = "auto"
"""A form that pieces of the style have, drawn by the seed."""

FREE = "free"
"""No plan."""

FORMS = (AUTO, FREE, "prelude", "ternary", "song", "binary", "rondo", "variations", "verse-chorus")
