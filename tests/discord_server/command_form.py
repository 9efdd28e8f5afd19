"""What Discord accepts as commands and as choices.

Source: "Application Commands" in Discord's documentation.
"""

import re
from typing import Any

from tests.discord_server.refusal import Form, Json

CHAT_INPUT = 1
SUBCOMMAND, SUBCOMMAND_GROUP, STRING, INTEGER, NUMBER, ATTACHMENT = 1, 2, 3, 4, 10, 11
NAME = re.compile(r"[-_'\w]{1,32}")
LARGEST_COMMAND_CHARACTERS = 8000


def check_commands(commands: list[Json]) -> None:
    """Refuse a list of commands that Discord would refuse.

    Raises:
        RefusedError: What Discord would answer.
    """
    form = Form()
    form.length("commands", [c for c in commands if c.get("type", CHAT_INPUT) == CHAT_INPUT], 100)
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        kind = command.get("type", CHAT_INPUT)
        if (kind, command["name"]) in seen:
            form.wrong(
                str(index), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        seen.add((kind, command["name"]))
        if kind == CHAT_INPUT:
            _check_named(command, str(index), form)
            _check_options(command.get("options") or [], f"{index}.options", form)
        else:
            form.length(f"{index}.name", command["name"], 32, 1)
        if _characters(command) > LARGEST_COMMAND_CHARACTERS:
            form.wrong(str(index), "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    form.check()


def check_choices(choices: list[Json], place: str, form: Form) -> None:
    """Mark what Discord refuses among the choices of an option, or of an autocomplete."""
    form.length(place, choices, 25)
    for index, choice in enumerate(choices):
        form.length(f"{place}.{index}.name", choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            form.length(f"{place}.{index}.value", choice["value"], 100, 1)


def _check_named(each: Json, place: str, form: Form) -> None:
    name = each["name"]
    if not NAME.fullmatch(name) or name != name.lower():
        form.wrong(f"{place}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    form.length(f"{place}.description", each.get("description"), 100, 1)


def _check_options(options: list[Json], place: str, form: Form) -> None:
    form.length(place, options, 25)
    names = [option["name"] for option in options]
    if len(set(names)) < len(names):
        form.wrong(place, "APPLICATION_COMMAND_OPTIONS_DUPLICATE_NAME", "Option names must be unique")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        form.wrong(place, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options come first")
    for index, option in enumerate(options):
        field = f"{place}.{index}"
        _check_named(option, field, form)
        form.one_of(f"{field}.type", option["type"], range(1, 12))
        check_choices(option.get("choices") or [], f"{field}.choices", form)
        if option.get("autocomplete"):
            form.one_of(f"{field}.type", option["type"], {STRING, INTEGER, NUMBER})
            if option.get("choices"):
                form.wrong(f"{field}.autocomplete", "INVALID", "Choices and autocomplete exclude one another")
        _check_options(option.get("options") or [], f"{field}.options", form)


def _characters(each: Json) -> int:
    """Names, descriptions and values, of translations the longest only."""
    options = sum(_characters(option) for option in each.get("options") or [])
    choices = sum(
        _longest(choice, "name") + len(str(choice.get("value", ""))) for choice in each.get("choices") or []
    )
    return _longest(each, "name") + _longest(each, "description") + options + choices


def _longest(each: Json, field: str) -> int:
    translations: dict[str, Any] = each.get(f"{field}_localizations") or {}
    return max(map(len, [each.get(field) or "", *translations.values()]))
