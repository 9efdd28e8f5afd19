"""The network as the engine sees it, whatever runs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog

from jobs.capabilities import CpuSampler, Sampler
from model.checkpoint import Checkpoint
from model.controls import Features
from model.events import PITCHES, START
from model.sampling.stretch import Drawn, Stretch
from worker.device import Device, may_have_gpu
from worker.errors import DeviceError
from worker.integer_stepper import IntegerStepper

_OTHERWISE = "start the worker with --device cpu."
_NO_TORCH = (
    "Sampling on a GPU needs the package torch; run: .venv/bin/pip install -e '.[train]' in Etude's folder, "
    f"or {_OTHERWISE}"
)
_NO_GPU = f"There is no GPU that torch can use here; {_OTHERWISE}"

_log = structlog.get_logger(__name__)


class Stepper(Protocol):
    """Takes steps of any number of performances, the rows of a batch, and remembers their states.

    Attributes:
        widest_batch: up to so many rows a row's logits are the same bytes whatever its neighbours are; with
            more, or with 1 always, they may depend on how many there are.
        best_batch: more rows than this wait longer for each other, and hardly more gets done.
    """

    widest_batch: int
    best_batch: int

    def begin(self) -> int:
        """Begin a performance; the answer is its slot, the number under which it is remembered."""

    def end(self, slot: int) -> None:
        """Forget a performance; its slot may be given to another."""

    def step(
        self,
        events: npt.NDArray[np.int64],
        ages: npt.NDArray[np.float32],
        features: Features,
        slots: Sequence[int],
    ) -> npt.NDArray[np.float32]:
        """Take one step of each row.

        Args:
            events: the event before, (batch,).
            ages: how long each pitch has sounded, see `model.keyboard.Keyboards.ages`, (batch, 128).
            features: control features of the event to come, (batch, width).
            slots: which performances they are, each at most once; what is remembered of them is renewed.
                The same slots in the same order as the time before cost the least.

        Returns:
            Logits, (batch, 390).
        """


class Strider(Protocol):
    """Goes on with performances by itself; their slots are a stepper's.

    Attributes:
        best_stride: more rows than this wait longer for each other, and hardly more gets done.
    """

    best_stride: int

    def stride(
        self, stretches: Sequence[Stretch], slots: Sequence[Sequence[int]], limits: Sequence[int]
    ) -> list[Drawn]:
        """Go on with some pieces, several events at once.

        Args:
            stretches: of the pieces.
            slots: of each, one, or, if it is guided, two.
            limits: how many events each may have at most.

        Returns:
            What came of each; one event at least.
        """


@dataclass(frozen=True)
class Network:
    """A checkpoint's network, ready to be stepped.

    Attributes:
        checkpoint: whose it is.
        sampler: what runs it; a piece tells it.
        stepper: takes its steps.
        strider: takes several at once; None where nothing can.
    """

    checkpoint: Checkpoint
    sampler: Sampler
    stepper: Stepper
    strider: Strider | None = None


def open_network(
    checkpoint: Checkpoint, cache: Path, device: Device, cpu_sampler: CpuSampler = Sampler.CPU_INT8
) -> Network:
    """Load a network.

    Args:
        checkpoint: whose.
        cache: folder for what is computed once for a checkpoint.
        device: where to; with `auto` a GPU that cannot be used is done without.
        cpu_sampler: what runs it where there is no GPU.

    Raises:
        DeviceError: `cuda` was asked for, but torch is not installed or finds no GPU that works.
    """
    if device is Device.CUDA or (device is Device.AUTO and may_have_gpu()):
        try:
            return _open_on_gpu(checkpoint)
        except DeviceError as error:
            if device is Device.CUDA:
                raise
            _log.info("network.no_gpu", cause=str(error))
    if cpu_sampler is Sampler.CPU_INT8:
        stepper = IntegerStepper(checkpoint, cache)
        return Network(checkpoint, cpu_sampler, stepper, stepper if stepper.is_compiled else None)
    from worker.onnx_stepper import OnnxStepper  # noqa: PLC0415 - a worker in whole numbers starts without it

    return Network(checkpoint, cpu_sampler, OnnxStepper(checkpoint, cache))


def _open_on_gpu(checkpoint: Checkpoint) -> Network:
    try:
        # The one way from a worker to torch: a worker without a GPU does not need it.
        from model.torch_stepper import TorchStepper, has_gpu  # noqa: PLC0415
    except ImportError as error:
        raise DeviceError(_NO_TORCH) from error
    except OSError as error:
        raise DeviceError(f"torch cannot be loaded ({error}); install it anew, or {_OTHERWISE}") from error
    if not has_gpu():
        raise DeviceError(_NO_GPU)
    try:
        stepper = TorchStepper(checkpoint, "cuda")
        stepper.step(  # loads what torch loads late, and notices a GPU that is there but cannot compute
            np.array([START]),
            np.full((1, PITCHES), -1, dtype=np.float32),
            np.zeros((1, checkpoint.config.control_features), dtype=np.float32),
            [slot := stepper.begin()],
        )
        stepper.end(slot)
    except RuntimeError as error:  # the base of torch's own errors
        cause = str(error).partition("\n")[0]
        raise DeviceError(f"The GPU cannot be used ({cause}); {_OTHERWISE}") from error
    return Network(checkpoint, Sampler.CUDA, stepper, stepper)
