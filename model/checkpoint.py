"""A checkpoint: a folder of `weights.safetensors` and `checkpoint.json`, never a pickle.

The weights are stored in half precision and computed with in single; the exemplars of each style, and what
tells styles apart, stand beside them. The JSON holds everything that the weights mean something by (network,
vocabulary, controls, styles), a summary of the training, and a hash over all of it, so that a damaged or
half-copied checkpoint is noticed.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from model.controls import ControlSet
from model.errors import CheckpointError
from model.events import MAX_SHIFT_STEPS, STEPS_PER_SECOND, VELOCITY_BINS, VOCABULARY_SIZE
from model.exemplars import NO_EXEMPLARS, Exemplar, Exemplars
from model.lstm_config import LSTMConfig, weight_shapes
from model.performance_controls import standard_controls
from model.style_discriminant import StyleDiscriminant

SHIPPED = Path(__file__).parent / "checkpoints" / "etude"
"""The checkpoint that comes with Etude."""

WEIGHTS_FILE = "weights.safetensors"
JSON_FILE = "checkpoint.json"

_FORMAT = 4
_EXEMPLARS = "exemplars."
_DISCRIMINANT = "discriminant."
_VOCABULARY = {
    "events": VOCABULARY_SIZE,
    "steps_per_second": STEPS_PER_SECOND,
    "max_shift_steps": MAX_SHIFT_STEPS,
    "velocity_bins": VELOCITY_BINS,
}


@dataclass(frozen=True)
class Checkpoint:
    """A trained network and what its numbers stand for.

    Attributes:
        config: the network's size.
        styles: the styles it knows, in the order of its style control.
        weights: tensors by the names that torch gives them, single precision.
        training: a summary of how it was trained, for people.
        digest: SHA-256 of what is stored, 64 hexadecimal digits; empty before it was stored.
        exemplars: what real pieces of each style measure, see `model.exemplars`.
        discriminant: tells which of its styles a piece sounds like; None where it learnt of too few.
    """

    config: LSTMConfig
    styles: tuple[str, ...]
    weights: Mapping[str, npt.NDArray[np.float32]]
    training: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    exemplars: Exemplars = field(default_factory=lambda: NO_EXEMPLARS)
    discriminant: StyleDiscriminant | None = None

    @property
    def controls(self) -> ControlSet:
        """The controls that the network was trained with."""
        return standard_controls(self.styles)

    @property
    def name(self) -> str:
        """The first 12 digits of the digest, enough to tell checkpoints apart."""
        return self.digest[:12]


def save_checkpoint(checkpoint: Checkpoint, folder: Path) -> str:
    """Store a checkpoint; each of the two files is replaced all at once, the JSON last.

    Returns:
        The digest of what was stored.
    """
    discriminant = checkpoint.discriminant
    tensors = {**checkpoint.weights, **_tensors_of(checkpoint.exemplars)}
    if discriminant is not None:
        tensors |= {_DISCRIMINANT + name: own for name, own in discriminant.as_tensors().items()}
    # In C's order: safetensors writes down what lies in memory, whatever the strides.
    weights = save({name: tensor.astype(np.float16, order="C") for name, tensor in tensors.items()})
    description = {
        "format": _FORMAT,
        "config": asdict(checkpoint.config),
        "vocabulary": _VOCABULARY,
        "controls": checkpoint.controls.describe(),
        "styles": list(checkpoint.styles),
        "styles_told_apart": [] if discriminant is None else list(discriminant.styles),
        "training": dict(checkpoint.training),
    }
    digest = _digest(weights, description)
    text = json.dumps({**description, "digest": digest}, indent=1) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in ((WEIGHTS_FILE, weights), (JSON_FILE, text.encode())):
        partial = folder / f"{name}.partial"
        partial.write_bytes(data)
        partial.replace(folder / name)
    return digest


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read a checkpoint and make sure that it is whole.

    Raises:
        CheckpointError: it is missing, damaged, or of a version that this Etude does not read.
    """
    try:
        data = (folder / WEIGHTS_FILE).read_bytes()
        description = json.loads((folder / JSON_FILE).read_bytes())
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise CheckpointError(f"There is no checkpoint in {folder}: {missing} is missing.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"The checkpoint in {folder} cannot be read: {error}.") from None
    damaged = CheckpointError(f"The checkpoint in {folder} is damaged; fetch or train it anew.")
    if not isinstance(description, dict):
        raise damaged
    stored_digest = description.pop("digest", None)
    if description.get("format") != _FORMAT:
        raise CheckpointError(
            f"The checkpoint in {folder} has format {description.get('format')}; this Etude reads {_FORMAT}."
        )
    digest = _digest(data, description)
    if digest != stored_digest:
        raise damaged
    try:
        weights = {name: tensor.astype(np.float32) for name, tensor in load(data).items()}
        exemplars = _exemplars_of(weights)
        discriminant = _discriminant_of(weights, description["styles_told_apart"])
        checkpoint = Checkpoint(
            LSTMConfig(**description["config"]),
            tuple(description["styles"]),
            weights,
            description["training"],
            digest,
            exemplars,
            discriminant,
        )
        shapes = {name: tensor.shape for name, tensor in weights.items()}
        is_fitting = shapes == weight_shapes(checkpoint.config)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise damaged from error
    if not is_fitting:
        raise CheckpointError(f"The checkpoint in {folder} has weights of other sizes than it says.")
    same = description["vocabulary"] == _VOCABULARY
    if not same or description["controls"] != checkpoint.controls.describe():
        raise CheckpointError(
            f"The checkpoint in {folder} was trained with other events or controls than this Etude has."
        )
    return checkpoint


def _tensors_of(exemplars: Exemplars) -> dict[str, npt.NDArray[np.float32]]:
    """A tensor (exemplars, `ROW`) for each style that has some."""
    rows = {style: [exemplar.as_row() for exemplar in group] for style, group in exemplars.items()}
    return {_EXEMPLARS + style: np.array(group, dtype=np.float32) for style, group in rows.items() if group}


def _exemplars_of(tensors: dict[str, npt.NDArray[np.float32]]) -> dict[str, tuple[Exemplar, ...]]:
    """The inverse of `_tensors_of`; takes the tensors out.

    In the order of their names: safetensors tells them in another order in each process, and draws among all
    exemplars go by their order.
    """
    names = sorted(name for name in tensors if name.startswith(_EXEMPLARS))
    return {
        name.removeprefix(_EXEMPLARS): tuple(Exemplar.from_row(row) for row in tensors.pop(name).tolist())
        for name in names
    }


def _discriminant_of(
    tensors: dict[str, npt.NDArray[np.float32]], styles: Sequence[str]
) -> StyleDiscriminant | None:
    """What tells so many styles apart; takes its tensors out."""
    if not styles:
        return None
    names = [name for name in tensors if name.startswith(_DISCRIMINANT)]
    own = {name.removeprefix(_DISCRIMINANT): tensors.pop(name) for name in names}
    return StyleDiscriminant.from_tensors(styles, own)


def _digest(weights: bytes, description: Mapping[str, Any]) -> str:
    canonical = json.dumps(description, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(hashlib.sha256(weights).digest() + canonical).hexdigest()
