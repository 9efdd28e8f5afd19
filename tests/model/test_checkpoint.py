import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import JSON_FILE, SHIPPED, WEIGHTS_FILE, Checkpoint, load_checkpoint, save_checkpoint
from model.errors import CheckpointError
from model.lstm_config import LSTMConfig, weight_shapes
from model.performance_controls import standard_controls
from model.style_discriminant import StyleDiscriminant
from tests.model.two_styles import run, run_table, waltz_table

STYLES = ("baroque", "ragtime")


@pytest.fixture
def checkpoint() -> Checkpoint:
    random = np.random.default_rng(7)
    config = LSTMConfig(standard_controls(STYLES).width, layers=1, hidden=8, dropout=0.25)
    weights = {
        name: random.normal(size=shape).astype(np.float32) for name, shape in weight_shapes(config).items()
    }
    weights["output.bias"][:2] = 1 / 3, -65504
    return Checkpoint(config, STYLES, weights, {"windows": 3, "nats": {"all": 1.5}})


def test_a_checkpoint_comes_back_in_half_precision(checkpoint: Checkpoint, tmp_path: Path) -> None:
    digest = save_checkpoint(checkpoint, tmp_path / "new" / "folder")
    loaded = load_checkpoint(tmp_path / "new" / "folder")
    assert (loaded.config, loaded.styles, loaded.training, loaded.digest) == (
        checkpoint.config,
        checkpoint.styles,
        checkpoint.training,
        digest,
    )
    assert loaded.weights.keys() == checkpoint.weights.keys()
    for name, tensor in checkpoint.weights.items():
        assert loaded.weights[name].dtype == np.float32
        assert loaded.weights[name].tolist() == tensor.astype(np.float16).astype(np.float32).tolist()
    assert loaded.name == digest[:12]
    assert loaded.controls.describe() == standard_controls(STYLES).describe()
    files = {file.name for file in (tmp_path / "new" / "folder").iterdir()}
    assert files == {WEIGHTS_FILE, JSON_FILE}


def test_arrays_are_stored_as_they_read_however_they_lie(checkpoint: Checkpoint, tmp_path: Path) -> None:
    lying = {name: np.asfortranarray(tensor) for name, tensor in checkpoint.weights.items()}
    digest = save_checkpoint(replace(checkpoint, weights=lying), tmp_path)
    assert digest == save_checkpoint(checkpoint, tmp_path)


def test_what_was_loaded_and_saved_again_has_the_same_digest(checkpoint: Checkpoint, tmp_path: Path) -> None:
    digest = save_checkpoint(checkpoint, tmp_path)
    assert len(digest) == 64
    assert save_checkpoint(load_checkpoint(tmp_path), tmp_path / "again") == digest
    assert save_checkpoint(checkpoint, tmp_path) == digest


def test_the_digest_changes_with_any_content(checkpoint: Checkpoint, tmp_path: Path) -> None:
    bias = checkpoint.weights["output.bias"]
    others = [
        checkpoint,
        replace(checkpoint, weights={**checkpoint.weights, "output.bias": bias + np.float32(0.01)}),
        replace(checkpoint, weights={"output.weight": checkpoint.weights["output.weight"], "bias": bias}),
        replace(checkpoint, styles=("ragtime", "baroque")),
        replace(checkpoint, styles=("baroque",)),
        replace(checkpoint, training={"windows": 4}),
        replace(checkpoint, config=replace(checkpoint.config, dropout=0.5)),
    ]
    assert len({save_checkpoint(other, tmp_path) for other in others}) == len(others)


def damage(folder: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    path = folder / name
    path.write_bytes(change(path.read_bytes()))


def refusal_of(folder: Path) -> str:
    with pytest.raises(CheckpointError) as refusal:
        load_checkpoint(folder)
    sentence = str(refusal.value)
    assert len(sentence.splitlines()) == 1
    assert sentence.endswith(".")
    assert str(folder) in sentence
    return sentence


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (WEIGHTS_FILE, lambda data: data[:-1]),
        (WEIGHTS_FILE, lambda data: data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]),
        (WEIGHTS_FILE, lambda data: b""),
        (JSON_FILE, lambda data: data.replace(b"baroque", b"rococo")),
        (JSON_FILE, lambda data: data.replace(b'"windows": 3', b'"windows": 4')),
        (JSON_FILE, lambda data: b"[]"),
        (JSON_FILE, lambda data: data.replace(b'"digest"', b'"digets"')),
    ],
)
def test_any_change_of_a_stored_checkpoint_is_noticed(
    checkpoint: Checkpoint, tmp_path: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    save_checkpoint(checkpoint, tmp_path)
    damage(tmp_path, name, change)
    assert refusal_of(tmp_path) == f"The checkpoint in {tmp_path} is damaged; fetch or train it anew."


@pytest.mark.parametrize("change", [lambda data: b"", lambda data: data[:-9], lambda data: b"\xff" + data])
def test_json_that_cannot_be_parsed_is_refused(
    checkpoint: Checkpoint, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    save_checkpoint(checkpoint, tmp_path)
    damage(tmp_path, JSON_FILE, change)
    assert refusal_of(tmp_path).startswith(f"The checkpoint in {tmp_path} cannot be read: ")


@pytest.mark.parametrize("name", [WEIGHTS_FILE, JSON_FILE])
def test_a_missing_file_is_named(checkpoint: Checkpoint, tmp_path: Path, name: str) -> None:
    save_checkpoint(checkpoint, tmp_path)
    (tmp_path / name).unlink()
    assert refusal_of(tmp_path) == f"There is no checkpoint in {tmp_path}: {name} is missing."


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert refusal_of(tmp_path / "file").startswith(f"The checkpoint in {tmp_path / 'file'} cannot be read: ")


def test_weights_of_one_checkpoint_with_the_json_of_another_are_noticed(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    """As a kill between the two files would leave them."""
    save_checkpoint(checkpoint, tmp_path / "old")
    weights = {name: tensor + 1 for name, tensor in checkpoint.weights.items()}
    save_checkpoint(replace(checkpoint, weights=weights), tmp_path / "new")
    (tmp_path / "new" / WEIGHTS_FILE).replace(tmp_path / "old" / WEIGHTS_FILE)
    assert refusal_of(tmp_path / "old").endswith("is damaged; fetch or train it anew.")


@pytest.mark.parametrize(("version", "told"), [(1, "1"), (None, "None")])
def test_another_format_is_refused(
    checkpoint: Checkpoint, tmp_path: Path, version: int | None, told: str
) -> None:
    save_checkpoint(checkpoint, tmp_path)
    description = json.loads((tmp_path / JSON_FILE).read_bytes()) | {"format": version}
    (tmp_path / JSON_FILE).write_text(json.dumps(description))
    assert refusal_of(tmp_path) == f"The checkpoint in {tmp_path} has format {told}; this Etude reads 4."


@pytest.mark.parametrize("part", ["_VOCABULARY", "standard_controls"])
def test_a_checkpoint_of_other_events_or_controls_is_refused(
    checkpoint: Checkpoint, tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        other = {"events": 310} if part == "_VOCABULARY" else lambda _: standard_controls(("jazz",))
        patch.setattr(f"model.checkpoint.{part}", other)
        save_checkpoint(checkpoint, tmp_path)
    assert refusal_of(tmp_path) == (
        f"The checkpoint in {tmp_path} was trained with other events or controls than this Etude has."
    )


def test_the_json_is_there_for_people_to_read(checkpoint: Checkpoint, tmp_path: Path) -> None:
    digest = save_checkpoint(checkpoint, tmp_path)
    description = json.loads((tmp_path / JSON_FILE).read_bytes())
    assert description["digest"] == digest
    assert description["config"] == asdict(checkpoint.config)
    assert description["styles"] == ["baroque", "ragtime"]
    assert description["vocabulary"]["events"] == 390


@pytest.mark.parametrize(
    "sizes", [{"layers": 2}, {"hidden": 9}, {"hidden": 0}, {"hidden": "8"}, {"layers": 1.0}]
)
def test_weights_that_do_not_fit_the_sizes_are_refused(
    checkpoint: Checkpoint, tmp_path: Path, sizes: dict[str, object]
) -> None:
    config = LSTMConfig(**{**asdict(checkpoint.config), **sizes})
    save_checkpoint(replace(checkpoint, config=config), tmp_path)
    with pytest.raises(CheckpointError, match=r"damaged|other sizes"):
        load_checkpoint(tmp_path)


def test_endless_nesting_is_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    save_checkpoint(checkpoint, tmp_path)
    (tmp_path / JSON_FILE).write_text("[" * 200_000)
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path)


def test_what_tells_styles_apart_is_kept_and_counts_for_the_digest(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    discriminant = StyleDiscriminant.learnt(
        {
            "baroque": [run_table(seed) for seed in range(3)],
            "ragtime": [waltz_table(seed) for seed in range(3)],
        }
    )
    plain = save_checkpoint(checkpoint, tmp_path / "plain")
    digest = save_checkpoint(replace(checkpoint, discriminant=discriminant), tmp_path)
    loaded = load_checkpoint(tmp_path)
    assert loaded.weights.keys() == checkpoint.weights.keys()
    assert loaded.discriminant is not None
    assert loaded.discriminant.styles == STYLES
    expected = discriminant.log_share("ragtime", run(5))
    assert loaded.discriminant.log_share("ragtime", run(5)) == pytest.approx(expected, rel=0.01)
    assert loaded.digest == digest != plain
    assert load_checkpoint(tmp_path / "plain").discriminant is None


def test_exemplars_come_in_the_same_order_in_every_process() -> None:
    styles = list(load_checkpoint(SHIPPED).exemplars)  # safetensors alone tells them as it likes
    assert styles == sorted(styles)
