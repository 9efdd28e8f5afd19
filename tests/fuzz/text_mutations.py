"""What people and programs might type or send: options of a command, and interactions of Discord."""

import json
from collections.abc import Mapping
from copy import deepcopy
from random import Random
from typing import Any

from jobs.options import ComposeOptions

Json = Any

_TEXTS = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e400",
        "nan",
        "inf",
        "\uff11\uff12",
        "\u0663",
        "1:30",
        "99:59",
        "60 s",
        "1.5 min",
    ),
    *(
        "+6",
        ".5",
        "5.",
        "9223372036854775807",
        "9223372036854775808",
        "9" * 5000,
        "1," * 12,
        "0,0,0,0,0,0,0,0,0,0,0,0",
    ),
    *(
        "\x00",
        "a\nb",
        "\u202egnp.exe",
        "\ud800",
        "\U0001f3b9" * 50,
        "<@&1>",
        "@everyone",
        "```",
        "../../etc/passwd",
    ),
    *(
        "'; DROP TABLE pieces; --",
        "%s%n",
        "${jndi:x}",
        "{0.__class__}",
        "x" * 6000,
        "\xdf",
        "\u0130",
        "e\u0301",
    ),
)
_FITTING = {
    "style": ("ragtime", "Ragtime ", "any style", "POP"),
    "key": ("C minor", "c#", "Bb major", "f\u266f", "H dur"),
    "length": ("60", "1:30", "60 s", "1.5 min", "10", "300", "3e1"),
    "density": ("dense", "8", "0.5", "30", " Sparse"),
    "mood": ("calm", "lively", "neutral"),
    "temperature": ("1", ".9", "2.0", "0.1"),
    "top_p": ("1", "0.98", "1e-9"),
    "guidance": ("0", "1.5", "5"),
    "form": ("auto", "rondo", "verse chorus"),
    "candidates": ("1", "8", "004"),
    "level": ("easy", "Advanced"),
    "seed": ("0", "7", "9223372036854775807"),
    "pitches": (
        "2,0,1,0,1,1,0,1,0,1,0,1",
        "[1,2,3,4,5,6,7,8,9,10,11,12]",
        ",".join(["1e308"] * 12),
        "1e-320," * 11 + "0",
    ),
    "rendition": ("score", "performed"),
    "format": (".MP3", "opus", "wav"),
}
_NUMBERS = (0, 1, -1, 2, 12, 300, 1 << 31, 1 << 63, -(1 << 63), 1 << 70, 0.1, -0.0, 1e-320, 1e308, 2.0000001)
_KINDS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99)
_ACTIONS = (
    *("etude:again", "etude:continue", "etude:variation", "etude:recipe", "etude:delete", "etude:cancel"),
    *("vote:human", "ask", "x:y"),
)
_KEPT = frozenset(
    {"id", "token", "application_id", "url", "proxy_url", "type", "guild_id", "channel_id", "resolved"}
)
"""Without which an interaction is not one, leads to other machines, or lacks files that it names."""

_FILE = 11


def text(random: Random) -> str:
    """Something that is typed."""
    typed = random.choice(_TEXTS if random.random() < 0.5 else random.choice([*_FITTING.values()]))
    for _ in range(random.choice((0, 0, 1, 2))):
        place = random.randint(0, len(typed))
        match random.randrange(4):
            case 0:
                typed = typed[:place] + typed[place + 1 :]
            case 1:
                typed = (
                    typed[:place]
                    + random.choice(("0", ".", "-", " ", ",", "é", "\u200b", "\t"))
                    + typed[place:]
                )
            case 2:
                typed = typed.upper() if random.random() < 0.5 else typed.swapcase()
            case _:
                typed = typed[place:] + random.choice(_TEXTS)
    return typed


def options(random: Random) -> bytes:
    """Options of `compose`, as JSON."""
    names = [name for name in ComposeOptions.model_fields if not name.startswith("primer")]
    chosen = random.sample(names, random.choice((1, 1, 2, 3, len(names))))
    given: dict[str, Json] = {
        name: random.choice(_FITTING[name]) if random.random() < 0.8 else text(random) for name in chosen
    }
    if random.random() < 0.2:
        given |= {"primer_sha256": "ab" * 32, "primer_echo": random.random() < 0.5}
    return json.dumps(given).encode()


def interaction(random: Random, seeds: Mapping[str, Json]) -> bytes:
    """An interaction with some of what it tells changed, as JSON of `data`, `locale` and `overrides`."""
    name = random.choice(sorted(seeds))
    told = deepcopy(seeds[name])
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        _change(random, told)
    return json.dumps(told).encode()


def _change(random: Random, told: Json) -> None:
    """Change one thing that stands somewhere in it; Discord sees to it that words stay words."""
    places = [(parent, key) for parent, key in _places(told) if not _names_a_file(parent, key)]
    if not places:
        return
    parent, key = random.choice(places)
    name, value = key if isinstance(key, str) else "", parent[key]
    match random.randrange(5):
        case 0 if name not in _KEPT:
            del parent[key]
        case 1 if isinstance(parent, list):
            parent.append(deepcopy(value))
        case 2 if name == "custom_id":
            action = random.choice(_ACTIONS)
            subject = random.choice(("23456789abcd", "2" * 10, "1" * 12, text(random)))
            parent[key] = f"{action}:{subject}"
        case 3 if name == "type" and parent is not told:
            parent[key] = random.choice(_KINDS)
        case _ if name not in _KEPT:
            parent[key] = _like(random, value)


def _names_a_file(parent: Json, key: Any) -> bool:
    """Whether it stands for a file or leads to one: those that options name Discord sends along."""
    is_option = isinstance(parent, dict) and parent.get("type") == _FILE
    return is_option or key == "attachments" or (isinstance(key, str) and key.isdecimal())


def _like(random: Random, value: Json) -> Json:
    """Something else of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return random.choice([number for number in _NUMBERS if isinstance(number, int)])
        case float():
            return random.choice(_NUMBERS)
        case str():
            return text(random)
        case _:
            return random.choice((None, [], {}))


def _places(told: Json) -> list[tuple[Json, Any]]:
    found: list[tuple[Json, Any]] = []
    items = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    for key, value in items:
        found.append((told, key))
        found += _places(value)
    return found
