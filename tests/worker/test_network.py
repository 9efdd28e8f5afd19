import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch

from jobs.capabilities import Sampler
from model import torch_stepper
from model.checkpoint import Checkpoint
from worker import device
from worker.device import Device
from worker.errors import DeviceError
from worker.network import Network, open_network


@pytest.fixture
def opened(checkpoint: Checkpoint, tmp_path: Path) -> Callable[[Device], Network]:
    return lambda where: open_network(checkpoint, tmp_path, where)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """NVIDIA's driver seems to be there."""
    monkeypatch.setattr(device, "GPU_NODES", (tmp_path,))


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """How Python itself marks what cannot be imported."""
    for module in ("model.torch_stepper", "model.lstm"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)


def test_on_a_cpu(opened: Callable[[Device], Network], checkpoint: Checkpoint, no_torch: None) -> None:
    network = opened(Device.CPU)
    assert network.sampler is Sampler.CPU_INT8
    assert network.checkpoint is checkpoint


def test_without_the_driver_nobody_asks_torch(
    opened: Callable[[Device], Network], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(device, "GPU_NODES", (tmp_path / "none",))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: pytest.fail("torch was asked"))
    assert opened(Device.AUTO).sampler is Sampler.CPU_INT8


def test_the_exact_sampler_is_there_to_be_asked_for(checkpoint: Checkpoint, tmp_path: Path) -> None:
    network = open_network(checkpoint, tmp_path, Device.CPU, Sampler.CPU_FP32)
    assert network.sampler is Sampler.CPU_FP32


@pytest.mark.usefixtures("driver", "no_torch")
def test_without_torch(opened: Callable[[Device], Network]) -> None:
    with pytest.raises(DeviceError, match=r"needs the package torch; run: .*\[train\].* --device cpu\.$"):
        opened(Device.CUDA)
    assert opened(Device.AUTO).sampler is Sampler.CPU_INT8


@pytest.mark.usefixtures("driver", "no_gpu")
def test_without_a_gpu(opened: Callable[[Device], Network]) -> None:
    with pytest.raises(DeviceError, match=r"^There is no GPU that torch can use here; .* --device cpu\.$"):
        opened(Device.CUDA)
    assert opened(Device.AUTO).sampler is Sampler.CPU_INT8


@pytest.mark.usefixtures("driver")
def test_a_gpu_that_cannot_compute_is_told_and_done_without(
    opened: Callable[[Device], Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for a GPU that is too old, full or broken."""

    def fail(checkpoint: Checkpoint, where: str) -> None:
        raise RuntimeError("CUDA error: out of memory\nCompile with so and so.")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch_stepper, "TorchStepper", fail)
    told = r"^The GPU cannot be used \(CUDA error: out of memory\); start the worker with --device cpu\.$"
    with pytest.raises(DeviceError, match=told):
        opened(Device.CUDA)
    assert opened(Device.AUTO).sampler is Sampler.CPU_INT8


def test_a_gpu_is_used_on_a_machine_that_has_one(opened: Callable[[Device], Network]) -> None:
    has_gpu = torch.cuda.is_available()
    with nullcontext() if has_gpu else pytest.raises(DeviceError):
        assert opened(Device.CUDA).sampler is Sampler.CUDA
    assert opened(Device.AUTO).sampler is (Sampler.CUDA if has_gpu else Sampler.CPU_INT8)
