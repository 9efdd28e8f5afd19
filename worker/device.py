"""Where the network runs: on the CPU with ONNX Runtime, or on a GPU with torch."""

from enum import StrEnum
from pathlib import Path


class Device(StrEnum):
    """What a worker is told to run the network on; `auto` is a GPU where there is one."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


GPU_NODES = (Path("/dev/nvidiactl"), Path("/dev/dxg"))
"""What NVIDIA's driver puts into a Linux system, and into one that runs inside Windows."""


def may_have_gpu() -> bool:
    """Whether it is worth it to ask torch for a GPU: importing it takes seconds."""
    return any(node.exists() for node in GPU_NODES)
