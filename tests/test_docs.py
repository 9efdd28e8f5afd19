"""The documents are complete and agree with the code: no placeholder is left, and links lead somewhere."""

import re
from pathlib import Path

import pytest

from bot.commands.pages import PERMISSIONS
from listening.store.tables import Base

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    "README.md",
    "PRIVACY.md",
    "soundfonts/README.md",
    "tests/fixtures/README.md",
    *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", (ROOT / document).read_text(encoding="utf-8")):
        if link.startswith("http"):
            continue
        path, _, heading = link.partition("#")
        page = (ROOT / document).parent.joinpath(path) if path else ROOT / document
        assert page.exists(), link
        if heading:
            assert heading in headings(page.read_text(encoding="utf-8")), link


def headings(text: str) -> set[str]:
    """What links to the headings of a page end with."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_placeholder_is_left(document: str) -> None:
    assert not re.findall(r"\b[A-Z]+_(?:TABLE|SIZE)\b", (ROOT / document).read_text(encoding="utf-8"))


def test_the_guide_names_the_permissions_that_the_bot_asks_for() -> None:
    text = (ROOT / "docs/discord.md").read_text(encoding="utf-8")
    assert f"&permissions={PERMISSIONS.value}\n" in text
    rows = re.findall(r"^\| ([A-Z][A-Za-z ]+) \|", text, re.MULTILINE)
    granted = {name for name, is_granted in PERMISSIONS if is_granted}
    assert {
        row.lower().replace(" ", "_").replace("view_channels", "read_messages") for row in rows
    } == granted


def test_the_privacy_page_names_every_table() -> None:
    text = (ROOT / "PRIVACY.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| `[^|]+\|", text, re.MULTILINE))))
    assert named == set(Base.metadata.tables)
