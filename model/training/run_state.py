"""A training run on disk: one safetensors file that is replaced all at once, so a kill never tears it."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from model.errors import CheckpointError
from model.lstm_config import LSTMConfig

RUN_FILE = "run.safetensors"


@dataclass(frozen=True)
class Progress:
    """How far a run has come, over all sittings."""

    windows: int = 0
    events: int = 0
    seconds: float = 0.0
    sittings: int = 0

    def after(self, *, events: int, seconds: float) -> "Progress":
        """One window later."""
        return replace(
            self, windows=self.windows + 1, events=self.events + events, seconds=self.seconds + seconds
        )


@dataclass(frozen=True)
class RunState:
    """All that is needed to go on.

    Attributes:
        config: the network's size.
        styles: the styles of its style control.
        progress: how far it has come.
        weights: the network's tensors by name.
        moments: AdamW's two moments of each, by `name/moment`.
    """

    config: LSTMConfig
    styles: tuple[str, ...]
    progress: Progress
    weights: dict[str, Tensor]
    moments: dict[str, Tensor]


def save_run(state: RunState, folder: Path) -> None:
    """Store a run in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"weights/{name}": tensor for name, tensor in state.weights.items()}
    tensors |= {f"moments/{name}": tensor for name, tensor in state.moments.items()}
    meta = {
        "config": json.dumps(asdict(state.config)),
        "styles": json.dumps(state.styles),
        "progress": json.dumps(asdict(state.progress)),
    }
    partial = folder / f"{RUN_FILE}.partial"
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, partial, meta)
    partial.replace(folder / RUN_FILE)


def load_run(folder: Path) -> RunState | None:
    """The run stored in a folder, or None where there is none yet.

    Raises:
        CheckpointError: the file is damaged.
    """
    path = folder / RUN_FILE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            meta = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        return RunState(
            LSTMConfig(**json.loads(meta["config"])),
            tuple(json.loads(meta["styles"])),
            Progress(**json.loads(meta["progress"])),
            {name.removeprefix("weights/"): t for name, t in tensors.items() if name.startswith("weights/")},
            {name.removeprefix("moments/"): t for name, t in tensors.items() if name.startswith("moments/")},
        )
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"The training run in {folder} is damaged; remove it to begin anew.") from error


def optimizer_moments(network: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """AdamW's state by parameter name."""
    moments = {}
    for name, parameter in network.named_parameters():
        for key in ("exp_avg", "exp_avg_sq", "step"):
            if key in optimizer.state[parameter]:
                moments[f"{name}/{key}"] = optimizer.state[parameter][key]
    return moments


def restore_moments(
    network: torch.nn.Module, optimizer: torch.optim.Optimizer, moments: dict[str, Tensor]
) -> None:
    """Give AdamW back the state that `optimizer_moments` took."""
    for name, parameter in network.named_parameters():
        for key in ("exp_avg", "exp_avg_sq", "step"):
            if (moment := moments.get(f"{name}/{key}")) is not None:
                device = "cpu" if key == "step" else parameter.device
                optimizer.state[parameter][key] = moment.to(device)
