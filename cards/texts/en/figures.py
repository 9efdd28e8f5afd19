"""Numbers, ordinals, durations and sizes."""

TEXTS = {
    "number.decimal": ".",
    "number.group": ",",
    "number.percent": "{number}%",
    # Which of these is taken for a number is told by `cards/figures.py`; most languages need only the last.
    "ordinal.one": "{number}st",
    "ordinal.two": "{number}nd",
    "ordinal.few": "{number}rd",
    "ordinal.other": "{number}th",
    "duration.seconds": "{number} s",
    "duration.minutes": "{number} min",
    "duration.hours": "{number} h",
    "size.megabytes": "{number} MB",
}
