import re
from typing import Any

import pytest
from pydantic import ValidationError

from jobs.capabilities import Capabilities, Sampler
from jobs.request import GenerationRequest, new_piece_id, new_seed
from jobs.result import GenerationResult, Measured, Timings

SHA256 = "0" * 64


def request(**changes: Any) -> GenerationRequest:
    fields: dict[str, Any] = {
        "id": new_piece_id(),
        "number": 1,
        "seed": 7,
        "length_seconds": 60,
        "temperature": 1,
        "top_p": 0.98,
    }
    return GenerationRequest(**(fields | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"id": "../../etc"},
        {"id": "ABCDEFGHJK"},
        {"id": "abcdefghjk\n"},
        {"number": 0},
        {"seed": -1},
        {"seed": 2**63},
        {"key": "H minor"},
        {"length_seconds": 9},
        {"length_seconds": 301},
        {"length_seconds": float("nan")},
        {"density": 0.4},
        {"loudness": 128},
        {"temperature": float("inf")},
        {"top_p": 0},
        {"guidance": -0.5},
        {"level": "hard"},
        {"rendition": "loud"},
        {"audio_format": "ogg"},
        {"locale": "../en"},
        {"primer_sha256": "cafe"},
        {"primer_echo": True},
        {"pitch_class_histogram": (1.0,)},
        {"pitch_class_histogram": (1.0,) * 12},
        {"pitch_class_histogram": (1.0, *(0.0,) * 11), "key": "C major"},
        {"mood": "calm"},
    ],
)
def test_what_no_request_may_hold_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        request(**changes)


def test_a_request_is_frozen_and_survives_json() -> None:
    original = request(style="baroque", pitch_class_histogram=(0.1, 0.9, *(0.0,) * 10), locale="en-GB")
    assert GenerationRequest.model_validate_json(original.model_dump_json()) == original
    with pytest.raises(ValidationError):
        original.seed = 8


def test_a_recipe_tells_requests_apart_by_what_determines_the_midi() -> None:
    original = request()
    alike = request(number=2, is_seed_given=False, audio_format="wav", locale="de")
    assert alike.id != original.id
    assert alike.recipe() == original.recipe()
    others = [
        request(seed=8),
        request(style="pop"),
        request(key="C minor"),
        request(length_seconds=61),
        request(density=3),
        request(pitch_class_histogram=(1.0, *(0.0,) * 11)),
        request(loudness=60),
        request(level="easy"),
        request(rendition="score"),
        request(temperature=0.9),
        request(top_p=1),
        request(guidance=2),
        request(primer_sha256=SHA256),
        request(primer_sha256=SHA256, primer_echo=True),
    ]
    recipes = [original.recipe(), *(other.recipe() for other in others)]
    assert all(recipes.count(recipe) == 1 for recipe in recipes)


def test_ids_are_short_distinct_and_readable() -> None:
    ids = {new_piece_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[2-9a-hj-kmnp-tv-z]{12}", piece_id) for piece_id in ids)


def test_seeds_are_exact_in_every_reader_of_json() -> None:
    seeds = {new_seed() for _ in range(100)}
    assert len(seeds) > 95
    assert all(0 <= seed < 2**53 for seed in seeds)


def test_a_result_survives_json_and_bears_the_id_of_its_request() -> None:
    result = GenerationResult(
        request=request(),
        checkpoint="0123abcd",
        sampler=Sampler.CPU_INT8,
        measured=Measured(
            key="C minor",
            seconds=59.5,
            notes=357,
            notes_per_second=6,
            mean_velocity=64,
            mean_polyphony=3.5,
            largest_polyphony=9,
            long_note_share=0,
        ),
        timings=Timings(sample=1, render=0.5, encode=0.8, picture=0.2, total=2.5),
        soundfont="Piano.sf2",
        midi_sha256=SHA256,
        midi_bytes=3000,
        audio_bytes=1_300_000,
        picture_bytes=50_000,
    )
    assert GenerationResult.model_validate_json(result.model_dump_json()) == result
    assert result.id == result.request.id


def test_capabilities_survive_json() -> None:
    offered = Capabilities(checkpoint="0123abcd", sampler=Sampler.CUDA, styles=("baroque", "own style"))
    assert Capabilities.model_validate_json(offered.model_dump_json()) == offered
    assert offered.primer.max_bytes == 1024 * 1024


@pytest.mark.parametrize(
    "changes",
    [
        {"min_length_seconds": 60, "max_length_seconds": 30},
        {"max_length_seconds": 301},
        {"min_length_seconds": 9},
        {"audio_formats": ()},
        {"sampler": "gpu"},
        {"checkpoint": "../weights"},
    ],
)
def test_capabilities_that_no_worker_can_have_are_refused(changes: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"checkpoint": "0123abcd", "sampler": "cuda", "styles": ("baroque",)}
    with pytest.raises(ValidationError):
        Capabilities(**(fields | changes))
