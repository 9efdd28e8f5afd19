"""Buttons, selects and what holds them: how they nest, and what Discord accepts.

Source: "Component Reference" in Discord's documentation.
"""

from collections.abc import Iterator
from typing import Any

from tests.discord_server.refusal import Form, Json

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY, LABEL = 1, 2, 3, 4, 10, 18
SELECTS = {STRING_SELECT, 5, 6, 7, 8}
LINK = 5  # the style of a button that opens an address
PREMIUM = 6


def nested(components: list[Json]) -> Iterator[Json]:
    """Every component, those inside others after what holds them."""
    for component in components:
        yield component
        yield from nested(component.get("components") or [])
        yield from nested([component[key] for key in ("accessory", "component") if key in component])


def check_components(components: list[Json], form: Form, *, is_v2: bool) -> None:
    """Mark what Discord refuses in the components of a message."""
    if is_v2:
        everything = list(nested(components))
        form.length("components", everything, 40)
        text = sum(len(part["content"]) for part in everything if part["type"] == TEXT_DISPLAY)
        if text > 4000:
            form.wrong("components", "BASE_TYPE_MAX_LENGTH", "Must be 4000 or fewer in length.")
    else:
        form.length("components", components, 5)
        for index, row in enumerate(components):
            form.one_of(f"components.{index}.type", row["type"], {ACTION_ROW})
    _check_nested(components, "components", form)
    _check_duplicates(components, form)


def check_modal(modal: Json, form: Form) -> None:
    """Mark what Discord refuses in a modal."""
    form.length("data.custom_id", modal.get("custom_id"), 100, 1)
    form.length("data.title", modal.get("title"), 45, 1)
    components = modal.get("components") or []
    form.length("data.components", components, 5, 1)
    for index, row in enumerate(components):
        form.one_of(f"data.components.{index}.type", row["type"], {ACTION_ROW, TEXT_DISPLAY, LABEL})
    _check_nested(components, "data.components", form)
    _check_duplicates(components, form)


def _check_nested(components: list[Json], place: str, form: Form) -> None:
    for index, component in enumerate(components):
        field = f"{place}.{index}"
        kind = component["type"]
        if kind == ACTION_ROW:
            _check_row(component, field, form)
        elif kind == BUTTON:
            _check_button(component, field, form)
        elif kind in SELECTS:
            _check_select(component, field, form)
        elif kind == TEXT_INPUT:
            form.length(f"{field}.custom_id", component.get("custom_id"), 100, 1)
            form.length(f"{field}.label", component.get("label"), 45)
            form.length(f"{field}.placeholder", component.get("placeholder"), 100)
            form.length(f"{field}.value", component.get("value"), 4000)
        elif kind == LABEL:
            form.length(f"{field}.label", component.get("label"), 45, 1)
            form.length(f"{field}.description", component.get("description"), 100)
        inside = component.get("components") or []
        _check_nested(inside, f"{field}.components", form)
        for key in ("accessory", "component"):
            if key in component:
                _check_nested([component[key]], f"{field}.{key}", form)


def _check_row(row: Json, field: str, form: Form) -> None:
    inside = row.get("components") or []
    form.length(f"{field}.components", inside, 5, 1)
    if len(inside) > 1 and any(component["type"] != BUTTON for component in inside):
        form.wrong(
            f"{field}.components",
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        )


def _check_button(button: Json, field: str, form: Form) -> None:
    style = button.get("style")
    form.one_of(f"{field}.style", style, range(1, 7))
    form.length(f"{field}.label", button.get("label"), 80)
    if style == LINK:
        form.length(f"{field}.url", button.get("url"), 512, 1)
    elif style != PREMIUM:
        form.length(f"{field}.custom_id", button.get("custom_id"), 100, 1)
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        form.wrong(field, "BUTTON_COMPONENT_INVALID_EMOJI_OR_LABEL", "A button must have a label or an emoji")


def _check_select(select: Json, field: str, form: Form) -> None:
    form.length(f"{field}.custom_id", select.get("custom_id"), 100, 1)
    form.length(f"{field}.placeholder", select.get("placeholder"), 150)
    if select["type"] != STRING_SELECT:
        return
    options = select.get("options") or []
    form.length(f"{field}.options", options, 25, 1)
    for index, option in enumerate(options):
        form.length(f"{field}.options.{index}.label", option.get("label"), 100, 1)
        form.length(f"{field}.options.{index}.value", option.get("value"), 100, 1)
        form.length(f"{field}.options.{index}.description", option.get("description"), 100)
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        form.wrong(
            f"{field}.options",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
            "The specified option value is already used",
        )


def _check_duplicates(components: list[Json], form: Form) -> None:
    seen: set[Any] = set()
    for component in nested(components):
        custom_id = component.get("custom_id")
        if custom_id in seen:
            form.wrong(
                "components",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                f"Component custom id cannot be duplicated: {custom_id}",
            )
        if custom_id:
            seen.add(custom_id)
