"""`etude worker`: take jobs from REDIS_URL until told to end."""

from enum import StrEnum
from typing import Annotated

import typer

from cli.start import started


class DeviceName(StrEnum):
    """As `worker.device.Device`, which is not imported before it is needed."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def worker(
    device: Annotated[
        DeviceName, typer.Option(help="What samples; auto is a GPU where there is one, else the CPU.")
    ] = DeviceName.AUTO,
) -> None:
    """Make the pieces that are asked for through REDIS_URL; there may be many workers, on many machines."""
    settings = started()
    from worker.device import Device
    from worker.service import serve

    serve(settings, Device(device.value), is_embedded=False)
