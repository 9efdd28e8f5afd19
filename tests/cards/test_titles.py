import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cards.catalogue import text
from cards.titles import title_of
from jobs.keys import KEYS
from jobs.request import GenerationRequest

ROOT = Path(__file__).parents[2]
STYLES = (
    *("baroque", "classical", "romantic", "impressionist", "modern", "ragtime"),
    *("pop", "salon", "latin", "klezmer", "minimalist"),
)


def title(**changes: Any) -> str:
    fields: dict[str, Any] = {"id": "abcdefghjk23", "number": 1041, "seed": 7}
    fields |= {"length_seconds": 60, "temperature": 1, "top_p": 0.98}
    return title_of(GenerationRequest(**(fields | changes)))


def forms(**changes: Any) -> set[str]:
    return {title(seed=seed, **changes).partition(",")[0] for seed in range(200)}


def test_a_title_has_form_key_and_number() -> None:
    form, key_and_number = title(style="baroque", key="C minor").split(" in ")
    assert form in forms(style="baroque")
    assert key_and_number == "C minor, No. 1041"


def test_a_key_that_was_not_requested_is_left_out() -> None:
    assert title(style="pop").endswith(", No. 1041")
    assert " in " not in title(style="pop")


def test_accidentals_are_spelled_out() -> None:
    assert "in B-flat major," in title(key="Bb major")
    assert "in F-sharp minor," in title(key="F# minor")


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_a_name_in_the_catalogue(key: str) -> None:
    assert text(f"key.{key}").endswith(key.split()[1])


@pytest.mark.parametrize("style", [*STYLES, None, "a style of one's own"])
@pytest.mark.parametrize("density", [None, 3, 6, 12])
def test_every_style_has_forms_at_every_density(style: str | None, density: float | None) -> None:
    found = forms(style=style, density=density)
    assert found
    assert all(form[0] in string.ascii_uppercase for form in found)


def test_forms_suit_style_and_density() -> None:
    assert {"Prelude", "Invention", "Sarabande", "Allemande"} <= forms(style="baroque")
    assert "Nocturne" not in forms(style="baroque")
    assert "Sarabande" not in forms(style="baroque", density=12)
    assert "Toccata" not in forms(style="baroque", density=3)
    assert "Rag" in forms(style="ragtime", density=6)


def test_only_seed_style_and_density_choose_the_form() -> None:
    assert title(locale="de", audio_format="wav", id="zzzzzzzzzz") == title()


def test_a_title_is_the_same_in_another_process() -> None:
    program = """
from jobs.request import GenerationRequest
from cards.titles import title_of
print(title_of(GenerationRequest(id="abcdefghjk23", number=1, seed=5, style="salon", length_seconds=60,
                                 temperature=1, top_p=1)))
"""
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert printed == {title(number=1, seed=5, style="salon")}


def test_a_language_without_texts_is_served_in_english() -> None:
    assert text("form.rag", "xx-YY") == text("form.rag", "en-GB") == "Rag"
    with pytest.raises(KeyError):
        text("no.such.text")
