import json
import re

from hypothesis import given

from cards.commands import COMMANDS
from cards.recipe import compose_line, recipe
from jobs.capabilities import Capabilities, Sampler
from jobs.options import ComposeOptions, resolve
from jobs.request import GenerationRequest
from jobs.result import GenerationResult
from tests.cards.discord_rules import assert_sendable
from tests.cards.hostile import FEW, results
from tests.jobs.pieces import RESULT

STYLES = ("romantic", "slow drag")
CAPABILITIES = Capabilities(checkpoint="0123456789ab", sampler=Sampler.CPU_FP32, styles=STYLES)
OPTION = re.compile(rf" ({'|'.join(COMMANDS['compose'])}):")


def resolved(options: ComposeOptions) -> GenerationRequest:
    return resolve(
        options, CAPABILITIES, next_number=lambda: 1, draw_seed=lambda: 0, new_id=lambda: "abcdefghjk"
    )


def asked_by(line: str) -> GenerationRequest:
    """What the bot makes of a line, once Discord has told its options apart."""
    command, *parts = OPTION.split(line)
    assert command == "/compose"
    return resolved(ComposeOptions.model_validate(dict(zip(parts[::2], parts[1::2], strict=True))))


def blocks(result: GenerationResult) -> list[str]:
    return re.findall(r"```(?:json)?\n(.*?)\n```", recipe(result, "en").content, re.DOTALL)


def test_the_line_asks_for_the_same_piece_again() -> None:
    typed = ComposeOptions(
        style="slow drag", key="Bb", length="1:30", mood="calm", temperature="0.95", seed="12345678901234567"
    )
    request = resolved(typed)
    line = compose_line(request)
    assert line == (
        "/compose style:slow drag key:Bb major length:90 density:3.5 mood:calm temperature:0.95 "
        "seed:12345678901234567 rendition:performed top_p:0.99 guidance:2 form:auto candidates:6 format:mp3"
    )
    assert asked_by(line).recipe() == request.recipe()


@FEW
@given(results())
def test_every_recipe_that_a_line_can_say_comes_back_the_same(result: GenerationResult) -> None:
    sayable = {"style": "romantic", "loudness": None, "primer_sha256": None, "primer_echo": False}
    sayable |= {"primer_opening_seconds": None}
    request = result.request.model_copy(update={**sayable, "pitch_class_histogram": None})
    assert asked_by(compose_line(request)).recipe() == request.recipe()


def test_pitches_are_told_to_the_last_digit() -> None:
    shares = tuple(weight / 78 for weight in range(1, 13))
    request = RESULT.request.model_copy(update={"pitch_class_histogram": shares})
    pitches = compose_line(request).partition("pitches:")[2].partition(" ")[0]
    assert tuple(float(share) for share in pitches.split(",")) == shares


def test_the_recipe_tells_all_that_made_the_piece() -> None:
    line, about = blocks(RESULT)
    assert line == compose_line(RESULT.request)
    told = json.loads(about)
    assert told["requested"] == RESULT.request.recipe()
    assert told["checkpoint"] == RESULT.checkpoint
    assert (told["sampler"], told["midi_sha256"]) == ("cpu-fp32", RESULT.midi_sha256)


def test_the_longest_recipe_that_people_can_ask_for_is_not_cut() -> None:
    shares = tuple(weight / 77.7 for weight in range(1, 13))
    changes = {
        "pitch_class_histogram": shares,
        "primer_sha256": "a" * 64,
        "seed": 2**63 - 1,
        "density": 10 / 3,
        "level": "advanced",
    }
    changes |= {"length_seconds": 100 / 3, "temperature": 1 / 3, "top_p": 1 / 3, "loudness": 45.0}
    changes |= {"primer_opening_seconds": 20 / 3}
    request = RESULT.request.model_copy(update=changes)
    result = RESULT.model_copy(
        update={"request": request, "checkpoint": "b" * 64, "soundfont": "SalamanderGrandPiano-V3.sf2"}
    )
    line, about = blocks(result)
    assert line == compose_line(request)
    assert json.loads(about)["requested"] == request.recipe()
    content = recipe(result, "de").content
    assert len(content) <= 2000
    assert content.endswith("an.")


def test_a_recipe_that_is_too_long_is_cut_inside_its_blocks() -> None:
    request = RESULT.request.model_copy(update={"style": "```" + "x" * 5000})
    result = RESULT.model_copy(update={"request": request})
    line, about = blocks(result)
    assert line.startswith("/compose style:'''xxx")
    assert about.endswith("x…")
    assert recipe(result, "en").content.endswith("byte for byte.")


@FEW
@given(results())
def test_whatever_stands_in_a_recipe_stays_in_its_blocks(result: GenerationResult) -> None:
    message = recipe(result, result.request.locale)
    assert_sendable(message.to_payload())
    assert message.content.count("```") == 4
