"""Numbers, ordinals, durations and sizes."""

TEXTS = {
    "number.decimal": ",",
    "number.group": ".",
    "number.percent": "{number} %",
    "ordinal.one": "{number}.",
    "ordinal.two": "{number}.",
    "ordinal.few": "{number}.",
    "ordinal.other": "{number}.",
    "duration.seconds": "{number} s",
    "duration.minutes": "{number} min",
    "duration.hours": "{number} h",
    "size.megabytes": "{number} MB",
}
