import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cards.catalogue import text
from cards.titles import subtitle_of, title_of
from jobs.keys import KEYS
from jobs.request import GenerationRequest
from tests.jobs.pieces import RESULT

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


def test_a_title_is_told_in_the_language_of_the_request_or_of_the_reader() -> None:
    assert "Präludium in c-Moll, Nr. 1041" in {
        title(seed=seed, style="baroque", key="C minor", locale="de-AT") for seed in range(50)
    }
    request = GenerationRequest(
        id="abcdefghjk23",
        number=2,
        seed=7,
        style="pop",
        length_seconds=60,
        temperature=1,
        top_p=1,
        key="Bb minor",
    )
    assert title_of(request, "de").endswith(" in b-Moll, Nr. 2")


def test_the_line_below_has_style_length_density_and_seed() -> None:
    assert subtitle_of(RESULT.request, RESULT.measured) == "baroque · 10 s · 6 notes a second · seed 7"
    request = RESULT.request.model_copy(update={"locale": "de", "style": None})
    measured = RESULT.measured.model_copy(update={"notes_per_second": 6.54})
    assert subtitle_of(request, measured) == "10 s · 6,5 Noten pro Sekunde · Seed 7"


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
    assert title(locale="en-GB", audio_format="wav", id="zzzzzzzzzz") == title()


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
